package stream

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackdaw-log/jackdaw/record"
)

func exampleDir() string {
	dir, err := os.MkdirTemp("", "stream")
	if err != nil {
		panic(err)
	}
	return dir
}

// Two handlers read what is stored, each at its own pace. The first one fails for a while, which costs nobody
// anything.
func Example() {
	dir := exampleDir()
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan struct{})
	calls := 0
	show := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		if calls++; calls == 1 {
			return errors.New("not just now")
		}
		fmt.Println("shown:", batch[0].Message)
		close(done)
		return nil
	})
	if _, err := s.Cursor("show", show, CursorOptions{}); err != nil {
		fmt.Println(err)
	}
	if _, err := s.Cursor("count", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), CursorOptions{}); err != nil {
		fmt.Println(err)
	}
	if err := s.Handle(context.Background(), []record.Record{{Message: "it is on disk when Handle returns"}}); err != nil {
		fmt.Println(err)
	}
	<-done
	fmt.Println(s.Close(context.Background()))
	// Output:
	// shown: it is on disk when Handle returns
	// <nil>
}
