package jackdaw_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/jackdaw-log/jackdaw"
)

// What led to an error is shown with it, and no other DEBUG ever.
func ExampleNewMemory() {
	text, err := jackdaw.Percent("%(levelname)s %(message)s")
	if err != nil {
		fmt.Println(err)
		return
	}
	memory, err := jackdaw.NewMemory(jackdaw.NewConsole(os.Stdout, text), jackdaw.MemoryOptions{Capacity: 3, Latest: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug})
	if err := h.AddHandler("", memory, jackdaw.HandlerOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	logger := h.Logger("shop.pay")
	for i := range 10 {
		logger.Debug(fmt.Sprint("step ", i))
	}
	logger.Error("payment failed")
	logger.Debug("step 10")
	h.Close(context.Background())
	fmt.Println(memory.Stats())
	// Output:
	// WARNING 8 records dropped here: the latest 3 are kept
	// DEBUG step 8
	// DEBUG step 9
	// ERROR payment failed
	// {12 3 0 9}
}

func ExampleNewNull() {
	h := jackdaw.New(jackdaw.Options{})
	if err := h.AddHandler("", jackdaw.NewNull(), jackdaw.HandlerOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	h.Logger("library").Error("nobody sees this, and nobody is told that nobody does")
	h.Close(context.Background())
	fmt.Println(h.Stats().Handlers[0].Handled, "handled")
	// Output: 1 handled
}
