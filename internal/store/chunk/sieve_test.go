package chunk_test

import (
	"math/rand/v2"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
)

// A sieve has all that it was made of and little else, and a grid says the same of each of its sieves.
func TestSieveAndGrid(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const terms = 5000
	lots := chunk.Lots(terms)
	var sets [chunk.GridChunks - 3][]uint64
	var sieves [][]byte
	for i := range sets {
		for range terms {
			sets[i] = append(sets[i], r.Uint64())
		}
		sieves = append(sieves, chunk.Sieve(sets[i], lots))
	}
	grid, err := chunk.Grid(sieves, lots)
	if err != nil {
		t.Fatal(err)
	}
	wrong, asked := 0, 0
	check := func(hash uint64, in int) {
		chunks, err := chunk.GridHas(grid[chunk.LotOf(hash, lots)], hash)
		if err != nil {
			t.Fatal(err)
		}
		if chunks>>len(sets) != 0 {
			t.Errorf("hash %x: chunks %b of %d", hash, chunks, len(sets))
		}
		for i := range sieves {
			has, err := chunk.SieveHas(sieves[i], lots, hash)
			if err != nil {
				t.Fatal(err)
			}
			if gridded := chunks>>i&1 == 1; gridded != has || !has && i == in {
				t.Errorf("hash %x of set %d in %d: got %v in the sieve, %v in the grid", hash, in, i, has, gridded)
			}
			if i != in {
				asked++
				if has {
					wrong++
				}
			}
		}
	}
	for i, set := range sets {
		for _, h := range set[:100] {
			check(h, i)
		}
	}
	if share := float64(wrong) / float64(asked); share > 0.02 {
		t.Errorf("%.2f %% of what is not there is said to be, want 2 at most", 100*share)
	} else {
		t.Logf("%.2f %% of what is not there is said to be", 100*share)
	}
}

func TestDamagedSieve(t *testing.T) {
	sieve := chunk.Sieve([]uint64{1, 2, 3}, 2)
	sieve[7] ^= 1
	if _, err := chunk.SieveHas(sieve, 2, 1); err == nil {
		t.Error("SieveHas of a damaged sieve: got no error")
	}
	if _, err := chunk.Grid([][]byte{sieve}, 2); err == nil {
		t.Error("Grid of a damaged sieve: got no error")
	}
}

func BenchmarkGrid(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var sieves [][]byte
	const terms = 18000
	for range chunk.GridChunks {
		var set []uint64
		for range terms {
			set = append(set, r.Uint64())
		}
		sieves = append(sieves, chunk.Sieve(set, chunk.Lots(terms)))
	}
	for b.Loop() {
		if _, err := chunk.Grid(sieves, chunk.Lots(terms)); err != nil {
			b.Fatal(err)
		}
	}
}
