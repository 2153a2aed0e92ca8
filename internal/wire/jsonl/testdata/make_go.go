//go:build ignore

// Prints what loggers of Go write as JSON, for producers.txt: a name, and a line. Run it in the folder bench/hotpath,
// whose module has them: "go run ../../internal/wire/jsonl/testdata/make_go.go", then "go test -update" here.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

var out bytes.Buffer

func show(name string) {
	for i, line := range bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) {
		fmt.Printf("# %s %d\n%s\n----\n\n", name, i+1, line)
	}
	out.Reset()
}

var err = errors.New("no paper")

func main() {
	s := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	s.Info("printed", "pages", 3, "took", 1500*time.Microsecond, "name", "bob", "file", "x.pdf", slog.Group("printer", "id", "p1"))
	s.Log(context.Background(), slog.LevelWarn+2, "low", "err", err)
	show("slog")

	config := zap.NewProductionEncoderConfig()
	logger := func(c zapcore.EncoderConfig) *zap.Logger {
		return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(c), zapcore.AddSync(&out), zap.DebugLevel), zap.AddCaller(), zap.AddStacktrace(zap.ErrorLevel))
	}
	z := logger(config).Named("shop").Named("print")
	z.Info("printed", zap.Int("pages", 3), zap.Duration("took", 1500*time.Microsecond), zap.String("name", "bob"))
	z.Error("failed", zap.Error(err))
	z.DPanic("odd")
	show("zap")
	config.EncodeTime, config.EncodeLevel, config.TimeKey, config.FunctionKey = zapcore.ISO8601TimeEncoder, zapcore.CapitalLevelEncoder, "timestamp", "func"
	logger(config).Warn("low")
	config.EncodeTime = zapcore.EpochMillisTimeEncoder
	logger(config).Warn("low")
	config.EncodeTime = zapcore.EpochNanosTimeEncoder
	logger(config).Warn("low")
	show("zap, with other times")

	l := zerolog.New(&out).With().Timestamp().Caller().Str("name", "bob").Logger()
	l.Info().Int("pages", 3).Dur("took", 1500*time.Microsecond).Msg("printed")
	l.Error().Err(err).Msg("failed")
	l.Trace().Msg("detail")
	l.WithLevel(zerolog.FatalLevel).Msg("end")
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnix
	l.Warn().Msg("low")
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMs
	l.Warn().Msg("low")
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMicro
	l.Warn().Msg("low")
	l.Log().Msg("without a level")
	show("zerolog")
	os.Exit(0)
}
