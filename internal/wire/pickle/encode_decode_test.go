package pickle

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// What the encoder writes is within the decoder's limits.
func TestAppendDecodesAnything(t *testing.T) {
	d := NewDecoder(Limits{})
	for i, r := range anything() {
		var got record.Record
		if err := d.Decode(Append(nil, &r), &got); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	}
}

// A record comes back as it was, save for what Append says of its keys and values.
func FuzzAppend(f *testing.F) {
	f.Add("shop.pay", "taken", "order", "c-99812", int64(4711), 12.5, int16(4), uint32(1700000000), uint32(123456789),
		"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x", "/src/pay.go", uint16(71))
	f.Add("", "\xed\xb3\xbf\xff", "name", "\x00", int64(-1), math.Copysign(0, -1), int16(-12), uint32(0), uint32(0), "no", `C:\a.b.c`, uint16(0))
	f.Add("root", "", "", "", int64(1)<<40, 1e300, int16(1), uint32(1<<31), uint32(999999999), "", "(unknown file)", uint16(1))
	d := NewDecoder(Limits{})
	f.Fuzz(func(t *testing.T, logger, message, key, text string, n int64, x float64, level int16, sec, nsec uint32, trace, file string, line uint16) {
		switch key {
		case "n", "x", "number", "list", "g", "host", "name_": // an attr of that key is there
			return
		}
		r := record.Record{
			Time: time.Unix(int64(sec), int64(nsec%1e9)).UTC(), Level: slog.Level(level), Logger: logger, Message: message,
			Source: slog.Source{Function: text, File: file, Line: int(line)}, Stack: text, Task: message, Host: text,
			Process: record.Process{PID: int(line), Name: logger}, Thread: record.Thread{ID: uint64(n), Name: key},
			Attrs: []slog.Attr{
				slog.String(key, text), slog.Int64("n", n), slog.Float64("x", x), slog.Any("number", json.Number("-1234567890123"+strconv.FormatUint(uint64(n), 10))),
				slog.Any("list", []any{n, x, text, nil, n < 0, []any{}, map[string]any{key: text}, map[string]any{}}),
				slog.Group("g", slog.String(key, text), slog.Uint64("u", uint64(n))),
			},
		}
		if trace != "" {
			r.Exception = &record.Exception{Traceback: trace}
		}
		var got record.Record
		if err := d.Decode(Append(nil, &r), &got); err != nil {
			t.Fatal(err)
		}
		if off := got.Time.Sub(r.Time).Abs(); off > 300*time.Nanosecond { // a float says no more
			t.Errorf("time: got %v, want %v", got.Time, r.Time)
		}
		want := asReceived(r)
		want.Time = got.Time
		if got, want := record.AppendJSON(nil, &got), record.AppendJSON(nil, &want); !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// asReceived returns the record of FuzzAppend as the other side sees it.
func asReceived(r record.Record) record.Record {
	valid := func(s string) string {
		var e encoder
		e.sanitize(s)
		return string(e.dst)
	}
	for _, s := range []*string{
		&r.Logger, &r.Message, &r.Source.Function, &r.Source.File, &r.Stack, &r.Task, &r.Host, &r.Process.Name, &r.Thread.Name,
	} {
		*s = valid(*s)
	}
	if r.Logger == "" {
		r.Logger = record.RootLogger
	}
	if r.Source.File == "(unknown file)" {
		r.Source.File = ""
	}
	if r.Source.Function == "(unknown function)" {
		r.Source.Function = ""
	}
	if r.Level < record.LevelAll {
		r.LevelName, r.Level = record.LevelName(r.Level), record.LevelAll
	}
	if r.Exception != nil {
		r.Exception = logrecord.ParseException(valid(r.Exception.Traceback))
	}
	key, text := valid(r.Attrs[0].Key), slog.StringValue(valid(r.Attrs[0].Value.String()))
	list := r.Attrs[4].Value.Any().([]any)
	list[2], list[6] = text.String(), map[string]any{key: text.String()}
	group := r.Attrs[5].Value.Group()
	group[0] = slog.Attr{Key: key, Value: text}
	if encReserved(key) {
		key += "_"
	}
	r.Attrs[0] = slog.Attr{Key: key, Value: text}
	if r.Host != "" {
		r.Attrs = append(r.Attrs, slog.String("host", r.Host))
		r.Host = ""
	}
	return r
}
