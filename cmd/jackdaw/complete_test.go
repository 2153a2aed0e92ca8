package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// proposes returns what a shell would propose.
func proposes(t *testing.T, args ...string) []string {
	t.Helper()
	code, stdout, stderr := run(t, append([]string{"__completeNoDesc"}, args...)...)
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if code != exitDone || len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], ":") {
		t.Fatalf("%q: got %d, %s%s", args, code, stdout, stderr)
	}
	return lines[:len(lines)-1]
}

func TestComplete(t *testing.T) {
	_, tcp, web := serving(t)
	sends(t, "--tcp", tcp, "-n", "shop.cart", "order", "user_id=42", "city=Bern")
	sends(t, "--tcp", tcp, "-n", "shop.pay", "-l", "ERROR", "payment")
	eventually(t, "--addr", web, "payment")
	f := func(want string, args ...string) {
		t.Helper()
		for _, command := range []string{"query", "tail"} {
			// A server that is busy may be late for a shell; a user presses the key again.
			testenv.Await(t, fmt.Sprintf("jackdaw %s %q to be completed by %q", command, args, want), func() bool {
				return slices.Contains(proposes(t, slices.Concat([]string{command, "--addr", web}, args)...), want)
			})
		}
	}
	f("logger:shop.pay", "logger:sh")
	f("order logger:shop.pay", "order logger:sh") // in quotes
	f("logger:shop.pay", "order", "logger:sh")
	f("level:error", "level:ER")
	f("user_id:", "user")
	f("city:Bern", "city:B")
	f("ERROR", "-l", "")
	f("time,user_id", "--fields", "time,us")
	f("time,message", "--fields", "time,me")
	testenv.Await(t, "--count-by ci to be completed by city alone", func() bool {
		return slices.Equal(proposes(t, "query", "--addr", web, "--count-by", "ci"), []string{"city"})
	})
}

// Without a server the words of the language are proposed, in time, and nothing is said.
func TestCompleteAlone(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it takes a connection, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for _, at := range []string{nobody(t), silent.Addr().String()} {
		start := time.Now()
		got := proposes(t, "query", "--addr", at, "level>=war")
		if !slices.Equal(got, []string{"level>=warning"}) && !slices.Equal(got, []string{"level>=WARNING"}) {
			t.Errorf("got %q", got)
		}
		if got := proposes(t, "query", "--addr", at, "--fields", "thread.n"); !slices.Equal(got, []string{"thread.name"}) {
			t.Errorf("got %q", got)
		}
		if took := time.Since(start); took > 100*completeTime {
			t.Errorf("took %v, want about %v at most", took, 2*completeTime)
		}
	}
}
