package receiver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// typicalFrame is a frame of the mean length of real ones, as Python's SocketHandler sends it.
func typicalFrame() []byte {
	return pickle.AppendFrame(nil, &record.Record{
		Time: time.Date(2026, 11, 22, 10, 41, 41, 702e6, time.UTC), Level: slog.LevelInfo, Logger: "myapp.db.pool",
		Message: "connection 17 to db-3.internal:5432 was opened in 12.5 ms after 2 attempts, 4 of 20 are in use",
		Attrs:   []slog.Attr{slog.Int("attempts", 2), slog.Float64("ms", 12.5), slog.String("host", "db-3.internal:5432"), slog.Bool("pooled", true)},
		Source:  slog.Source{Function: "open_connection", File: "/srv/myapp/lib/python3.13/site-packages/myapp/db/pool.py", Line: 233},
		Process: record.Process{PID: 48213, Name: "MainProcess"},
		Thread:  record.Thread{ID: 140234567890123, Name: "ThreadPoolExecutor-0_3"},
	})
}

// BenchmarkReceive is the whole way of a record: written to loopback TCP, read, decoded, handed to a
// handler that discards it. The client's writing is part of the time; "frames" leaves out decoding.
func BenchmarkReceive(b *testing.B) {
	frames := func() decodeFunc {
		return func(_ []byte, r *record.Record) error {
			r.Level = 4
			return nil
		}
	}
	for _, conns := range []int{1, 4} {
		b.Run(fmt.Sprintf("frames/conns=%d", conns), func(b *testing.B) { benchmarkReceive(b, conns, frames) })
		b.Run(fmt.Sprintf("records/conns=%d", conns), func(b *testing.B) { benchmarkReceive(b, conns, nil) })
	}
}

func benchmarkReceive(b *testing.B, conns int, decode func() decodeFunc) {
	const perWrite = 100
	writes := (b.N + conns*perWrite - 1) / (conns * perWrite) // of each connection
	want := int64(writes * conns * perWrite)
	var got atomic.Int64
	all := make(chan struct{})
	r := New(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		if got.Add(int64(len(batch))) == want {
			close(all)
		}
		return nil
	}), Options{})
	if decode != nil {
		r.desks.decode = decode
	}
	defer r.Close(context.Background())
	addr, err := r.Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	one := typicalFrame()
	var block []byte
	for range perWrite {
		block = append(block, one...)
	}
	b.SetBytes(int64(len(one)))
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
			for range writes {
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
}

// A record costs this room no allocation: neither reading nor the batch nor the counts.
func TestReceiveDoesNotAllocate(t *testing.T) {
	const perRun = 100
	got, all := 0, make(chan struct{})
	r := newReceiver(t, record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		if got += len(batch); got%perRun == 0 {
			all <- struct{}{}
		}
		return nil
	}), Options{})
	r.desks.decode = func() decodeFunc { return func([]byte, *record.Record) error { return nil } }
	c := connect(t, r, "tcp")
	var block []byte
	for range perRun {
		block = append(block, typicalFrame()...)
	}
	perBlock := testing.AllocsPerRun(200, func() {
		send(t, c, block)
		<-all
	})
	if perBlock > 3 { // a desk now and then, where the pool was emptied
		t.Errorf("got %v allocations for %d records, want none for each", perBlock, perRun)
	}
}
