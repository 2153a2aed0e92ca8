package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// What a context holds is on every record that is logged with it.
func ExampleOptions() {
	type userKey struct{}
	h := jackdaw.New(jackdaw.Options{
		Level:      slog.LevelDebug,
		QueueBytes: 8 << 20,
		ContextAttrs: func(ctx context.Context) []slog.Attr {
			attrs, _ := ctx.Value(userKey{}).([]slog.Attr)
			return attrs
		},
		OnError: func(err error) { fmt.Println("logging:", err) },
	})
	h.AddHandler("", text(), jackdaw.HandlerOptions{})

	ctx := context.WithValue(context.Background(), userKey{}, []slog.Attr{slog.String("user", "ann")})
	h.Logger("shop").DebugContext(ctx, "searching", "for", "shoes")
	h.Logger("shop").Info("nobody in particular")
	h.Shutdown(5 * time.Second)
	// Output:
	// level=DEBUG msg=searching logger=shop user=ann for=shoes
	// level=INFO msg="nobody in particular" logger=shop
}

// Without a policy of one's own, a flood of DEBUG never costs an ERROR.
func ExamplePolicy() {
	h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 100 << 10})
	away := make(chan struct{})
	h.AddHandler("", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		<-away // a disk or a network that stands still
		return nil
	}), jackdaw.HandlerOptions{Name: "disk", Policy: jackdaw.DropLowest})

	for i := range 5000 {
		h.Logger("shop").Debug("details", "i", i)
		if i%100 == 0 {
			h.Logger("shop").Error("payment failed", "i", i)
		}
	}
	close(away)
	h.Shutdown(5 * time.Second)
	dropped := h.Stats().Handlers[0].Dropped["queue full"]
	fmt.Println("some DEBUG dropped:", dropped["DEBUG"] > 0)
	fmt.Println("ERROR dropped:", dropped["ERROR"])
	// Output:
	// some DEBUG dropped: true
	// ERROR dropped: 0
}

// A filter is a function. It sees the record as it will be handled.
func ExampleFilter() {
	var noHealthChecks jackdaw.Filter = func(r *record.Record) bool {
		for _, a := range r.Attrs {
			if a.Key == "path" && a.Value.String() == "/health" {
				return false
			}
		}
		return true
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", text(), jackdaw.HandlerOptions{Filter: noHealthChecks})
	h.Logger("access").Info("served", "path", "/health")
	h.Logger("access").Info("served", "path", "/orders")
	h.Shutdown(5 * time.Second)
	// Output: level=INFO msg=served logger=access path=/orders
}

// A form of one's own is a function that appends.
func ExampleFormat() {
	var brief jackdaw.Format = func(dst []byte, r *record.Record) []byte {
		return fmt.Appendf(dst, "%.1s %s: %s\n", record.LevelName(r.Level), r.Logger, r.Message)
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", jackdaw.NewConsole(os.Stdout, brief), jackdaw.HandlerOptions{})
	h.Logger("shop").Warn("nearly out of shoes")
	h.Shutdown(5 * time.Second)
	// Output: W shop: nearly out of shoes
}

// At any moment what was accepted is handled, dropped or waiting.
func ExampleCounts() {
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
	h.AddHandler("", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		if strings.Contains(batch[0].Message, "ugly") {
			return record.Permanent(errors.New("too ugly"))
		}
		return nil
	}), jackdaw.HandlerOptions{Name: "picky"})
	for _, message := range []string{"fine", "ugly", "fine"} {
		h.Logger("x").Info(message)
		h.Flush(context.Background()) // so that each is a batch of its own here
	}
	c := h.Stats().Handlers[0].Counts
	fmt.Println(c.Accepted, "accepted =", c.Handled, "handled +", c.DroppedTotal(), "dropped +", c.Waiting, "waiting")
	fmt.Println(c.Dropped)
	h.Shutdown(5 * time.Second)
	// Output:
	// 3 accepted = 2 handled + 1 dropped + 0 waiting
	// map[handler error:map[INFO:1]]
}

// The counts are there at any time, for a health check or a page of metrics.
func ExampleStats() {
	h := jackdaw.New(jackdaw.Options{})
	defer h.Shutdown(5 * time.Second)
	none := record.HandlerFunc(func(context.Context, []record.Record) error { return nil })
	h.AddHandler("", none, jackdaw.HandlerOptions{Name: "all"})
	h.AddHandler("shop", none, jackdaw.HandlerOptions{Name: "shop"})
	h.Logger("shop.cart").Info("filled")
	h.Logger("mail").Info("sent")
	h.Flush(context.Background())

	s := h.Stats()
	fmt.Println(s.Accepted, "accepted,", s.Waiting, "waiting in", s.Bytes, "bytes")
	for _, hs := range s.Handlers {
		fmt.Println(hs.Name, hs.Handled)
	}
	// Output:
	// 2 accepted, 0 waiting in 0 bytes
	// all 2
	// shop 1
}

// A handler that errs is tried again, and says so meanwhile.
func ExampleHandlerStats() {
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
	failed, mended := make(chan struct{}), make(chan struct{})
	first := true
	h.AddHandler("", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		if first {
			first = false
			return errors.New("no route to host")
		}
		close(failed)
		<-mended
		return nil
	}), jackdaw.HandlerOptions{Name: "collector"})
	h.Logger("x").Info("kept")

	<-failed
	hs := h.Stats().Handlers[0]
	fmt.Println(hs.Name, "has", hs.Waiting, "waiting:", hs.Err)
	close(mended)
	h.Shutdown(5 * time.Second)
	hs = h.Stats().Handlers[0]
	fmt.Println(hs.Name, "has", hs.Waiting, "waiting:", hs.Err)
	// Output:
	// collector has 1 waiting: no route to host
	// collector has 0 waiting: <nil>
}

// The wire has no acknowledgement, but a receiver that has read to the end closes its side.
func ExampleSocketStats() {
	receiver, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer receiver.Close()
	go func() {
		for {
			conn, err := receiver.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{Address: receiver.Addr().String()})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", socket, jackdaw.HandlerOptions{Name: "collector"})
	h.Logger("x").Info("sent")
	h.Flush(context.Background())
	s := socket.Stats()
	fmt.Println(s.Handled, "written,", s.Confirmed, "confirmed,", s.Unconfirmed, "unconfirmed")
	h.Shutdown(5 * time.Second)
	// Output: 1 written, 1 confirmed, 0 unconfirmed
}

// The first line of main. When main panics, the panic is logged before it goes on.
func ExampleHierarchy_Shutdown() {
	defer func() { fmt.Println("the panic goes on:", recover()) }() // only to show it here

	h := jackdaw.New(jackdaw.Options{})
	defer h.Shutdown(5 * time.Second)
	h.AddHandler("", jackdaw.NewConsole(os.Stdout, func(dst []byte, r *record.Record) []byte {
		return fmt.Appendf(dst, "%s %s\n", record.LevelName(r.Level), r.Message)
	}), jackdaw.HandlerOptions{})
	h.Logger("shop").Info("one of many")
	panic("no shoes")
	// Output:
	// INFO one of many
	// CRITICAL panic: no shoes
	// the panic goes on: no shoes
}
