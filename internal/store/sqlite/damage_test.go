package sqlite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Where the newest file is no database any more it is set aside, and the position is that of the one before: what was in
// it comes again.
func TestNewestFileIsDamaged(t *testing.T) {
	dir := t.TempDir()
	oldFile(t, dir, 3, 0, 100)
	s := open(t, dir, Options{ChunkRecords: 64})
	handle(t, s, numbered(100, 200))
	closeStore(t, s)
	path := filepath.Join(dir, s.day+".db")
	if err := os.WriteFile(path, []byte(strings.Repeat("garbage ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{ChunkRecords: 64})
	if id, _ := s.Position(); id != (record.ID{Epoch: 7, Sequence: 10, Index: 9}) {
		t.Errorf("position: got %v, want that of the file before", id)
	}
	handle(t, s, numbered(50, 250))
	checkNumbers(t, s, 0, 250)
	if d := s.Stats().Damage; len(d) != 1 || !strings.Contains(d[0].What, path+".damaged") {
		t.Errorf("damage: got %v, want that the file is set aside", d)
	}
	if b, err := os.ReadFile(path + ".damaged"); err != nil || !strings.HasPrefix(string(b), "garbage") {
		t.Errorf("what was set aside: got %.20q, %v", b, err)
	}
	closeStore(t, s)
	s = open(t, dir, Options{ChunkRecords: 64})
	checkNumbers(t, s, 0, 250)
}

// What of a file cannot be read is left out of answers, which say so; the rest is answered.
func TestPartsAreDamaged(t *testing.T) {
	for what, statement := range map[string]string{
		"summary": "UPDATE chunk SET data = x'00ff' WHERE id = 2",
		"missing": "DELETE FROM chunk WHERE id = 2",
		"parts":   "UPDATE part SET data = zeroblob(length(data)) WHERE id/8 = 2 AND id%8 < 4",
		"no part": "DELETE FROM part WHERE id/8 = 2 AND id%8 < 4",
		"pending": "UPDATE pending SET data = x'00' WHERE id = (SELECT max(id) FROM pending)",
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, Options{ChunkRecords: 64})
			for i := range 30 {
				handle(t, s, numbered(10*i, 10*i+10))
			}
			settled(t, s)
			closeStore(t, s)
			change(t, onlyFile(t, dir), statement)
			infos, err := verified(t, dir)
			if err != nil || len(infos) != 1 || len(infos[0].Damage) == 0 {
				t.Errorf("Verify: got %+v, %v, want damage", infos, err)
			}
			s = open(t, dir, Options{ChunkRecords: 64})
			got, unreadable := read(t, s)
			want := 300 - 64
			if what == "pending" {
				want = 290
			}
			if len(got) != want {
				t.Errorf("got %d records, want %d", len(got), want)
			}
			if damage := s.Stats().Damage; len(damage) == 0 {
				t.Error("the damage is not known")
			}
			if strings.HasSuffix(what, "part") && unreadable != 64 {
				t.Errorf("unreadable: got %d, want 64", unreadable)
			}
			handle(t, s, numbered(300, 400))
			if after, _ := read(t, s); len(after) != want+100 {
				t.Errorf("after 100 more: got %d records, want %d", len(after), want+100)
			}
		})
	}
}

