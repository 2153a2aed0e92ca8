package jsonl

import (
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// What AppendJSON writes of an ordinary record is read directly, and the same as by way of the members.
func TestDirect(t *testing.T) {
	all := full()
	all.Level, all.LevelName = record.LevelInfo, ""
	for _, r := range []record.Record{typical(), all, handlertest.Record(1)} {
		line := record.AppendJSON(nil, &r)
		for range 2 { // the second time with what is remembered of the first
			checkDirect(t, line)
		}
		if !readsDirectly(string(line)) {
			t.Errorf("%s is not read directly", line)
		}
	}
	f := func(line string, want bool) {
		t.Helper()
		checkDirect(t, []byte(line))
		if got := readsDirectly(line); got != want {
			t.Errorf("%s is read directly: got %v, want %v", line, got, want)
		}
	}
	f(`{"level":"INFO","message":"hi"}`, true)
	f(" { \"message\" : \"hi\" , \"attrs\" : { } , \"level\" : \"info\" }\r\n", true)
	f(`{"level":"INFO+2","message":"\u0041\ud83d\ude00","attrs":{"":{"a":{}},"a":[],"a":null},"source":{"line":1}}`, true)
	f(`{"level":"INFO","message":"hi","process":{"name":"x","name":"y"}}`, true)

	f(`{"message":"hi"}`, false)
	f(`{"level":"INFO","message":null}`, false)
	f(`{"level":"LOUD","message":"hi"}`, false)
	f(`{"level":"INFO","message":"hi","message":"hi"}`, false)
	f(`{"level":"INFO","message":"hi","msg":"hi"}`, false)
	f(`{"level":"INFO","message":"hi","event":"hi"}`, false)
	f(`{"level":"INFO","message":"hi","formattedMessage":"hi"}`, false)
	f(`{"level":"INFO","message":"hi","levelno":"x"}`, false)
	f(`{"level":"INFO","message":"hi","source":{}}`, false)
	f(`{"level":"INFO","message":"hi","source":{"line":-1}}`, false)
	f(`{"level":"INFO","message":"hi","process":{"pid":1,"more":2}}`, false)
	f(`{"level":"INFO","message":"hi","trace_id":"00000000000000000000000000000000"}`, false)
	f(`{"level":"INFO","message":"hi","thread":{"id":-1}}`, false)
	f(`{"level":"INFO","message":"hi","attrs":[]}`, false)
	f(`{"level":"INFO","message":"hi"} x`, false)
	f(`{"level":"INFO","message":"hi"`, false)
	f(`{"level":"INFO","message":"hi","attrs":{"a":`+strings.Repeat("[", 400)+`}}`, false)
}

func readsDirectly(line string) bool {
	var d Decoder
	var r record.Record
	d.parser.start([]byte(line), Limits{})
	d.direct.parser = &d.parser
	return d.direct.read(&r)
}

// The limits hold for what is read directly.
func TestDirectLimits(t *testing.T) {
	f := func(limits Limits, line string) {
		t.Helper()
		var r record.Record
		if err := NewDecoder(limits).Decode([]byte(line), &r); err == nil {
			t.Errorf("Decode(%.80s…): got no error, want one", line)
		}
	}
	f(Limits{Nodes: 100}, `{"level":"INFO","message":"","attrs":{"a":[`+strings.Repeat("0,", 100)+`0]}}`)
	f(Limits{Nodes: 2}, `{"level":"INFO","message":"","task":""}`)
	f(Limits{Depth: 3}, `{"level":"INFO","message":"","attrs":{"a":{"b":{}}}}`)
	f(Limits{Depth: 1}, `{"level":"INFO","message":"","attrs":{}}`)
}

// What a record keeps alive of others is bounded: a large one shares its attrs with nobody.
func TestLargeRecordsShareNothing(t *testing.T) {
	var d Decoder
	for i, value := range []string{"small", strings.Repeat("x", maxShared), "small"} {
		line := `{"level":"INFO","message":"","attrs":{"a":"` + value + `"}}`
		var r record.Record
		if err := d.Decode([]byte(line), &r); err != nil || len(r.Attrs) != 1 || r.Attrs[0].Value.String() != value {
			t.Errorf("line %d: got %.80v, %v", i, r.Attrs, err)
		}
	}
	for _, a := range d.direct.slab {
		if got := a.Value.String(); got != "small" {
			t.Errorf("among the attrs that records share: got %.20s…, want the small ones", got)
		}
	}
	if got := len(d.direct.slab); got != 2 {
		t.Errorf("attrs that records share: got %d, want 2", got)
	}
}

// A clock reads what time.Parse reads, whatever minute it had before.
func TestClock(t *testing.T) {
	var c clock
	f := func(text string) {
		t.Helper()
		want, err := time.ParseInLocation(time.RFC3339Nano, text, time.UTC)
		if got, ok := c.parse([]byte(text)); ok && (err != nil || got != want) {
			t.Errorf("%s: got %v, want %v, %v", text, got, want, err)
		} else if !ok && err == nil && strings.HasSuffix(text, "Z") && len(text) <= len("2026-11-22T10:41:41.000000000Z") && text[10] == 'T' && !strings.Contains(text, ",") {
			t.Errorf("%s: it is not read", text)
		}
	}
	for _, day := range []string{"2026-11-22", "2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31", "2026-13-01", "2026-00-10", "2026-04-31", "2026/04/30", "+026-04-30"} {
		for _, clock := range []string{"10:41", "24:00", "23:59", "00:00", "1:023", "10:60", "10-41"} {
			for _, rest := range []string{":41Z", ":41.5Z", ":00.123456789Z", ":59.000000001Z", ":60Z", ":41.Z", ":41.1234567890Z", ":41,5Z", ":4xZ", ":41.5xZ", ":41+02:00", ":41", ""} {
				f(day + "T" + clock + rest)
			}
		}
	}
	f("2026-11-22 10:41:41Z")
	f("2026-11-22t10:41:41Z")
}
