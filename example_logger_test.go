package jackdaw_test

import (
	"context"
	"log/slog"

	"github.com/jackdaw-log/jackdaw"
)

// A hot loop logs through a logger of its own kind; all else stays as it is.
func ExampleDirectLogger() {
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", text(), jackdaw.HandlerOptions{})

	log := h.Direct("ingest").With("shard", 3)
	for i := range 2 {
		log.LogAttrs(context.Background(), slog.LevelInfo, "row", slog.Int("n", i))
	}
	h.Logger("ingest").Info("done")
	h.Close(context.Background())
	// Output:
	// level=INFO msg=row logger=ingest shard=3 n=0
	// level=INFO msg=row logger=ingest shard=3 n=1
	// level=INFO msg=done logger=ingest
}
