package chunk_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/filter/filtertest"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// rounds is n, or many times that in the long tier.
func rounds(n int) int {
	if testenv.Long() {
		return 50 * n
	}
	return n
}

// same reports whether records are the same to the last type and bit, as OTLP keeps them.
func same(a, b *record.Record) bool {
	return bytes.Equal(otlp.Append(nil, []record.Record{*a}), otlp.Append(nil, []record.Record{*b})) && a.ID == b.ID
}

// Whatever the records are, they come out of a chunk as they went in.
func TestAnyRecordsRoundTrip(t *testing.T) {
	c, m := codec(t), filtertest.NewStored(1)
	p := chunk.NewPacker(c)
	for range rounds(12) {
		batch := m.Records(1 + m.IntN(300))
		for i := range batch {
			batch[i].ID = record.ID{Epoch: m.Uint64(), Sequence: m.Uint64N(5), Index: m.Uint32()}
		}
		o := open(c, p.Pack(batch))
		for i := range batch {
			got, err := o.Record(i)
			if err != nil {
				t.Fatal(err)
			}
			if !same(&got, &batch[i]) {
				t.Fatalf("record %d of %d: got\n%s\nwant\n%s", i, len(batch), record.AppendJSON(nil, &got), record.AppendJSON(nil, &batch[i]))
			}
		}
	}
}

// A plan finds just the rows that match, and where there is one, what the filter needs is in the terms and pairs
// of the chunk.
func TestRowsAreThoseThatMatch(t *testing.T) {
	c, m := codec(t), filtertest.NewStored(2)
	p := chunk.NewPacker(c)
	some, all := 0, 0
	for range rounds(12) {
		batch := m.Records(1 + m.IntN(200))
		k := p.Pack(batch)
		for i := range batch { // values of no plain type are kept as what they show
			r, err := open(c, k).Record(i)
			if err != nil {
				t.Fatal(err)
			}
			batch[i] = r
		}
		for range 30 {
			f := m.Filter()
			rows, err := chunk.NewPlan(f).Rows(open(c, k), math.MinInt64, math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			for i := range batch {
				if got, want := rows.Has(i), f.Match(&batch[i]); got != want {
					t.Fatalf("%s: got %v, want %v for\n%s", f, got, want, record.AppendJSON(nil, &batch[i]))
				}
			}
			if n := rows.Count(); n > 0 && n < len(batch) {
				some++
			}
			all++
		}
	}
	t.Logf("%d of %d filters match some records", some, all)
}
