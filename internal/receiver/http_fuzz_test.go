package receiver

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// Whatever a request holds, it gets an answer that says which of the two it is: all of it is in custody, or
// why not. Nothing of it stays behind.
func FuzzRequests(f *testing.F) {
	export := exportOf("a", "b")
	for _, body := range []string{
		"", export, gzipped(export), zstded(export), message(0, export), message(1, gzipped(export)), message(1, zstded(export)),
		exportJSON("a"), gzipped(exportJSON("a")), `{"message":"a"}` + "\nx\n", gzipped(`{"message":"a"}`), zstdBomb(20), "\x00\x00\x00\x00\xff",
	} {
		for way := range byte(4) {
			for packed := range byte(3) {
				f.Add(way, packed, []byte(body))
			}
		}
	}
	r := New(picky(), Options{MaxBody: 1 << 20})
	h := all(r)
	f.Fuzz(func(t *testing.T, way, packed byte, body []byte) {
		req := httptest.NewRequest(http.MethodPost, "/ingest", bytes.NewReader(body))
		encoding, header := []string{"", "gzip", "zstd"}[packed%3], "Content-Encoding"
		switch way % 4 {
		case 1:
			req.URL.Path = logsPath
			req.Header.Set("Content-Type", protobufType)
		case 2:
			req.URL.Path = logsPath
			req.Header.Set("Content-Type", jsonType)
		case 3:
			req.URL.Path, req.ProtoMajor, header = exportPath, 2, "Grpc-Encoding"
			req.Header.Set("Content-Type", grpcType)
		}
		req.Header.Set(header, encoding)
		before := r.Stats()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		after := r.Stats()
		status := w.Code
		if way%4 == 3 {
			if status != http.StatusOK {
				t.Fatalf("gRPC: got status %d of HTTP, want 200", status)
			}
			code := w.Header().Get("Grpc-Status") + w.Header().Get(http.TrailerPrefix+"Grpc-Status")
			n, err := strconv.Atoi(code)
			if err != nil {
				t.Fatalf("gRPC: got status %q, want a number", code)
			}
			if status = http.StatusBadRequest; n == 0 {
				status = http.StatusOK
			}
		}
		taken, given := after.Accepted-before.Accepted, after.Frames-before.Frames
		switch {
		case status >= 500 && status != http.StatusServiceUnavailable:
			t.Errorf("got %d: %s", status, w.Body)
		case status == http.StatusOK && taken == 0 && given > 0 && way%4 == 0:
			t.Errorf("got 200, and none of %d taken", given)
		case status == http.StatusBadRequest && way%4 == 0 && taken > 0:
			t.Errorf("got 400, and %d taken", taken)
		}
		checkLaw(t, after)
		if after.Waiting != 0 || after.HeldBytes != 0 || after.Rejected[Panicked] != 0 {
			t.Errorf("left behind: %d waiting, %d bytes, %d panics", after.Waiting, after.HeldBytes, after.Rejected[Panicked])
		}
	})
}
