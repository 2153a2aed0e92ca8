//go:build linux

package jackdaw_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// What a program had not handled when it was killed comes in its next run.
func ExampleHierarchy_OpenFlight() {
	dir, err := os.MkdirTemp("/dev/shm", "flight")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "myapp.flight")

	// A program whose handler hangs, and which ends.
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
	never := record.HandlerFunc(func(ctx context.Context, _ []record.Record) error { <-ctx.Done(); return ctx.Err() })
	_ = h.AddHandler("", never, jackdaw.HandlerOptions{})
	if err := h.OpenFlight(file, jackdaw.FlightOptions{Bytes: 4 << 20}); err != nil {
		fmt.Println(err)
		return
	}
	h.Logger("shop").Info("payment taken", "user", 42)
	var s jackdaw.FlightStats = h.Stats().Flight
	fmt.Println("in use:", s.Used > 0, "without cover:", s.Uncovered)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = h.Close(ended)

	// Its next run.
	h = jackdaw.New(jackdaw.Options{})
	shop := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		for i := range batch {
			if r := &batch[i]; r.Logger == "shop" {
				fmt.Println(r.Message, r.Attrs)
			}
		}
		return nil
	})
	_ = h.AddHandler("", shop, jackdaw.HandlerOptions{Level: slog.LevelInfo})
	if err := h.OpenFlight(file, jackdaw.FlightOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	_ = h.Close(context.Background())
	// Output:
	// in use: true without cover: 0
	// payment taken [user=42]
}
