package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// viewer is a page that shows what is logged, as far as it can be compared.
type viewer struct {
	name string
	// start starts it and returns the address of its page, and what sends it a message; the message goes as the viewer's own
	// client would send it.
	start func(t *testing.T, bin string) (address string, send func(batch []string))
	// shown counts the messages that the page shows or knows of, in JavaScript.
	shown string
}

var viewers = []viewer{
	{"jackdaw", startOwn, `Number((document.querySelector('.sum')?.innerText.match(/^[\d,]+/)?.[0] ?? '0').replaceAll(',', ''))`},
	{"frontail", startFrontail, `document.querySelectorAll('.log .line').length`},
	{"rtail", startRtail, `document.querySelectorAll('.stream-line').length`},
}

// TestPeers prints what other viewers in a browser cost beside this page, on the same machine in the same run. They are in the folder that
// JACKDAW_PEERS names:
//
//	npm install --prefix /tmp/peers frontail@4.9.2 rtail@0.2.1
//	JACKDAW_PEERS=/tmp/peers/node_modules/.bin go test -run Peers -v ./page
func TestPeers(t *testing.T) {
	bin := os.Getenv("JACKDAW_PEERS")
	if bin == "" {
		return
	}
	const rate, lasting = 20_000, 10 * time.Second
	rows := [][]string{{"viewer", "first load", "first paint", "fps", "p99 frame", "longest task", "main thread", "messages known of"}}
	for _, v := range viewers {
		t.Run(v.name, func(t *testing.T) {
			address, send := v.start(t, bin)
			b := newTab(t)
			b.do(chromedp.Navigate(address))
			for deadline := time.Now().Add(patience); eval[int](b, v.shown) == 0; <-time.After(200 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("nothing is shown: %s", eval[string](b, `document.body.innerHTML.slice(0, 2000)`))
				}
				send([]string{"hello"})
			}
			const resources = `performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).filter((e) => !/\/api\/|transport=/.test(e.name)).reduce((n, e) => n + e.transferSize, 0)`
			bytes, paint := eval[int](b, resources), eval[float64](b, `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0`)
			before := eval[int](b, v.shown)
			sent := 0
			m := b.measure(func() { sent = flow(rate, lasting, send) })
			// What is on its way has some time to come.
			known := 0
			for deadline := time.Now().Add(10 * time.Second); known < before+sent && time.Now().Before(deadline); <-time.After(200 * time.Millisecond) {
				known = eval[int](b, v.shown)
			}
			rows = append(rows, []string{v.name, fmt.Sprintf("%d bytes", bytes), fmt.Sprintf("%.0f ms", paint), fmt.Sprintf("%.0f", m.FPS), fmt.Sprintf("%.0f ms", m.P99), fmt.Sprintf("%.0f ms", m.Longest),
				fmt.Sprintf("%.0f %%", 100*m.Busy), fmt.Sprintf("%d of %d", known, before+sent)})
			eval[bool](b, `(window.wrong = [], true)`) // what goes wrong in others is theirs
		})
	}
	table(t, rows)
}

// flow sends so many messages a second for some time, and returns how many there were.
func flow(rate int, lasting time.Duration, send func([]string)) (sent int) {
	const tick = 50 * time.Millisecond
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for end := time.Now().Add(lasting); time.Now().Before(end); <-clock.C {
		batch := make([]string, rate/int(time.Second/tick))
		for i := range batch {
			batch[i] = fmt.Sprintf("%s INFO shop.cart order %d processed in %d ms user_id=%d", time.Now().Format(time.RFC3339Nano), sent, sent%900, sent%50)
			sent++
		}
		send(batch)
	}
	return sent
}

func startOwn(t *testing.T, _ string) (string, func([]string)) {
	s := serve(t)
	return s.url("/"), func(batch []string) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		for _, text := range batch {
			if err := e.Encode(rec{"time": time.Now(), "level": "INFO", "logger": "shop.cart", "message": text}); err != nil {
				t.Fatal(err)
			}
		}
		s.post(b.Bytes())
	}
}

// start starts a viewer, and waits until it has its page.
func start(t *testing.T, address string, command string, args ...string) {
	t.Helper()
	cmd := exec.Command(command, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it may have a tail of its own
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
		res, err := http.Get(address)
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", command, err)
		}
	}
}

// frontail follows a file.
func startFrontail(t *testing.T, bin string) (string, func([]string)) {
	file, err := os.Create(filepath.Join(t.TempDir(), "a.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	port := strconv.Itoa(testenv.FreePort(t))
	start(t, "http://127.0.0.1:"+port+"/", filepath.Join(bin, "frontail"), "--host", "127.0.0.1", "--port", port, file.Name())
	return "http://127.0.0.1:" + port + "/", func(batch []string) {
		var b bytes.Buffer
		for _, text := range batch {
			b.WriteString(text + "\n")
		}
		if _, err := file.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
}

// rtail takes a datagram for each message.
func startRtail(t *testing.T, bin string) (string, func([]string)) {
	web, udp := strconv.Itoa(testenv.FreePort(t)), strconv.Itoa(testenv.FreePort(t))
	start(t, "http://127.0.0.1:"+web+"/", filepath.Join(bin, "rtail-server"), "--web-port", web, "--udp-port", udp)
	conn, err := net.Dial("udp", "127.0.0.1:"+udp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return "http://127.0.0.1:" + web + "/#/streams/shop", func(batch []string) {
		for _, text := range batch {
			data, _ := json.Marshal(map[string]any{"id": "shop", "timestamp": time.Now().UnixMilli(), "content": text}) // strings and a number have JSON
			_, _ = conn.Write(data)                                                                                     // what the receiver does not take is lost, as with its own client
		}
	}
}
