package jackdaw_test

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

func ExampleNewFormatter() {
	format, err := jackdaw.NewFormatter(jackdaw.FormatterOptions{
		Style: jackdaw.BraceStyle, Format: "{levelname:<8} {name}: {message} [{user}] {took:.1f} ms",
		Defaults: map[string]any{"user": "nobody"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := record.Record{Level: slog.LevelWarn, Logger: "shop.pay", Message: "slow\nanswer", Attrs: []slog.Attr{slog.Float64("took", 1234.5678)}}
	os.Stdout.Write(format(nil, &r))

	_, err = jackdaw.NewFormatter(jackdaw.FormatterOptions{Style: jackdaw.BraceStyle, Format: "{levelname:d}"})
	fmt.Println(err)

	// Output:
	// WARNING  shop.pay: slow
	//     answer [nobody] 1234.6 ms
	// format "{levelname:d}", column 11: d is for numbers: levelname is text
}

func ExampleLogfmt() {
	r := record.Record{Logger: "shop.pay", Message: "payment taken", Attrs: []slog.Attr{slog.Int("user_id", 42)}}
	os.Stdout.Write(jackdaw.Logfmt(nil, &r))
	// Output: level=INFO logger=shop.pay msg="payment taken" user_id=42
}

func ExampleBreaks() {
	format, err := jackdaw.NewFormatter(jackdaw.FormatterOptions{Format: "%(levelname)s %(message)s", Breaks: jackdaw.OneLine})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := record.Record{Level: slog.LevelError, Message: "failed", Exception: &record.Exception{Traceback: "Traceback (most recent call last):\n  File \"pay.py\"\nValueError: x"}}
	os.Stdout.Write(format(nil, &r))
	// Output: ERROR failed | Traceback (most recent call last):\n  File "pay.py"\nValueError: x
}
