package daemon

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// kept keeps the messages it is given.
type kept struct {
	mu       sync.Mutex
	messages []string
}

func (k *kept) Handle(_ context.Context, batch []record.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range batch {
		k.messages = append(k.messages, r.Message)
	}
	return nil
}

// Write makes kept the writer of a console that shows messages only.
func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		if message, ok := strings.CutPrefix(line, ">"); ok {
			k.messages = append(k.messages, strings.TrimSpace(message))
		}
	}
	return len(p), nil
}

func TestHandlersContract(t *testing.T) {
	t.Run("renamed", func(t *testing.T) {
		handlertest.Run(t, func(*testing.T) handlertest.Subject {
			k := new(kept)
			return handlertest.Subject{Handler: renamed{name: "all", next: k}, Messages: func() []string { return k.messages }}
		})
	})
	t.Run("screen", func(t *testing.T) {
		form, err := format.Percent(">%(message)s")
		if err != nil {
			t.Fatal(err)
		}
		handlertest.Run(t, func(t *testing.T) handlertest.Subject {
			k := new(kept)
			leave := func() { t.Error("nobody left") }
			return handlertest.Subject{
				Handler:  &screen{console: handler.NewConsole(k, form), leave: leave},
				Messages: func() []string { return k.messages },
			}
		})
	})
}
