package receiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// awkwardLens are lengths of payloads around every boundary of the buffers.
var awkwardLens = []int{
	1, 2, 3, 626, smallLen - prefixLen - 1, smallLen - prefixLen, smallLen - prefixLen + 1, smallLen, 5000,
	chunkLen - prefixLen - 1, chunkLen - prefixLen, chunkLen - prefixLen + 1, chunkLen, 3*chunkLen + 7, 1 << 20, 1,
}

func payloads(lens []int) (all []string) {
	for i, n := range lens {
		all = append(all, repeat('a'+byte(i), n))
	}
	return all
}

func TestFramesOfAnyLength(t *testing.T) {
	for _, network := range []string{"pipe", "tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			var s sink
			r := newReceiver(t, &s, Options{})
			c := connect(t, r, network)
			want := payloads(awkwardLens)
			send(t, c, frame(want...))
			checkMessages(t, s.await(t, len(want)), want)
			if got := r.Stats(); got.HeldBytes != 0 || got.Bytes != uint64(len(frame(want...))) {
				t.Errorf("stats: got %d partial bytes, %d bytes, want 0, %d", got.HeldBytes, got.Bytes, len(frame(want...)))
			}
		})
	}
}

// However the bytes are cut, the records are the same: byte by byte, and at every place in between.
func TestFramesCutAnywhere(t *testing.T) {
	want := []string{"one", "two", "x", "four and more", "five"}
	b := frame(want...)
	synctest.Test(t, func(t *testing.T) {
		for size := 1; size <= len(b); size++ {
			var s sink
			r := newReceiver(t, &s, Options{})
			c := pipe(t, r)
			for part := range slices.Chunk(b, size) {
				send(t, c, part)
			}
			synctest.Wait()
			checkMessages(t, s.await(t, len(want)), want)
		}
	})
}

// Over a real socket the kernel joins what is written; the waits between the writes let it not.
func TestFramesByteByByteOverTCP(t *testing.T) {
	var s sink
	r := newReceiver(t, &s, Options{})
	c := connect(t, r, "tcp")
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint("message ", i))
		b := frame(want[i])
		for j := range b {
			send(t, c, b[j:j+1])
		}
		s.await(t, i+1)
	}
	checkMessages(t, s.await(t, len(want)), want)
}

// A connection that never runs dry gets through, in order, over more rounds than it has at one desk.
func TestFloodOverOneConnection(t *testing.T) {
	const n, length = 40_000, 626
	var last, count int
	done := make(chan struct{})
	r := newReceiver(t, record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		for i := range batch {
			got := int(binary.BigEndian.Uint32([]byte(batch[i].Message)))
			if got != last+1 {
				t.Errorf("record after %d: got %d", last, got)
			}
			last = got
		}
		if count += len(batch); count == n {
			close(done)
		}
		return nil
	}), Options{})
	c := connect(t, r, "tcp")
	var b []byte
	for i := 1; i <= n; i++ {
		b = binary.BigEndian.AppendUint32(b, length)
		b = binary.BigEndian.AppendUint32(b, uint32(i))
		b = append(b, make([]byte, length-4)...)
	}
	send(t, c, b)
	testenv.Receive(t, "all records", done)
	c.(*net.TCPConn).CloseWrite()
	if err := awaitEnd(t, c); err != nil {
		t.Errorf("end: got %v, want an orderly one", err)
	}
	if got := r.Stats(); got.Frames != n || got.Accepted != n {
		t.Errorf("stats: got %d frames, %d accepted, want %d of both", got.Frames, got.Accepted, n)
	}
}

// What is handed over is as fresh as can be: at once when nothing more is there, at most batchLen.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		r := newReceiver(t, record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
			sizes = append(sizes, len(batch))
			return nil
		}), Options{})
		c := pipe(t, r)
		send(t, c, frame("1"))
		synctest.Wait()
		send(t, c, frame("1", "2", "3"))
		synctest.Wait()
		send(t, c, frame(slices.Repeat([]string{"x"}, batchLen+1)...)) // 5 bytes each: less than smallLen
		synctest.Wait()
		if want := []int{1, 3, batchLen, 1}; !slices.Equal(sizes, want) {
			t.Errorf("batches: got %d, want %d", sizes, want)
		}
	})
}

