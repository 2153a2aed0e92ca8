package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// column is a unit of figures in a table.
type column struct {
	head, unit  string
	show        func(float64) string
	floor, best bool // with the ratio to the floor's figure, to the best peer's
	worst       bool // of the passes the worst counts, not the median
}

func plain(v float64) string      { return fmt.Sprintf("%.0f", v) }
func tenths(v float64) string     { return fmt.Sprintf("%.1f", v) }
func hundredths(v float64) string { return fmt.Sprintf("%.2f", v) }

// span shows a number of nanoseconds in the unit that leaves it one to three figures before the point.
func span(v float64) string {
	units := []string{"ns", "µs", "ms", "s"}
	for v >= 999.5 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	if v < 9.95 && units[0] != "ns" {
		return fmt.Sprintf("%.1f %s", v, units[0])
	}
	return fmt.Sprintf("%.0f %s", v, units[0])
}

// writeTables writes a table for each kind of task, in Markdown: a line per peer, the best first.
func (w work) writeTables(out io.Writer, r results) error {
	var err error
	print := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(out, format, args...)
		}
	}
	print("\n## %s\n\n%s.\n", w.title, w.about)
	forms := sortedForms(r)
	for len(forms) > 0 {
		first := forms[0].table()
		n := 0
		for n < len(forms) && forms[n].table() == first {
			n++
		}
		head, rows := w.table(r, forms[:n])
		print("\n%s:\n\n%s", first, markdown(head, rows))
		if bests := w.bests(r, forms[:n]); len(bests) > 0 {
			print("\nBest peers: %s.\n", strings.Join(bests, "; "))
		}
		forms = forms[n:]
	}
	return err
}

// table returns the lines of a table of forms that differ in their attrs alone.
func (w work) table(r results, forms []form) (head []string, rows [][]string) {
	head = []string{"peer", "front", "way"}
	for _, f := range forms {
		prefix := ""
		if len(forms) > 1 {
			prefix = fmt.Sprintf("%d attrs: ", f.attrs)
		}
		for _, c := range w.columns {
			head = append(head, prefix+c.head)
			prefix = ""
			if c.floor {
				head = append(head, "x floor")
			}
			if c.best {
				head = append(head, "x best")
			}
		}
	}
	for _, p := range w.ranked(r, forms) {
		row := []string{p.name, "own", string(p.way)}
		if p.slog {
			row[1] = "slog"
		}
		for _, f := range forms {
			for _, c := range w.columns {
				row = append(row, r.cells(f, p.name, c)...)
			}
		}
		rows = append(rows, row)
	}
	return head, rows
}

// cells returns a peer's figure, and its ratios as far as the column has them.
func (r results) cells(f form, peer string, c column) []string {
	figure, ok := r.figure(f, peer, c)
	cells := []string{"-"}
	if ok {
		cells[0] = c.show(figure)
	}
	ratio := func(to float64, known bool) {
		if known = known && ok && to > 0; known {
			cells = append(cells, fmt.Sprintf("%.2f", figure/to))
		} else {
			cells = append(cells, "-")
		}
	}
	if c.floor {
		to, known := r.figure(f, "floor", c)
		ratio(to, known)
	}
	if c.best {
		to, name := r.best(f, c)
		ratio(to, name != "")
	}
	return cells
}

// ranked returns the peers in the order of their first figure with 5 attrs.
func (w work) ranked(r results, forms []form) []peer {
	by := forms[0]
	for _, f := range forms {
		if f.attrs == 5 {
			by = f
		}
	}
	var there []peer
	for _, p := range peers() {
		if slices.ContainsFunc(forms, func(f form) bool { return len(r[f][p.name]) > 0 }) {
			there = append(there, p)
		}
	}
	slices.SortStableFunc(there, func(a, b peer) int {
		x, _ := r.figure(by, a.name, w.columns[0])
		y, _ := r.figure(by, b.name, w.columns[0])
		return cmp.Compare(x, y)
	})
	return there
}

// bests names the best peer of each figure that is compared with it.
func (w work) bests(r results, forms []form) []string {
	var all []string
	for _, f := range forms {
		for _, c := range w.columns {
			figure, name := r.best(f, c)
			if c.best && name != "" {
				all = append(all, fmt.Sprintf("%s %s with %d attrs: %s", c.show(figure), c.head, f.attrs, name))
			}
		}
	}
	return all
}

// markdown lays a table out: the first three columns to the left, figures to the right.
func markdown(head []string, rows [][]string) string {
	const words = 3
	widths := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	line := func(row []string) {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < words {
				b.WriteString("| " + cell + pad + " ")
			} else {
				b.WriteString("| " + pad + cell + " ")
			}
		}
		b.WriteString("|\n")
	}
	line(head)
	for i, width := range widths {
		if i < words {
			b.WriteString("|" + strings.Repeat("-", width+2))
		} else {
			b.WriteString("|" + strings.Repeat("-", width+1) + ":")
		}
	}
	b.WriteString("|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}
