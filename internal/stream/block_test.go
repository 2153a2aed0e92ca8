package stream

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenBlock = "testdata/1.blk"

// goldenBatches is what is in the golden block.
func goldenBatches() [][]record.Record {
	plain := record.Record{Level: slog.LevelInfo, Logger: "a.b", Message: "first"}
	rich := record.Record{Level: slog.LevelError, Logger: "> * ..", Message: "second", Attrs: []slog.Attr{slog.Int("n", 1)}, Host: "h"}
	return [][]record.Record{{plain}, {rich, plain, rich}}
}

// A file as JetStream writes it. If this fails with another version of nats-server, its format has changed.
func TestGoldenBlock(t *testing.T) {
	if *update {
		dir := t.TempDir()
		s := open(t, Options{Dir: dir, Level: Disk})
		for _, batch := range goldenBatches() {
			store(t, s, batch)
		}
		closeStream(t, s)
		all, err := blocks(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(all[0].path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenBlock, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(goldenBlock)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	b := testBlock()
	err = b.scanText(text, visitor{
		message: func(m *stored, offset int64) error {
			records, err := newDecoder().Decode(m.payload, nil)
			if err != nil || m.err != nil {
				t.Errorf("message %d: %v, %v", m.seq, err, m.err)
			}
			for i := range records {
				got = append(got, fmt.Sprintf("%d %v %s %s", m.seq, m.mark.own, records[i].Logger, records[i].Message))
			}
			return nil
		},
		damaged: func(offset, bytes int64, what string) { t.Errorf("byte %d: %d bytes: %s", offset, bytes, what) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 [0 1 0 0 0] a.b first",
		"2 [0 1 0 2 0] > * .. second", "2 [0 1 0 2 0] a.b first", "2 [0 1 0 2 0] > * .. second",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func testBlock() block {
	return block{path: filepath.Base(goldenBlock), number: 1, name: DefaultName, subject: []byte((&Options{Name: DefaultName}).subject(""))}
}

// Whatever is in a file: each byte of it is a message's, or damaged.
func FuzzBlock(f *testing.F) {
	text, err := os.ReadFile(goldenBlock)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)-3])
	f.Add(append([]byte("JACKDAW.records"), text...))
	f.Add(append(text[:40:40], text...))
	f.Fuzz(func(t *testing.T, text []byte) {
		b := testBlock()
		next := int64(0)
		at := func(offset int64) {
			if offset < next {
				t.Fatalf("byte %d comes after byte %d", offset, next)
			}
			next = offset + 1
		}
		err := b.scanText(text, visitor{
			message: func(m *stored, offset int64) error { at(offset); return nil },
			damaged: func(offset, bytes int64, _ string) {
				at(offset)
				if bytes <= 0 || offset+bytes > int64(len(text)) {
					t.Fatalf("%d bytes at %d of %d are damaged", bytes, offset, len(text))
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
