package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// useOfHTTP logs what HTTPHandler spoils.
const useOfHTTP = `
logging.getLogger().setLevel(logging.DEBUG)
logging.getLogger("shop.pay").warning("%d of %r", 1, ["a b&c", None], extra={"user_id": 42})
try:
    {}["key"]
except KeyError:
    logging.getLogger("shop.pay").exception("not found")
`

// TestHTTPHandler runs the recipe of docs/python.md as it is, by GET, and with TLS and credentials.
func TestHTTPHandler(t *testing.T) {
	testenv.Python(t)
	c := newCertificates(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("the-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	recipe := block(t, "docs/python.md", "python", "HTTPHandler(")
	f := func(name string, change *strings.Replacer, args ...string) {
		t.Run(name, func(t *testing.T) {
			s := serve(t, append([]string{"--tcp", "off", "--udp", "off", "--http", "127.0.0.1:0"}, args...)...)
			address := s.address("http")
			code := strings.NewReplacer(`localhost:9022`, strings.Replace(address, "127.0.0.1", "localhost", 1)).Replace(change.Replace(recipe))
			script(t, "import logging, ssl\n"+code+useOfHTTP)
			s.wait(2)
			s.stop()
			records := s.records()
			if r := records[0]; r.Logger != "shop.pay" || r.Level != "WARNING" || r.Message != "1 of ['a b&c', None]" || len(r.Attrs) != 1 || r.Attrs["user_id"] != "42" ||
				r.Process.PID == 0 || r.Thread.Name != "MainThread" || r.Source.Function != "<module>" || r.Time.IsZero() {
				t.Errorf("record: got %+v", r)
			}
			if e := records[1].Exception; e == nil || e.Type != "KeyError" || e.Message != "'key'" || records[1].Message != "not found" || len(records[1].Attrs) > 0 {
				t.Errorf("exception: got %+v of %+v", e, records[1])
			}
		})
	}
	f("POST", strings.NewReplacer())
	f("GET", strings.NewReplacer(`, method="POST"`, ""))
	f("TLS and credentials", strings.NewReplacer(`method="POST"`, `method="POST", credentials=("anybody", "the-token"), secure=True, context=ssl.create_default_context(cafile="`+c.ca+`")`),
		"--token-file", tokens, "--tls-cert", c.cert, "--tls-key", c.key)
}
