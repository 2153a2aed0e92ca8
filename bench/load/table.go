package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
)

// median returns the median of a figure.
func median[T cmp.Ordered](results []result, figure func(*result) T) T {
	figures := make([]T, len(results))
	for i := range results {
		figures[i] = figure(&results[i])
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// report prints the table, with the programs if there are several. Those of the copy are the first row's.
func report(w io.Writer, records int, rows []row, programs bool) {
	million := float64(records) / 1e6
	rate := func(d time.Duration) float64 { return float64(records) / d.Seconds() }
	fmt.Fprintf(w, "%-8s %-7s %12s %12s %9s %9s %9s %9s %9s %9s\n",
		"in", "level", "accepted/s", "to file/s", "CPU-s/M", "of copy", "RSS MB", "ack p50", "ack p99", "paced p99")
	var plain float64
	for i := range rows {
		r := rows[i].results
		cpu := median(r, func(r *result) time.Duration { return r.cpu }).Seconds() / million
		if i == 0 {
			plain = cpu
		}
		name := ""
		if programs && rows[i].program != "" {
			name = "  " + filepath.Base(rows[i].program)
		}
		fmt.Fprintf(w, "%-8s %-7s %12.0f %12.0f %9.2f %8.1fx %9d %9s %9s %9s%s\n", rows[i].way.name, cmp.Or(rows[i].level, "-"),
			rate(median(r, func(r *result) time.Duration { return r.accepted })), rate(median(r, func(r *result) time.Duration { return r.handled })),
			cpu, cpu/plain, median(r, func(r *result) int64 { return r.rss })>>20,
			milliseconds(median(r, func(r *result) time.Duration { return r.p50 })), milliseconds(median(r, func(r *result) time.Duration { return r.p99 })),
			milliseconds(median(r, func(r *result) time.Duration { return r.paced })), name)
	}
	fmt.Fprintf(w, "\nwanted: 3.5 CPU-s/M at most for pickle and JSON at sync, 250,000 accepted/s at sync, 400,000 at disk, 250 MB at most\n")
}

func milliseconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
}
