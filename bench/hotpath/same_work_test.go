package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory is a sink that keeps what it gets.
type memory struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.b.Write(p)
}

// TestSameWork holds that every peer writes the same fields with the same values, and nothing else.
func TestSameWork(t *testing.T) {
	r := newRequest()
	five := map[string]string{
		"method": r.method, "status": fmt.Sprint(r.status), "elapsed": r.elapsed.String(), "cached": "false", "err": r.err.Error(),
	}
	ten := maps.Clone(five)
	maps.Copy(ten, map[string]string{
		"client": r.client, "bytes": fmt.Sprint(r.bytes), "load": fmt.Sprint(r.load), "started": "ok", "id": fmt.Sprint(r.id),
	})
	for _, p := range peers() {
		if p.way == nowhere {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			var out memory
			s, err := p.open(target{w: &out})
			if err != nil {
				t.Fatal(err)
			}
			s.message(1)
			s.five(1)
			s.ten(1)
			if err := s.close(); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(out.b.String(), "\n"), "\n")
			if len(lines) != 3 {
				t.Fatalf("got %d lines, want 3:\n%s", len(lines), out.b.String())
			}
			for i, want := range []map[string]string{{}, five, ten} {
				if got := attrsOf(t, lines[i]); !maps.Equal(got, want) {
					t.Errorf("line %s:\ngot  %v\nwant %v", lines[i], got, want)
				}
			}
		})
	}
}

// attrsOf checks what is common to every line, and returns the rest in a form that does not tell how
// durations and times are spelled.
func attrsOf(t *testing.T, line string) map[string]string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		t.Fatalf("line %s: %v", line, err)
	}
	take := func(keys ...string) string {
		for _, key := range keys {
			if v, ok := fields[key]; ok {
				delete(fields, key)
				return fmt.Sprint(v)
			}
		}
		return ""
	}
	if got := take("msg", "message"); got != message {
		t.Errorf("line %s: got message %q, want %q", line, got, message)
	}
	if got := take("level"); !strings.EqualFold(got, "INFO") {
		t.Errorf("line %s: got level %q, want INFO", line, got)
	}
	at, err := time.Parse(time.RFC3339Nano, take("time"))
	if age := time.Since(at); err != nil || age < -time.Second || age > time.Minute {
		t.Errorf("line %s: got time %v (%v), want the time of the call", line, at, err)
	}
	take("logger") // Jackdaw's records have a name as well

	if nested, ok := fields["attrs"].(map[string]any); ok { // Jackdaw's form
		delete(fields, "attrs")
		maps.Copy(fields, nested)
	}
	if take("exception.type") != "" { // OpenTelemetry's form
		fields["err"] = take("exception.message")
	}
	attrs := map[string]string{}
	for key, v := range fields {
		attrs[key] = fmt.Sprint(v)
	}
	r := newRequest()
	if got, ok := attrs["elapsed"]; ok && slices.Contains(durations(r.elapsed), got) {
		attrs["elapsed"] = r.elapsed.String()
	}
	if got, ok := attrs["started"]; ok && slices.Contains(times(r.started), got) {
		attrs["started"] = "ok"
	}
	return attrs
}

// durations returns the spellings of a duration: nanoseconds, milliseconds.
func durations(d time.Duration) []string {
	return []string{fmt.Sprint(int64(d)), fmt.Sprintf("%.6f", d.Seconds()*1000)}
}

// times returns the spellings of a time: to the nanosecond, to the millisecond, as a number.
func times(t time.Time) []string {
	return []string{t.Format(time.RFC3339Nano), t.Format("2006-01-02T15:04:05.000Z07:00"), fmt.Sprint(t.UnixNano())}
}
