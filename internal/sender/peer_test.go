package sender

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// readFrame reads one frame and returns its payload.
func readFrame(r io.Reader) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint32(prefix[:]))
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return payload, nil
}

var decoders = sync.Pool{New: func() any { return pickle.NewDecoder(pickle.Limits{}) }}

// message returns the message of a record's pickle, or why it is none.
func message(payload []byte) string {
	d := decoders.Get().(*pickle.Decoder)
	defer decoders.Put(d)
	var r record.Record
	if err := d.Decode(payload, &r); err != nil {
		return err.Error()
	}
	return r.Message
}

// peer is what a test's receivers have received, whole records only.
type peer struct {
	mu       sync.Mutex
	messages []string
	cut      int // frames that were not
}

func (p *peer) add(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, message)
}

func (p *peer) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages)
}

// read reads n frames, or all until the stream ends if n is negative.
func (p *peer) read(c net.Conn, n int) error {
	r := io.Reader(c)
	if n < 0 {
		r = bufio.NewReaderSize(c, 64<<10)
	}
	for ; n != 0; n-- {
		payload, err := readFrame(r)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			p.mu.Lock()
			p.cut++
			p.mu.Unlock()
		}
		if err != nil {
			return err
		}
		p.add(message(payload))
	}
	return nil
}

// serve is a receiver as it should be: it reads to the end, then closes.
func (p *peer) serve(c net.Conn) {
	_ = p.read(c, -1)
	_ = c.Close()
}

// listen starts a server whose i-th connection, from 0, is for on. It ends with the test.
func listen(t testing.TB, network string, on func(i int, c net.Conn)) net.Listener {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for i := 0; ; i++ {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				stop := context.AfterFunc(t.Context(), func() { _ = c.Close() })
				defer stop()
				on(i, c)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		running.Wait()
	})
	return ln
}

// open returns a Socket to ln that is closed at the end of the test.
func open(t testing.TB, ln net.Listener, o Options) *Socket {
	t.Helper()
	o.Network, o.Address = ln.Addr().Network(), ln.Addr().String()
	if o.BackoffMin == 0 {
		o.BackoffMin = time.Millisecond
	}
	if o.ConfirmTimeout == 0 {
		o.ConfirmTimeout = testenv.Patience
	}
	return newSocket(t, o)
}

// ownHost returns an address of this machine at which no other process listens, where there is more than one: a port of
// it that is let go stays free.
func ownHost() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1"
	}
	pid := os.Getpid()
	return fmt.Sprintf("127.%d.%d.%d", 1+pid>>16, pid>>8&0xff, pid&0xff)
}

func newSocket(t testing.TB, o Options) *Socket {
	t.Helper()
	s, err := NewSocket(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // most tests close by themselves and look at the error
	return s
}

// batch returns records whose messages are from … to-1, and these messages.
func batch(from, to int) (records []record.Record, messages []string) {
	for i := from; i < to; i++ {
		r := handlertest.Record(i)
		records, messages = append(records, r), append(messages, r.Message)
	}
	return records, messages
}

// wide returns a record with an attr of that many bytes.
func wide(n, bytes int) record.Record {
	r := handlertest.Record(n)
	r.Stack = string(make([]byte, bytes))
	return r
}

func handle(t testing.TB, s *Socket, records []record.Record) {
	t.Helper()
	if err := s.Handle(t.Context(), records); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
}

// check compares what the peer received and what the Socket counts.
func check(t testing.TB, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("received, from %d on: got %q …, want %q …", i, got[i], want[i])
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("received: got %d records, want %d", len(got), len(want))
	}
}

// counts are the Stats that nearly every test looks at.
type counts struct{ confirmed, unconfirmed, waiting uint64 }

func checkCounts(t testing.TB, s *Socket, want counts) {
	t.Helper()
	st := s.Stats()
	if got := (counts{st.Confirmed, st.Unconfirmed, st.Waiting}); got != want {
		t.Errorf("counts: got %+v, want %+v", got, want)
	}
	if st.Handled != st.Confirmed+st.Unconfirmed+st.Waiting {
		t.Errorf("handled %d is not confirmed %d + unconfirmed %d + waiting %d",
			st.Handled, st.Confirmed, st.Unconfirmed, st.Waiting)
	}
}

// told collects what OnError is told.
type told struct {
	mu   sync.Mutex
	list []string
}

func (l *told) hook(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, err.Error())
}

func (l *told) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}
