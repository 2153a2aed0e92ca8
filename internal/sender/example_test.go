package sender_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// A receiver that does no more than read to the end and close is enough for a confirmation.
func ExampleSocket() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.Copy(io.Discard, c)
	}()

	s, err := sender.NewSocket(sender.Options{Address: ln.Addr().String()})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = s.Handle(context.Background(), []record.Record{
		{Level: slog.LevelInfo, Logger: record.RootLogger, Message: "Jackdaws love my big sphinx of quartz."},
	})
	fmt.Println("written:", err, "waiting:", s.Stats().Waiting)
	fmt.Println("closed:", s.Close(), "confirmed:", s.Stats().Confirmed)
	// Output:
	// written: <nil> waiting: 1
	// closed: <nil> confirmed: 1
}
