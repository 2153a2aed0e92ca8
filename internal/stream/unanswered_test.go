package stream

import (
	"bufio"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/stream/clustertest"
)

// A request that nobody answers, as when it comes while a cluster chooses its leader, is made again: a stream is opened
// nevertheless, and soon.
func TestUnansweredRequest(t *testing.T) {
	t.Parallel()
	c := clustertest.Start(t, clustertest.Options{})
	for _, lost := range []string{"$JS.API.STREAM.INFO.", "$JS.API.STREAM.CREATE.", "$JS.API.STREAM.MSG.GET."} {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			name := "lost-" + strings.ToLower(strings.Split(lost, ".")[3])
			p := swallow(t, c.URL, lost)
			s := open(t, Options{URL: p.url, Name: name, Replicas: 1})
			store(t, s, numbered(0, 3))
			if !p.swallowed.Load() {
				t.Error("no request was lost, want one")
			}
		})
	}
}

// swallower is in front of a NATS server, and swallows the first message to subjects of one beginning.
type swallower struct {
	url       string
	subjects  string
	swallowed atomic.Bool
}

func swallow(t *testing.T, server, subjects string) *swallower {
	t.Helper()
	at, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &swallower{url: "nats://" + l.Addr().String(), subjects: subjects}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", at.Host)
			if err != nil {
				client.Close()
				return
			}
			go func() {
				defer client.Close()
				io.Copy(client, up)
			}()
			go func() {
				defer up.Close()
				p.pass(up, bufio.NewReader(client))
			}()
		}
	}()
	return p
}

// pass copies what a client says, command by command: of PUB and HPUB the last word is the length of what follows.
func (p *swallower) pass(to io.Writer, from *bufio.Reader) {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return
		}
		command := []byte(line)
		if words := strings.Fields(line); len(words) > 2 && (words[0] == "PUB" || words[0] == "HPUB") {
			n, err := strconv.Atoi(words[len(words)-1])
			if err != nil {
				return
			}
			payload := make([]byte, n+2)
			if _, err := io.ReadFull(from, payload); err != nil {
				return
			}
			if strings.HasPrefix(words[1], p.subjects) && p.swallowed.CompareAndSwap(false, true) {
				continue
			}
			command = append(command, payload...)
		}
		if _, err := to.Write(command); err != nil {
			return
		}
	}
}
