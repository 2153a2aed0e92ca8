package main

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// All decoders do the same work: they find the same message in each frame.
func TestSameMessages(t *testing.T) {
	mix, err := makeFrames(t.Context(), testenv.Python(t))
	if err != nil {
		t.Fatal(err)
	}
	first := contenders[0].decode()
	for _, c := range contenders[1:] {
		decode := c.decode()
		for i, frame := range mix[:1000] {
			want, err := first(frame)
			if err != nil || want == "" {
				t.Fatalf("record %d: got %q, %v", i, want, err)
			}
			if got, err := decode(frame); got != want || err != nil {
				t.Fatalf("%s, record %d: got %q, %v, want %q", c.name, i, got, err, want)
			}
		}
	}
	if n := len(mix.typical()[0]); n < typicalBytes-60 || n > typicalBytes+60 {
		t.Errorf("the typical record: got %d bytes, want about %d", n, typicalBytes)
	}
}

func TestPython(t *testing.T) {
	python := testenv.Python(t)
	mix, err := makeFrames(t.Context(), python)
	if err != nil {
		t.Fatal(err)
	}
	p, err := startPython(t.Context(), python, mix[:100], mix.typical())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for task := range pythonTasks {
		c, err := p.measure(task)
		if err != nil || c.mix <= 0 || c.typical <= 0 {
			t.Errorf("task %d: got %+v, %v", task, c, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	mix, err := makeFrames(b.Context(), testenv.Python(b))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range []struct {
		name   string
		frames frames
	}{{"mix", mix}, {"typical", mix.typical()}} {
		for _, c := range contenders {
			b.Run(f.name+"/"+c.name, func(b *testing.B) {
				decode := c.decode()
				b.ReportAllocs()
				b.SetBytes(int64(f.frames.mean()))
				i := 0
				for b.Loop() {
					if _, err := decode(f.frames[i%len(f.frames)]); err != nil {
						b.Fatal(err)
					}
					i++
				}
			})
		}
	}
}
