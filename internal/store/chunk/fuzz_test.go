package chunk

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/filter/filtertest"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/record"
)

// seeds are parts of chunks without their checksums, and the chunks.
func seeds(f *testing.F) (*Codec, []*Packed) {
	f.Helper()
	c, err := NewCodec()
	if err != nil {
		f.Fatal(err)
	}
	p := NewPacker(c)
	var all []*Packed
	for i, records := range [][]record.Record{storetest.NewShop(1000).Append(nil, 12), filtertest.NewStored(1).Records(12), make([]record.Record, 3)} {
		k := p.Pack(records)
		for which, part := range k.Parts {
			f.Add(part[:len(part)-sumBytes], byte(which), byte(i))
		}
		all = append(all, k)
	}
	return c, all
}

// Whatever the bytes of a part are, reading and searching it ends, with an error if need be.
func FuzzPart(f *testing.F) {
	c, all := seeds(f)
	var plans []*Plan
	for _, text := range []string{"a", "42", "a*", "host:a OR level>=warning", "has:traceback", "n>4", `"a b"`, "time:* received:*"} {
		x, err := filter.Parse(text, time.Unix(0, 0))
		if err != nil {
			f.Fatal(err)
		}
		plans = append(plans, NewPlan(x))
	}
	f.Fuzz(func(t *testing.T, body []byte, which, chunk byte) {
		good := *all[int(chunk)%len(all)]
		good.Parts[int(which)%int(Parts)] = appendSum(append([]byte(nil), body...))
		open := func() *Chunk {
			return New(c, good.Records, func(p Part, dst []byte) ([]byte, error) { return append(dst, good.Parts[p]...), nil })
		}
		k := open()
		for row := range good.Records {
			if _, err := k.Record(row); err != nil && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("record %d: got %v, want ErrCorrupt", row, err)
			}
		}
		for _, p := range plans {
			if _, err := p.Rows(open(), math.MinInt64, math.MaxInt64); err != nil && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("got %v, want ErrCorrupt", err)
			}
		}
	})
}

// Whatever the bytes of a batch or a summary are, they are read or refused.
func FuzzBatch(f *testing.F) {
	var p BatchPacker
	for _, records := range [][]record.Record{storetest.NewShop(1000).Append(nil, 20), filtertest.NewStored(1).Records(20)} {
		b := p.Append(nil, records)
		f.Add(b[:len(b)-sumBytes])
	}
	s := (&Numbered{Summary: Summary{Records: 9, Minutes: []Minute{{}}}, Pairs: []NumberedPair{{}}}).Append(nil)
	f.Add(s[:len(s)-sumBytes])
	f.Fuzz(func(t *testing.T, body []byte) {
		b := appendSum(append([]byte(nil), body...))
		if _, err := ReadBatch(b); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("ReadBatch: got %v, want ErrCorrupt", err)
		}
		if _, err := ReadSummary(b); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("ReadSummary: got %v, want ErrCorrupt", err)
		}
	})
}
