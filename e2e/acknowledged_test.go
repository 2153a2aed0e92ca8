package e2e

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// TestAcknowledgedAndKilled kills the server at random moments under load, and starts it again with the same data
// and the same file: every record that was acknowledged is in the file. Those of senders with a key are in the stream
// once, whatever was sent again.
func TestAcknowledgedAndKilled(t *testing.T) {
	rounds := 3
	if testenv.Long() {
		rounds = 50
	}
	for _, level := range []string{"sync", "disk"} {
		t.Run(level, func(t *testing.T) {
			data, file := t.TempDir(), filepath.Join(t.TempDir(), "out.jsonl")
			web, otlp := freeAddress(t), freeAddress(t) // no other server takes what is sent while this one is away
			start := func() *server {
				return serve(t, "--tcp", "off", "--udp", "off", "--web", web, "--otlp", otlp, "--console", "off",
					"--data", data, "--durability", level, "--file", file)
			}
			s := start()
			l := newTraffic(t, s)
			for range rounds {
				l.until(l.acked() + 20 + rand.Int64N(200))
				s.kill()
				s = start()
				l.moved(s)
			}
			l.until(l.acked() + 50)
			l.stop()
			l.reach(file)
			s.stop()

			got := l.all(file)
			twice, stored := 0, streamed(t, data)
			for _, sender := range l.senders {
				for message := range sender.messages() {
					if sender.keyed && stored[message] != 1 {
						t.Fatalf("%s has a key, and is %d times in the stream", message, stored[message])
					}
					twice += got[message] - 1
				}
			}
			t.Logf("%d requests acknowledged, %d tries in vain, %d copies too many of %d records in the file", l.acked(), l.again(), twice, l.acked()*perRequest)
		})
	}
}

// times returns how often each message is in a file of JSON lines, of which the last may be cut off.
func times(t *testing.T, path string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return counted(b)
}

// streamed returns how often each message is in a stream.
func streamed(t *testing.T, data string) map[string]int {
	t.Helper()
	out, err := child(t, executable, "stream", "cat", "--data", data, "--limit", "0").Output()
	if err != nil {
		t.Fatalf("stream cat: %v: %s", err, out)
	}
	return counted(out)
}

func counted(lines []byte) map[string]int {
	counts := make(map[string]int)
	for line := range bytes.Lines(lines) {
		var r received
		if json.Unmarshal(line, &r) == nil {
			counts[r.Message]++
		}
	}
	return counts
}
