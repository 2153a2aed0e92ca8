package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// tally is how many records have which values of some names.
type tally struct {
	names []string
	rows  []tallyRow
	total uint64
	// part is true where the newest records were counted only.
	part       bool
	unreadable uint64
}

type tallyRow struct {
	values  []string
	records uint64
}

// levelNames are the names of the levels that are counted, the worst first.
var levelNames = []string{"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"}

// byLevel calls f with each level that has records, the worst first.
func byLevel(n queue.Levels, f func(name string, records uint64)) {
	counts := n.Map()
	for _, name := range levelNames {
		if counts[name] > 0 {
			f(name, counts[name])
		}
	}
}

// checkCountBy checks the names of --count-by.
func checkCountBy(names []string) error {
	for _, name := range names {
		if name == "" {
			return usagef("--count-by: a name is empty; write for example --count-by logger,level")
		}
		if len(names) > 1 && name != "logger" && name != "level" {
			return usagef("--count-by: %s is counted by itself; only logger and level go together", name)
		}
	}
	if len(names) > 2 || len(names) == 2 && names[0] == names[1] {
		return usagef("--count-by: want logger, level, logger,level or one other name")
	}
	return nil
}

// tallyOf counts records by names.
func tallyOf(ctx context.Context, from store.Reader, q store.Query, names []string) (*tally, error) {
	t := &tally{names: names}
	if names[0] != "logger" && names[0] != "level" {
		v, err := from.Values(ctx, store.ValuesQuery{Query: q, Name: names[0], Limit: store.MaxValues})
		if err != nil {
			return nil, err
		}
		t.part = !v.Complete
		for _, value := range v.Values {
			t.rows = append(t.rows, tallyRow{[]string{value.Text}, value.Records})
			t.total += value.Records
		}
		return t, nil
	}
	n, err := from.Count(ctx, q)
	if err != nil {
		return nil, err
	}
	t.total, t.unreadable = n.Total.Total(), n.Unreadable
	switch {
	case len(names) == 2:
		for _, l := range n.Loggers {
			byLevel(l.Levels, func(level string, records uint64) {
				values := []string{l.Logger, level}
				if names[0] == "level" {
					slices.Reverse(values)
				}
				t.rows = append(t.rows, tallyRow{values, records})
			})
		}
	case names[0] == "logger":
		for _, l := range n.Loggers {
			t.rows = append(t.rows, tallyRow{[]string{l.Logger}, l.Total()})
		}
	default:
		byLevel(n.Total, func(level string, records uint64) {
			t.rows = append(t.rows, tallyRow{[]string{level}, records})
		})
		return t, nil // the worst first
	}
	slices.SortStableFunc(t.rows, func(a, b tallyRow) int { return cmp.Compare(b.records, a.records) })
	return t, nil
}

// write writes the counts, of the rows that are the most if there is a limit. On a terminal nothing of a value acts.
func (t *tally) write(w io.Writer, form string, limit int, screen bool) error {
	rows := t.rows
	if limit > 0 {
		rows = rows[:min(limit, len(rows))]
	}
	var b bytes.Buffer
	switch form {
	case "json":
		for _, r := range rows {
			b.WriteByte('{')
			for i, name := range t.names {
				line := record.AppendJSONString(b.AvailableBuffer(), name)
				line = append(record.AppendJSONString(append(line, ':'), r.values[i]), ',')
				b.Write(line)
			}
			fmt.Fprintf(&b, "\"records\":%d}\n", r.records)
		}
	case "csv":
		out := csv.NewWriter(&b)
		_ = out.Write(append(slices.Clone(t.names), "records")) // into memory
		for _, r := range rows {
			row := append(slices.Clone(r.values), strconv.FormatUint(r.records, 10))
			for i := range row {
				if screen {
					row[i] = string(format.AppendLine(nil, row[i]))
				}
			}
			_ = out.Write(row)
		}
		out.Flush()
	default:
		t.table(&b, rows)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// table writes a line for each value, or for each logger with its levels side by side.
func (t *tally) table(w io.Writer, rows []tallyRow) {
	var out table
	if len(t.names) == 2 {
		t.matrix(&out, rows)
	} else {
		out.row(strings.ToUpper(t.names[0]), "RECORDS")
		for _, r := range rows {
			out.row(r.values[0], count(r.records))
		}
	}
	out.write(w)
}

// matrix has a row for each logger and a column for each level that occurs.
func (t *tally) matrix(out *table, rows []tallyRow) {
	logger, level := slices.Index(t.names, "logger"), slices.Index(t.names, "level")
	cells := make(map[string]map[string]uint64)
	sums := make(map[string]uint64)
	var levels []string
	for _, name := range levelNames {
		if slices.ContainsFunc(rows, func(r tallyRow) bool { return r.values[level] == name }) {
			levels = append(levels, name)
		}
	}
	for _, r := range rows {
		name := r.values[logger]
		if cells[name] == nil {
			cells[name] = make(map[string]uint64)
		}
		cells[name][r.values[level]] += r.records
		sums[name] += r.records
	}
	out.row(append(append([]string{"LOGGER"}, levels...), "RECORDS")...)
	loggers := slices.SortedFunc(maps.Keys(cells), func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
	for _, name := range loggers {
		row := []string{name}
		for _, level := range levels {
			row = append(row, count(cells[name][level]))
		}
		out.row(append(row, count(sums[name]))...)
	}
}
