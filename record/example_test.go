package record_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

func ExampleAppendJSON() {
	r := record.Record{
		Time:    time.Date(2026, 11, 22, 10, 41, 41, 702e6, time.UTC),
		Level:   record.LevelWarning,
		Logger:  "shop.pay",
		Message: "declined",
		Attrs:   []slog.Attr{slog.Int("attempt", 3), slog.Group("card", slog.String("kind", "visa"))},
	}
	fmt.Printf("%s\n", record.AppendJSON(nil, &r))
	// Output: {"time":"2026-11-22T10:41:41.702000000Z","level":"WARNING","logger":"shop.pay","message":"declined","attrs":{"attempt":3,"card":{"kind":"visa"}}}
}

func ExampleHandlerFunc() {
	count := record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		fmt.Println(len(batch), "records")
		return nil // custody taken of all of them
	})
	err := count.Handle(context.Background(), []record.Record{{Message: "a"}, {Message: "b"}})
	fmt.Println(err)
	// Output:
	// 2 records
	// <nil>
}

func ExampleFromSlog() {
	h := record.FromSlog(slog.NewTextHandler(os.Stdout, nil))
	h.Handle(context.Background(), []record.Record{
		{Level: slog.LevelInfo, Logger: "shop", Message: "open"},
		{Level: record.LevelCritical, Logger: "shop.pay", Message: "closed"},
	})
	// Output:
	// level=INFO msg=open logger=shop
	// level=ERROR+4 msg=closed logger=shop.pay
}

func ExampleToSlog() {
	h := record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		fmt.Println(batch[0].Logger, batch[0].Message, batch[0].Attrs)
		return nil
	})
	slog.New(record.ToSlog(h, "app", nil)).Info("hello", "n", 1)
	// Output: app hello [n=1]
}

func ExampleParseLevel() {
	for _, s := range []string{"warn", "INFO+2", "25", "warnin"} {
		level, err := record.ParseLevel(s)
		fmt.Println(record.LevelName(level), record.PythonLevel(level), err)
	}
	// Output:
	// WARNING 30 <nil>
	// INFO+2 25 <nil>
	// INFO+2 25 <nil>
	// INFO 20 level "warnin" is unknown; did you mean WARNING?
}

// An Encoder writes the same as AppendJSON, and is quicker for a stream of records.
func ExampleEncoder() {
	var e record.Encoder
	var buf []byte
	for i := range 2 {
		r := record.Record{
			Level: record.LevelInfo, Logger: "myapp.area1", Message: "jumped", Attrs: []slog.Attr{slog.Int("dogs", i)},
			Process: record.Process{PID: 4242, Name: "MainProcess"},
		}
		buf = append(e.AppendJSON(buf[:0], &r), '\n')
		os.Stdout.Write(buf)
	}
	// Output:
	// {"level":"INFO","logger":"myapp.area1","message":"jumped","attrs":{"dogs":0},"process":{"pid":4242,"name":"MainProcess"}}
	// {"level":"INFO","logger":"myapp.area1","message":"jumped","attrs":{"dogs":1},"process":{"pid":4242,"name":"MainProcess"}}
}
