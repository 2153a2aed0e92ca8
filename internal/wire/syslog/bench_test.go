package syslog

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// messagesOfEach are a usual message of each form, with the allocations that it may take: its text, its attrs, and a time.
var messagesOfEach = []struct {
	name, message string
	allocs        float64
}{
	{"python", "<14>connection 17 to db-3.internal:5432 was opened in 31 ms after 2 attempts\x00", 2},
	{"rfc3164", "<14>Nov 23 02:00:00 web-1 shop[4242]: connection 17 to db-3.internal:5432 was opened in 31 ms after 2 attempts", 3},
	{"rfc5424", `<14>1 2026-11-23T02:00:00.123456+01:00 web-1 shop 4242 open [a@32473 n="17" host="db-3.internal:5432"] connection 17 was opened in 31 ms`, 5},
}

func BenchmarkDecode(b *testing.B) {
	for _, m := range messagesOfEach {
		b.Run(m.name, func(b *testing.B) {
			var d Decoder
			var r record.Record
			text := []byte(m.message)
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Decode(text, now, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestDecodeAllocates(t *testing.T) {
	for _, m := range messagesOfEach {
		var d Decoder
		var r record.Record
		text := []byte(m.message)
		if got := testing.AllocsPerRun(100, func() { _ = d.Decode(text, now, &r) }); got > m.allocs {
			t.Errorf("%s: got %v allocations, want %v at most", m.name, got, m.allocs)
		}
	}
}
