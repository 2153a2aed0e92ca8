package record_test

import (
	"context"
	"fmt"

	"github.com/jackdaw-log/jackdaw/record"
)

// printer is a handler that prints lines.
type printer struct{}

func lineOf(dst []byte, r *record.Record) []byte {
	return fmt.Appendf(dst, "%s: %s\n", record.LevelName(r.Level), r.Message)
}

// Handle takes the lines that were made early as they are.
func (printer) Handle(ctx context.Context, batch []record.Record) error {
	var lines []byte
	for i := range batch {
		if form := batch[i].Form(); form != nil {
			lines = append(lines, form...)
		} else {
			lines = lineOf(lines, &batch[i])
		}
	}
	fmt.Print(string(lines))
	return nil
}

// NewForm lets whoever keeps records for the printer make its lines early.
func (p printer) NewForm() (of record.Handler, form func(dst []byte, r *record.Record) []byte) {
	return p, lineOf
}

// A handler that falls behind is handed lines that are made already, if it says how they are made.
func ExampleFormer() {
	var h record.Handler = printer{}
	late := record.Record{Message: "late"}
	if f, ok := h.(record.Former); ok {
		_, form := f.NewForm() // package jackdaw does this
		late.SetForm(form(nil, &late))
	}
	h.Handle(context.Background(), []record.Record{late, {Message: "in time"}})
	// Output:
	// INFO: late
	// INFO: in time
}
