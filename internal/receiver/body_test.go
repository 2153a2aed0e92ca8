package receiver

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// zstded returns s as zstd may have it, RFC 8878: a frame of raw blocks.
func zstded(s string) string {
	b := []byte("\x28\xb5\x2f\xfd\x00\x38") // the magic number, no flags, a window of 128 KiB
	for block := range slices.Chunk([]byte(s), 100_000) {
		b = append(zstdBlock(b, 0, len(block)), block...)
	}
	return string(zstdBlock(b, 1, 0))
}

// zstdBlock appends the head of a block; kind is 1 for the last one, and 2 for one byte over and over.
func zstdBlock(b []byte, kind, length int) []byte {
	head := kind | length<<3
	return append(b, byte(head), byte(head>>8), byte(head>>16))
}

// zstdBomb returns n times 128 KiB of blanks, in four bytes each.
func zstdBomb(n int) string {
	b := []byte("\x28\xb5\x2f\xfd\x00\x38")
	for range n {
		b = append(zstdBlock(b, 2, 128<<10), ' ')
	}
	return string(zstdBlock(b, 1, 0))
}

func TestBodies(t *testing.T) {
	const limit = 1 << 16
	var s sink
	r, addr := listenAll(t, &s, Options{MaxBody: limit})
	line := `{"message":"a"}` + "\n"
	zeros := strings.Repeat(" ", 8<<20)
	f := func(body, encoding string, want string) {
		t.Helper()
		got := post(t, addr, "/ingest", body, "Content-Encoding", encoding)
		if !strings.HasPrefix(got.String(), want) {
			t.Errorf("%s %.20q…: got %.300s, want %s", encoding, body, got, want)
		}
		if got.status == http.StatusUnsupportedMediaType && got.header.Get("Accept-Encoding") != "gzip, zstd" {
			t.Errorf("Accept-Encoding: got %q", got.header.Get("Accept-Encoding"))
		}
	}
	f(line, "", `200 {"accepted":1}`)
	f(line, "identity", `200 {"accepted":1}`)
	f(gzipped(line+line), "gzip", `200 {"accepted":2}`)
	f(gzipped(line)+gzipped(line), "gzip", `200 {"accepted":2}`)
	f(zstded(line+line+line), "zstd", `200 {"accepted":3}`)
	f("", "", `200 {"accepted":0}`)
	f(strings.Repeat(line, limit/len(line)), "", `200 {"accepted":4096}`)
	f(gzipped(strings.Repeat(line, limit/len(line))), "gzip", `200 {"accepted":4096}`)

	f(line, "deflate", `415 {"accepted":0,"error":"the encoding \"deflate\" is not known; use gzip, zstd or none"}`)
	f(line, "gzip, gzip", `415 `)
	f(line, "gzip", `400 {"accepted":0,"error":"unpack the gzip body: gzip: invalid header"}`)
	f(gzipped(line)[:20], "gzip", `400 {"accepted":0,"error":"unpack the gzip body: unexpected EOF"}`)
	f(line, "zstd", `400 {"accepted":0,"error":"unpack the zstd body: `)
	f("", "gzip", `400 {"accepted":0,"error":"unpack the gzip body: EOF"}`)
	f(strings.Repeat(line, limit/len(line))+"x", "", `413 {"accepted":0,"error":"the request is longer than 65536 bytes; send less at once"}`)
	// Bombs: 8 MiB in 8 kB, and a window that would take 128 MiB.
	f(gzipped(zeros), "gzip", `413 `)
	f(zstdBomb(64), "zstd", `413 `)
	f(strings.Replace(zstded(line), "\x38", "\x88", 1), "zstd", `400 {"accepted":0,"error":"unpack the zstd body: window size exceeded`)

	// Without a length before it, as long as it comes.
	got := do(t, client(t), http.MethodPost, "http://"+addr+"/ingest", struct{ io.Reader }{strings.NewReader(zeros)})
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("without end: got %s, want 413", got)
	}
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.HeldBytes != 0 || stats.Rejected[TooLong] != 4 || stats.Rejected[Undecodable] != 5 || stats.RequestsRefused[Unsupported] != 2 {
		t.Errorf("got %d held, %v rejected, %v refused", stats.HeldBytes, stats.Rejected, stats.RequestsRefused)
	}
}

// What requests hold is bounded: where there is no room for one, it is told to come again.
func TestBodiesWithoutRoom(t *testing.T) {
	const limit = 1 << 20
	gate, entered := make(chan struct{}), make(chan struct{}, 10)
	s := sink{before: func(context.Context, []record.Record) error { entered <- struct{}{}; <-gate; return nil }}
	r, addr := listenAll(t, &s, Options{MaxBody: limit, MaxFrame: limit, HeldBytes: 3 << 20})
	body := `{"message":"` + strings.Repeat("x", limit-100) + `"}`
	answers := make(chan answer)
	for range 2 {
		go func() { answers <- post(t, addr, "/ingest", body) }()
		testenv.Receive(t, "the handler to have a record", entered)
	}
	if got := post(t, addr, "/ingest", body); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
		t.Errorf("the third: got %s, want 429 and Retry-After", got)
	}
	if held := r.Stats().HeldBytes; held > 2*limit+2*4096 {
		t.Errorf("held: got %d", held)
	}
	close(gate)
	for range 2 {
		if got := testenv.Receive(t, "the answer", answers); got.status != http.StatusOK {
			t.Errorf("got %s, want 200", got)
		}
	}
	if stats := r.Stats(); stats.HeldBytes != 0 || stats.RequestsRefused[NoRoom] != 1 {
		t.Errorf("got %+v", stats)
	}
}
