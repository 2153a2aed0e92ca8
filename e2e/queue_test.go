package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// TestQueueHandler runs the recipes of docs/python.md in which records cross a process by a queue, and by a connection.
func TestQueueHandler(t *testing.T) {
	testenv.Python(t)
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off")
	_, port := s.tcp()
	script(t, atPort(t, block(t, "docs/python.md", "python", "multiprocessing.Queue()"), port))
	s.wait(4)
	code := strings.Replace(block(t, "docs/python.md", "python", "Client(("), `"localhost", 9020`, `"127.0.0.1", `+port, 1)
	script(t, "import logging\n"+code+`
logging.getLogger().setLevel(logging.DEBUG)
logging.getLogger("shop.pay").warning("%d of %s", 1, ["x"], extra={"user_id": 42})
try:
    {}["key"]
except KeyError:
    logging.getLogger("shop.pay").exception("not found")
`)
	s.wait(6)
	s.stop()
	records := s.records()
	var got []string
	pids := map[int]bool{}
	for _, r := range records[:4] {
		got = append(got, r.Logger+" "+r.Message)
		pids[r.Process.PID] = true
	}
	slices.Sort(got)
	if want := []string{"shop.worker worker 0", "shop.worker worker 1", "shop.worker worker 2", "shop.worker worker 3"}; !slices.Equal(got, want) || len(pids) != 4 {
		t.Errorf("by a queue: got %q of processes %v, want %q", got, pids, want)
	}
	if r := records[4]; r.Logger != "shop.pay" || r.Level != "WARNING" || r.Message != "1 of ['x']" || r.Attrs["user_id"] != 42.0 || len(r.Attrs) != 1 || r.Thread.Name != "MainThread" {
		t.Errorf("by a connection: got %+v", r)
	}
	if r := records[5]; !strings.HasPrefix(r.Message, "not found\nTraceback") {
		t.Errorf("by a connection: got %+v", r)
	}
}
