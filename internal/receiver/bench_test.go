package receiver

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// BenchmarkReceive is the whole way of a record: written to loopback TCP, read, decoded, handed to a
// handler that discards it. The frames are of the length of a typical Python record; the
// client's writing is part of the time.
func BenchmarkReceive(b *testing.B) {
	for _, conns := range []int{1, 4} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			const frameLen, perWrite = 626, 100
			var got atomic.Int64
			all := make(chan struct{})
			want := int64((b.N + conns*perWrite - 1) / (conns * perWrite) * conns * perWrite)
			r := New(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
				if got.Add(int64(len(batch))) == want {
					close(all)
				}
				return nil
			}), Options{})
			r.desks.decode = func() decodeFunc {
				return func(payload []byte, rec *record.Record) error {
					rec.Level = 4
					return nil
				}
			}
			addr, err := r.Listen(b.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			var block []byte
			for range perWrite {
				block = binary.BigEndian.AppendUint32(block, frameLen-prefixLen)
				block = append(block, make([]byte, frameLen-prefixLen)...)
			}
			b.SetBytes(frameLen)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range conns {
				wg.Go(func() {
					c, err := net.Dial("tcp", addr.String())
					if err != nil {
						b.Error(err)
						return
					}
					defer c.Close()
					for range want / int64(conns) / perWrite {
						if _, err := c.Write(block); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			<-all
			b.StopTimer()
			r.Close(context.Background())
		})
	}
}
