package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// text returns a slog handler that writes what these examples are compared with: no times.
func text() record.Handler {
	return record.FromSlog(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: record.LevelAll,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// A package makes its logger before main has configured anything.
var logger = jackdaw.Logger("myapp.db")

func Example() {
	if err := jackdaw.AddHandler("", text(), jackdaw.HandlerOptions{}); err != nil {
		fmt.Println(err)
	}
	logger.Info("connected", "host", "db-1") // returns at once; a goroutine writes it
	jackdaw.SetLevel("myapp", slog.LevelWarn)
	logger.Info("not heard")

	// What is still in the queue when the program ends is lost: close, but not for ever.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := jackdaw.Close(ctx); err != nil {
		fmt.Println(err)
	}
	// Output: level=INFO msg=connected logger=myapp.db host=db-1
}

func ExampleHierarchy() {
	h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug})
	defer h.Close(context.Background())
	h.AddHandler("", text(), jackdaw.HandlerOptions{Name: "all"})
	h.AddHandler("shop", text(), jackdaw.HandlerOptions{Name: "errors of the shop", Level: slog.LevelError})

	h.Logger("shop.cart").Debug("filled", "items", 3)
	h.Logger("mail").Error("refused")
	h.Flush(context.Background())
	for _, s := range h.Stats().Handlers {
		fmt.Printf("%s: %d handled\n", s.Name, s.Handled)
	}
	// Output:
	// level=DEBUG msg=filled logger=shop.cart items=3
	// level=ERROR msg=refused logger=mail
	// all: 2 handled
	// errors of the shop: 0 handled
}

func ExampleHandlerOptions() {
	var level slog.LevelVar // INFO, and may change at any time
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", text(), jackdaw.HandlerOptions{
		Name:   "payments",
		Level:  &level,
		Filter: jackdaw.NamePrefix("shop.pay"),
		Policy: jackdaw.DropOldest,
	})
	h.Logger("shop.pay.card").Info("charged")
	h.Logger("shop.cart").Info("filled")
	h.Close(context.Background())
	// Output: level=INFO msg=charged logger=shop.pay.card
}

// A handler of one's own is one method. What it returns says what becomes of the records.
func ExampleHierarchy_AddHandler() {
	h := jackdaw.New(jackdaw.Options{OnError: func(err error) { fmt.Println("error:", err) }})
	h.AddHandler("", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		for i, r := range batch {
			if r.Message == "" {
				return &record.PartialError{Handled: i, Err: record.Permanent(errors.New("no message"))}
			}
			fmt.Println(record.LevelName(r.Level), r.Message)
		}
		return nil
	}), jackdaw.HandlerOptions{Name: "mine"})
	h.Logger("").Warn("first")
	h.Logger("").Warn("")
	h.Logger("").Warn("second")
	h.Close(context.Background())
	// What is lost is told before a later batch: before or after the second record here.

	// Unordered output:
	// WARNING first
	// error: mine: no message
	// WARNING second
	// WARNING 1 record dropped here: handler error
}

func ExampleSetDefault() {
	old := jackdaw.Default()
	defer jackdaw.SetDefault(old)

	jackdaw.SetDefault(jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 1 << 20}))
	jackdaw.AddHandler("", text(), jackdaw.HandlerOptions{})
	logger.Debug("a logger made long before follows")
	jackdaw.Close(context.Background())
	// Output: level=DEBUG msg="a logger made long before follows" logger=myapp.db
}

// The forms of Python's logging work as they are.
func ExamplePercent() {
	format, err := jackdaw.Percent("%(levelname)-8s %(name)s: %(message)s [%(user)s]")
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", jackdaw.NewConsole(os.Stdout, format), jackdaw.HandlerOptions{})
	h.Logger("myapp.area1").Warn("jail zesty vixen", "user", "ann")
	h.Close(context.Background())

	_, err = jackdaw.Percent("%(levelnmae)s")
	fmt.Println(err)
	// Output:
	// WARNING  myapp.area1: jail zesty vixen [ann]
	// format "%(levelnmae)s", column 1: unknown key "levelnmae"; did you mean %(levelname)s? (an attr of that name is %(attrs.levelnmae)s)
}

func ExampleOpenFile() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file, err := jackdaw.OpenFile(filepath.Join(dir, "app.log"), jackdaw.FileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", file, jackdaw.HandlerOptions{})
	h.Logger("myapp").Info("kept", "n", 1)
	h.Close(context.Background()) // closes the file too

	text, err := os.ReadFile(filepath.Join(dir, "app.log"))
	fmt.Println(strings.Contains(string(text), `"logger":"myapp","message":"kept","attrs":{"n":1}`), err)
	// Output: true <nil>
}

// Records go to a receiver of Python's wire: `jackdaw serve`, or a Python program.
func ExampleNewOTLP() {
	collector, err := jackdaw.NewOTLP(jackdaw.OTLPOptions{URL: "https://logs.example.org", Token: "secret"})
	if err != nil {
		panic(err)
	}
	h := jackdaw.New(jackdaw.Options{})
	if err := h.AddHandler("", collector, jackdaw.HandlerOptions{}); err != nil {
		panic(err)
	}
	defer h.Shutdown(5 * time.Second)
	fmt.Println("sending to", "https://logs.example.org/v1/logs")
	// Output: sending to https://logs.example.org/v1/logs
}

func ExampleNewSocket() {
	socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{Address: "127.0.0.1:9020"})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", socket, jackdaw.HandlerOptions{Name: "collector"})
	h.Logger("myapp").Info("does not wait for the network")

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		fmt.Println(err) // says how many records were left
	}
	s := socket.Stats()
	fmt.Println(s.Confirmed, "confirmed,", s.Unconfirmed, "unconfirmed")
}
