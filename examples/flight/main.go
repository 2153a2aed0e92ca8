// Program flight is killed while its log cannot be written, and its next run writes it.
//
//	go run ./examples/flight killed
//	go run ./examples/flight
//
// The first run takes ten orders. The terminal that it logs to stands, as one behind a pipe does that nobody reads, and
// the program is killed. The second run finds the records in the file that both have, and writes them before its own.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

var shop = jackdaw.Logger("shop")

func main() {
	defer jackdaw.Shutdown(5 * time.Second)
	killed := len(os.Args) > 1 && os.Args[1] == "killed"
	if err := configure(killed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if !killed {
		shop.Info("open again")
		return
	}
	for order := range 10 {
		shop.Info("order taken", "order", order)
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill() // as the system does where memory is short
	}
	select {}
}

// configure adds the terminal, which stands if it is asked to, and then begins flight mode.
func configure(stands bool) error {
	var terminal record.Handler = jackdaw.NewConsole(os.Stdout, jackdaw.Text)
	if stands {
		terminal = record.HandlerFunc(func(ctx context.Context, _ []record.Record) error { <-ctx.Done(); return ctx.Err() })
	}
	if err := jackdaw.AddHandler("", terminal, jackdaw.HandlerOptions{Name: "terminal"}); err != nil {
		return err
	}
	return jackdaw.OpenFlight(filepath.Join(place(), "jackdaw-example.flight"), jackdaw.FlightOptions{Bytes: 4 << 20})
}

// place is where calls meet no disk, if the system has such a place.
func place() string {
	if dir := os.Getenv("FLIGHT_DIR"); dir != "" {
		return dir
	}
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}
