package otlp

import (
	"path/filepath"
	"strings"
	"testing"
)

// seeds adds the messages of the golden files, in JSON or in protobuf.
func seeds(f *testing.F, inJSON bool) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		for _, c := range goldens(f, file) {
			if strings.HasPrefix(c.name, "JSON") == inJSON {
				f.Add(c.message)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	seeds(f, false)
	for seed := range uint64(50) {
		g := newGenerator(seed)
		f.Add(Append(nil, g.batch()))
	}
	f.Add([]byte(logged(pair(6, keyTypes, list(pair(1, "a", str(typeUint)))), pair(6, "a", integer(1)), pair(6, keyEscaped, boolean(true)), pair(6, "\uefff", str("\uef80")))))
	f.Fuzz(func(t *testing.T, p []byte) {
		var d Decoder
		records, err := d.Decode(p, nil)
		if err != nil {
			return
		}
		warm, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("a second time: %v", err)
		}
		same(t, "a second time", warm, records)
		again, err := d.Decode(Append(nil, records), nil)
		if err != nil {
			t.Fatalf("what Append wrote: %v", err)
		}
		same(t, "again", again, records)
	})
}

func FuzzAllocations(f *testing.F) {
	seeds(f, false)
	f.Fuzz(func(t *testing.T, p []byte) {
		var d Decoder
		got := allocated(func() { _, _ = d.Decode(p, nil) })
		if most := uint64(1<<17 + 1024*len(p)); got > most {
			t.Errorf("got %d bytes allocated for a message of %d, want at most %d", got, len(p), most)
		}
	})
}