// A record that is no record, of any kind, costs itself and nothing else.
func TestRejectedFrames(t *testing.T) {
	f := func(name string, bad []byte, reason Reason, detail string, length int, first string) {
		t.Helper()
		for _, network := range []string{"pipe", "tcp"} {
			t.Run(name+"/"+network, func(t *testing.T) {
				var s sink
				r := newReceiver(t, &s, Options{MaxFrame: 1000})
				c := connect(t, r, network)
				send(t, c, slices.Concat(frame("before"), bad, frame("after")))
				checkMessages(t, s.await(t, 2), []string{"before", "after"})
				if got := s.records[1].Stack; got != "" {
					t.Errorf("the record after: got stack %q, want nothing of the rejected one", got)
				}
				stats := r.Stats()
				checkLaw(t, stats)
				if stats.Rejected[reason] != 1 || stats.Frames != 3 || stats.Conns != 1 {
					t.Errorf("stats: got %+v, want one frame of three rejected as %s, the connection open", stats, reason)
				}
				got := r.Rejects()
				if len(got) != 1 {
					t.Fatalf("rejects: got %v, want one", got)
				}
				j := got[0]
				if j.Reason != reason || j.Detail != detail || j.Length != length || j.Peer != s.records[0].Peer || j.Time.IsZero() {
					t.Errorf("reject: got %+v, want %s: %s, length %d", j, reason, detail, length)
				}
				if !strings.HasPrefix(string(j.First), first) || len(j.First) > firstBytes {
					t.Errorf("first bytes: got %q, want %q…", j.First, first)
				}
			})
		}
	}
	tooLong := func(begin string, length int) []byte { return frame(begin + repeat('.', length-len(begin))) }
	f("undecodable", frame("!"+repeat('x', 500)), Undecodable, "message begins with a '!'", 501, "!"+repeat('x', 255))
	f("panic", frame("*"), Panicked, "panic: decoder met a '*'", 1, "*")
	f("empty", frame(""), Empty, "the frame is empty", 0, "")
	f("too long, pickle 4", tooLong("\x80\x04", 1001), TooLong, "the frame is 1001 bytes long, 1000 are taken at most", 1001, "\x80\x04")
	f("too long, pickle 1", tooLong("}q\x00(", 5000), TooLong, "the frame is 5000 bytes long, 1000 are taken at most", 5000, "}q\x00(.")
	f("too long, pickle 0", tooLong("(dp0\n", 3<<20), TooLong, "the frame is 3145728 bytes long, 1000 are taken at most", 3<<20, "(dp0\n")
	f("too long, JSON", tooLong(`{"m`, chunkLen), TooLong, "the frame is 65536 bytes long, 1000 are taken at most", chunkLen, `{"m.`)
}

// A decoder that panicked may be in any state, and is not used again.
func TestDecoderAfterPanic(t *testing.T) {
	var s sink
	r := newReceiver(t, &s, Options{})
	broken := 0 // decoders that panicked
	r.desks.decode = func() decodeFunc {
		panicked := false
		return func(payload []byte, r *record.Record) error {
			if panicked {
				return errors.New("broken decoder in use")
			}
			if payload[0] == '*' {
				panicked = true
				broken++
				panic("broken")
			}
			r.Message = string(payload)
			return nil
		}
	}
	c := connect(t, r, "tcp")
	send(t, c, frame("one", "*", "two", "*", "three"))
	checkMessages(t, s.await(t, 3), []string{"one", "two", "three"})
	if got := r.Stats().Rejected; got[Panicked] != 2 || len(got) != 1 || broken != 2 {
		t.Errorf("rejected: got %v, want two panics", got)
	}
}

func TestPeerAndReceived(t *testing.T) {
	f := func(network string, want func(net.Conn) string) {
		t.Helper()
		var s sink
		r := newReceiver(t, &s, Options{})
		c := connect(t, r, network)
		before := time.Now()
		send(t, c, frame("x"))
		s.await(t, 1)
		got := s.records[0]
		if got.Peer != want(c) {
			t.Errorf("%s: peer: got %s, want %s", network, got.Peer, want(c))
		}
		if got.Received.Before(before) || got.Received.After(time.Now()) {
			t.Errorf("%s: received: got %v, want between %v and now", network, got.Received, before)
		}
	}
	f("tcp", func(c net.Conn) string { return c.LocalAddr().String() })
	f("unix", func(c net.Conn) string { return unixPeer(c.RemoteAddr().String()) })
}

// A batch is cleared after it was handed over: nothing is kept alive by a connection.
func TestBatchIsCleared(t *testing.T) {
	var kept []record.Record
	s := sink{before: func(_ context.Context, batch []record.Record) error {
		kept = batch // against the contract
		return nil
	}}
	r := newReceiver(t, &s, Options{})
	c := connect(t, r, "tcp")
	send(t, c, frame("x", "y"))
	s.await(t, 2)
	c.(*net.TCPConn).CloseWrite()
	awaitEnd(t, c)
	for i := range kept {
		if kept[i].Message != "" {
			t.Errorf("record %d of the batch is still %q", i, kept[i].Message)
		}
	}
}

// FuzzStream checks that any bytes, cut anyhow, do no harm, and that the way they are cut makes no
// difference to what becomes of them.
func FuzzStream(f *testing.F) {
	f.Add(frame("one", "two"), uint8(3))
	f.Add(slices.Concat(frame("!bad", "", "*"), frame("ok")), uint8(1))
	for _, size := range []uint8{1, 5, 7} {
		f.Add(append(frame("}q\x00("+repeat('.', 300)), frame("after")...), size)
	}
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), uint8(2))
	f.Add(frame("half")[:6], uint8(5))
	f.Add([]byte{0xff}, uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		synctest.Test(t, func(t *testing.T) {
			outcome := func(parts [][]byte) string {
				var s sink
				r := newReceiver(t, &s, Options{MaxFrame: 200})
				c := pipe(t, r)
				for _, part := range parts {
					if _, err := c.Write(part); err != nil {
						break // closed: no frame
					}
				}
				c.Close()
				synctest.Wait()
				stats := r.Stats()
				checkLaw(t, stats)
				if stats.Conns != 0 || stats.Waiting != 0 || stats.HeldBytes != 0 {
					t.Fatalf("after the end: got %+v, want nothing left", stats)
				}
				return fmt.Sprintf("%q %v", s.await(t, 0), stats.Rejected)
			}
			whole := outcome([][]byte{b})
			cut := outcome(slices.Collect(slices.Chunk(bytes.Clone(b), max(1, int(size)))))
			if whole != cut {
				t.Errorf("cut into parts of %d bytes: got %s, want %s", size, cut, whole)
			}
		})
	})
}
