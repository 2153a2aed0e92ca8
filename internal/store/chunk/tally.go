package chunk

import (
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/queue"
)

// Pairs calls f with the logger, the level and the number of the records among rows, for each pair that some have.
func (c *Chunk) Pairs(rows Rows, f func(logger string, level slog.Level, records int)) error {
	h, err := c.theHead()
	if err != nil {
		return err
	}
	counts := make([]int, len(h.pairs))
	for row := range rows.All {
		counts[h.codes[row]]++
	}
	for i, n := range counts {
		if n > 0 {
			f(h.pairs[i].Logger, h.pairs[i].Level, n)
		}
	}
	return nil
}

// Times calls f with the moment and the band of level (see [queue.Band]) of each of the rows.
func (c *Chunk) Times(rows Rows, f func(moment int64, band int)) error {
	h, err := c.theHead()
	if err != nil {
		return err
	}
	moments, err := h.moment()
	if err != nil {
		return err
	}
	bands := make([]int, len(h.pairs))
	for i := range h.pairs {
		bands[i] = queue.Band(h.pairs[i].Level)
	}
	for row := range rows.All {
		f(moments[row], bands[h.codes[row]])
	}
	return nil
}
