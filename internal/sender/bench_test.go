package sender

import (
	"fmt"
	"io"
	"net"
	"testing"
)

// BenchmarkHandle sends batches over loopback to a receiver that reads and discards, in this process.
// The difference between the bounds is what confirming costs.
func BenchmarkHandle(b *testing.B) {
	for _, network := range []string{"tcp", "unix"} {
		for _, confirm := range []int{-1, 4 << 20, 1 << 20, 256 << 10} {
			b.Run(fmt.Sprintf("%s/confirm=%d", network, confirm), func(b *testing.B) {
				ln := listen(b, network, func(_ int, c net.Conn) {
					_, _ = io.Copy(io.Discard, c)
					_ = c.Close()
				})
				s := open(b, ln, Options{ConfirmBytes: confirm})
				records, _ := batch(0, 256)
				b.SetBytes(int64(len(s.out.encode(nil, &records[0]))))
				b.ReportAllocs()
				b.ResetTimer()
				for n := 0; n < b.N; n += len(records) {
					if err := s.Handle(b.Context(), records[:min(len(records), b.N-n)]); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Flush(b.Context()); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
