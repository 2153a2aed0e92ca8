package chunk_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/record"
)

func codec(t testing.TB) *chunk.Codec {
	t.Helper()
	c, err := chunk.NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(c *chunk.Codec, k *chunk.Packed) *chunk.Chunk {
	return chunk.New(c, k.Records, func(p chunk.Part, dst []byte) ([]byte, error) {
		if len(k.Parts[p]) == 0 {
			return nil, errors.New("no such part")
		}
		return append(dst, k.Parts[p]...), nil
	})
}

func TestRoundTrip(t *testing.T) {
	c := codec(t)
	shop := storetest.NewShop(5_000_000)
	batch := shop.Append(nil, 4096)
	for i := range batch {
		batch[i].ID = record.ID{Epoch: 7, Sequence: uint64(1 + i/100), Index: uint32(i % 100)}
	}
	k := chunk.NewPacker(c).Pack(batch)
	o := open(c, k)
	for i := range batch {
		got, err := o.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, batch[i]) {
			t.Fatalf("record %d: got\n%+v, want\n%+v", i, got, batch[i])
		}
	}
}

func BenchmarkPack(b *testing.B) {
	c := codec(b)
	const n = 4096
	shop := storetest.NewShop(5_000_000)
	batches := make([][]record.Record, 16)
	json := 0
	for i := range batches {
		batches[i] = shop.Append(nil, n)
		for j := range batches[i] {
			r := &batches[i][j]
			r.ID = record.ID{Epoch: 7, Sequence: uint64(1 + i*100 + j/600), Index: uint32(j % 600)}
			json += len(record.AppendJSON(nil, r)) + 1
		}
	}
	p := chunk.NewPacker(c)
	var parts [chunk.Parts]int
	terms, i := 0, 0
	for b.Loop() {
		k := p.Pack(batches[i%len(batches)])
		for j := range parts {
			parts[j] += len(k.Parts[j])
		}
		terms += len(k.Terms)
		i++
	}
	all := float64(i * n)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/record")
	b.ReportMetric(float64(json)/float64(n*len(batches)), "json-B/record")
	for j, name := range []string{"head", "said", "attrs", "origin"} {
		b.ReportMetric(float64(parts[j])/all, name+"-B/record")
	}
	b.ReportMetric(float64(terms)/all, "terms/record")
}

// What a chunk returned is good when its memory is used for others.
func TestRelease(t *testing.T) {
	c := codec(t)
	shop := storetest.NewShop(5_000_000)
	batches := [][]record.Record{shop.Append(nil, 500), shop.Append(nil, 500)}
	var got [][]record.Record
	var ids [][]record.ID
	for _, batch := range batches {
		k := open(c, chunk.NewPacker(c).Pack(batch))
		var all []record.Record
		for row := range batch {
			r, err := k.Record(row)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
		own, err := k.IDs()
		if err != nil {
			t.Fatal(err)
		}
		got, ids = append(got, all), append(ids, own)
		k.Release()
	}
	for i, batch := range batches {
		for row := range batch {
			if !same(&got[i][row], &batch[row]) || ids[i][row] != batch[row].ID {
				t.Fatalf("batch %d, record %d: got %+v, want %+v", i, row, got[i][row], batch[row])
			}
		}
	}
}
