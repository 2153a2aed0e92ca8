package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
)

// summarize says what became of the records of a daemon that was closed.
func summarize(t *teller, s daemon.Stats, ran time.Duration) {
	q := &s.Queue
	first := s.Entrance()
	line := fmt.Sprintf("stopped after %v: %s, %d rejected", ran.Round(time.Second), countsText(&first), total(s.Receiver.Rejected))
	if q.Unrouted > 0 && len(q.Handlers) > 0 {
		line += fmt.Sprintf(" (%d were below the levels asked for)", q.Unrouted)
	}
	t.tell(line)
	if n := s.Receiver.Waiting + total(s.Receiver.Dropped); n > 0 {
		t.tell(fmt.Sprintf("  received, but not accepted: %d%s", n, reasons(s.Receiver.Dropped)))
	}
	if n := total(s.Receiver.Returned); n > 0 {
		t.tell(fmt.Sprintf("  given back to their senders, to come again: %d%s", n, reasons(s.Receiver.Returned)))
	}
	if len(s.Receiver.Rejected) > 0 {
		t.tell(fmt.Sprintf("  rejected%s", reasons(s.Receiver.Rejected)))
	}
	if s.Receiver.KernelDrops > 0 {
		t.tell(fmt.Sprintf("  dropped by the kernel: %d datagrams", s.Receiver.KernelDrops))
	}
	for _, h := range slices.Concat(q.Handlers, s.Kept) {
		t.tell(fmt.Sprintf("  %s: %s", h.Name, countsText(&h.Counts)))
	}
	if s.Store != nil {
		t.tell("  the store " + storeText(s.Store))
	}
}

// countsText is a law of conservation in words.
func countsText(c *jackdaw.Counts) string {
	text := fmt.Sprintf("%d accepted, %d handled, %d dropped", c.Accepted, c.Handled, c.DroppedTotal())
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(c.Dropped)) {
		for _, level := range []string{"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"} {
			if n := c.Dropped[reason][level]; n > 0 {
				why = append(why, fmt.Sprintf("%s: %d %s", reason, n, level))
			}
		}
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return fmt.Sprintf("%s, %d waiting", text, c.Waiting)
}

func total[K comparable](counts map[K]uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// reasons lists counts by their reason: ": undecodable 3, half 1".
func reasons[K ~string](counts map[K]uint64) string {
	var words []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", reason, counts[reason]))
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}