// Where what helps to find records cannot be read, they are found nevertheless, and the damage is told.
func TestHelpersAreDamaged(t *testing.T) {
	const chunks = chunk.GridChunks + 6 // those of a grid, and some that have sieves of their own
	for what, statement := range map[string]string{
		"nothing": "SELECT 1",
		"lots":    "UPDATE lot SET data = zeroblob(length(data))",
		"no lots": "DELETE FROM lot",
		"sieves":  fmt.Sprintf("UPDATE part SET data = x'00' WHERE id%%%d = %d", partsPerChunk, sievePart),
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, Options{ChunkRecords: 16})
			for n := 0; n < 16*chunks; n += 16 {
				handle(t, s, numbered(n, n+16))
			}
			settled(t, s)
			if sh := s.shelves[0]; len(sh.chunks) != chunks || len(sh.grids) != 1 {
				t.Fatalf("got %d chunks and %d grids, want %d and 1", len(sh.chunks), len(sh.grids), chunks)
			}
			closeStore(t, s)
			change(t, onlyFile(t, dir), statement)
			s = open(t, dir, Options{ChunkRecords: 16})
			for _, n := range []int{3, 500, 16*chunks - 1} {
				f, err := filter.Parse(fmt.Sprint(n), time.Now())
				if err != nil {
					t.Fatal(err)
				}
				p, err := s.Page(t.Context(), store.PageQuery{Query: store.Query{Filter: f}})
				if err != nil || len(p.Records) != 1 || p.Records[0].Message != fmt.Sprint(n) || p.Unreadable != 0 {
					t.Errorf("record %d: got %+v, %v, want it alone", n, p, err)
				}
			}
			if damage := s.Stats().Damage; (len(damage) > 0) != (what != "nothing") {
				t.Errorf("got damage %v", damage)
			}
		})
	}
}

// verified is what Verify says.
func verified(t *testing.T, dir string) (infos []FileInfo, err error) {
	for info, err := range Verify(t.Context(), dir) {
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// Whatever happens to the bytes of a file: what is answered was kept, and nothing panics or hangs.
func TestAnyDamage(t *testing.T) {
	rounds := 40
	if testenv.Long() {
		rounds = 500
	}
	from := t.TempDir()
	s := open(t, from, Options{ChunkRecords: 64})
	for i := range 100 {
		handle(t, s, numbered(10*i, 10*i+10))
	}
	settled(t, s)
	closeStore(t, s)
	good, err := os.ReadFile(onlyFile(t, from))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(onlyFile(t, from))
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 5))
		bad := append([]byte(nil), good...)
		switch r.IntN(3) {
		case 0:
			for range 1 + r.IntN(20) {
				bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
			}
		case 1:
			at := r.IntN(len(bad))
			clear(bad[at:min(at+1+r.IntN(8192), len(bad))])
		default:
			bad = bad[:r.IntN(len(bad))]
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if infos, err := verified(t, dir); err == nil && len(bad) < len(good) && len(infos) > 0 && len(infos[0].Damage) == 0 && infos[0].Records < 1000 && infos[0].Records > 0 {
				t.Errorf("Verify: %d of 1000 records, and no damage", infos[0].Records)
			}
			s, err := Open(dir, Options{ChunkRecords: 64, Notify: func(string) {}})
			if err != nil {
				t.Logf("it is not opened: %v", err)
				return
			}
			defer s.Close(t.Context())
			askDamaged(t, s)
		})
	}
}

// askDamaged asks a damaged store, and holds it to what was kept.
func askDamaged(t *testing.T, s *Store) {
	q := store.PageQuery{Limit: store.MaxPage}
	p, err := s.Page(t.Context(), q)
	if err != nil {
		t.Errorf("Page: got %v", err)
		return
	}
	for i := range p.Records {
		r := &p.Records[i]
		n := int(r.ID.Sequence-1)*10 + int(r.ID.Index)
		if r.Message != fmt.Sprint(n) || !r.Time.Equal(numbered(n, n+1)[0].Time) {
			t.Errorf("got %v, which was not kept", r)
		}
	}
	if len(p.Records) < 1000 && p.Unreadable == 0 && len(s.Stats().Damage) == 0 {
		t.Errorf("got %d of 1000 records, and nothing says that some are missing", len(p.Records))
	}
	if _, err := s.Count(t.Context(), store.Query{}); err != nil {
		t.Errorf("Count: got %v", err)
	}
	if err := s.Handle(t.Context(), numbered(1000, 1100)); err != nil {
		t.Errorf("Handle: got %v", err)
	}
	if after, _ := read(t, s); len(after) < len(p.Records)+100 {
		t.Errorf("after 100 more: got %d records, want %d", len(after), len(p.Records)+100)
	}
}
