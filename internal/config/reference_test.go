package config_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

var update = flag.Bool("update", false, "write the reference into docs/configuration.md")

// What docs/configuration.md says of the keys is what the checks go by. With -update it is written there.
func TestReference(t *testing.T) {
	const file, begin, end = "../../docs/configuration.md", "<!-- reference: made from the code -->\n", "<!-- end of the reference -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("got %s without its reference, want it between %q and %q", file, begin, end)
	}
	want := "\n" + config.Reference() + "\n"
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("got another reference in %s than the code has; go test -update writes it", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
