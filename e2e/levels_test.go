package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// TestLevelOfReceiver shows that the receiver handles every record unless it is told otherwise, and
// that a level for one logger holds for those below it and for no other.
func TestLevelOfReceiver(t *testing.T) {
	testenv.Python(t)
	f := func(name string, args []string, want ...string) {
		t.Run(name, func(t *testing.T) {
			s := serve(t, append([]string{"--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off"}, args...)...)
			_, port := s.tcp()
			python(t, "cookbook.py", port)
			s.see("The five boxing wizards") // the next program has a connection of its own, which may be read first
			script(t, `import logging, logging.handlers
logging.basicConfig(level=logging.DEBUG, handlers=[logging.handlers.SocketHandler("127.0.0.1", `+port+`)])
logging.getLogger("other").info("not concerned")
logging.getLogger("last").critical("the last one")
`)
			s.see("the last one")
			s.stop()
			var got []string
			for _, r := range s.records() {
				got = append(got, fmt.Sprintf("%s %s", r.Logger, r.Level))
			}
			if !slices.Equal(got, want) {
				t.Errorf("records: got %q, want %q", got, want)
			}
		})
	}
	f("no level", nil,
		"root INFO", "myapp.area1 DEBUG", "myapp.area1 INFO", "myapp.area2 WARNING", "myapp.area2 ERROR", "other INFO", "last CRITICAL")
	f("myapp at WARNING", []string{"--level", "myapp=WARNING"},
		"root INFO", "myapp.area2 WARNING", "myapp.area2 ERROR", "other INFO", "last CRITICAL")
	f("two levels", []string{"--level", "ERROR", "--level", "myapp.area1=INFO"},
		"myapp.area1 INFO", "myapp.area2 ERROR", "last CRITICAL")
}
