package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
)

// question is asked of each engine in its own way.
type question struct {
	name   string
	target time.Duration // for 5 million records on two cores
	ask    ask
	span   time.Duration // of the last records alone; zero for all
	filter string        // what the store is asked
	where  string        // the rows, in SQL
	grep   string        // the lines, in the language of the shell; $F is the file
}

// ask is what is wanted of the records that are meant.
type ask int

const (
	newest    ask = iota // the last 100
	count                // how many there are
	histogram            // how many there are of each minute and level
	one                  // the record of an id, without neighbours
)

// The id is that of a request at the beginning of the day, the words and loggers are the shop's.
var questions = []question{
	{name: "last 100 of a subtree, WARNING and above", target: 20 * time.Millisecond, filter: "logger:" + storetest.Subtree + " level>=warning",
		where: "(logger = '" + storetest.Subtree + "' OR logger >= '" + storetest.Subtree + ".' AND logger < '" + storetest.Subtree + "/') AND level >= 4",
		grep:  `tac "$F" | grep -E '"logger":"` + storetest.Subtree + `[."]' | grep -m 100 -E '"level":"(WARNING|ERROR|CRITICAL)'`},
	{name: "a rare logger at CRITICAL", target: 60 * time.Millisecond, filter: "logger:" + storetest.RareLogger + " level:critical",
		where: "logger = '" + storetest.RareLogger + "' AND level >= 12",
		grep:  `grep '"logger":"` + storetest.RareLogger + `"' "$F" | grep '"level":"CRITICAL'`},
	{name: "a rare word", target: 30 * time.Millisecond, filter: storetest.RareWord, where: "words MATCH '" + storetest.RareWord + "'", grep: `grep -wF ` + storetest.RareWord + ` "$F"`},
	{name: "a word that is not there", target: 30 * time.Millisecond, filter: "xyzzy", where: "words MATCH 'xyzzy'", grep: `grep -wF xyzzy "$F"`},
	{name: "a common word, newest 100", filter: storetest.CommonWord, where: "words MATCH '" + storetest.CommonWord + "'", grep: `tac "$F" | grep -m 100 -wF ` + storetest.CommonWord},
	{name: "a common word, all counted", target: 600 * time.Millisecond, ask: count, filter: storetest.CommonWord, where: "words MATCH '" + storetest.CommonWord + "'", grep: `grep -wFc ` + storetest.CommonWord + ` "$F"`},
	{name: "a common word, histogram", ask: histogram, filter: storetest.CommonWord, where: "words MATCH '" + storetest.CommonWord + "'"},
	{name: "the records of a request", target: 10 * time.Millisecond, filter: "request_id=" + requestID, where: `words MATCH '` + requestID + `'`, grep: `grep -F '"request_id":"` + requestID + `"' "$F"`},
	{name: "an attr that is a number, newest 100", filter: "user_id=12345", grep: `tac "$F" | grep -m 100 -E '"user_id":12345[,}]'`},
	{name: "a comparison, all counted", ask: count, filter: "status>=500", grep: `grep -cE '"status":5' "$F"`},
	{name: "a regular expression, newest 100", filter: `/after [79] attempts/`, grep: `tac "$F" | grep -m 100 -E 'after [79] attempts'`},
	{name: "all, histogram", target: 10 * time.Millisecond, ask: histogram},
	{name: "all, counted by logger and level", ask: count},
	{name: "the last 100", where: "1", grep: `tail -n 100 "$F"`},
	{name: "a common word of the last hour, counted", ask: count, span: time.Hour, filter: storetest.CommonWord},
	{name: "… of the last six hours", ask: count, span: 6 * time.Hour, filter: storetest.CommonWord},
	{name: "… of the last day", ask: count, span: 24 * time.Hour, filter: storetest.CommonWord},
	{name: "a record by its id", target: 10 * time.Millisecond, ask: one},
}

// requestID is that of the shop's first record.
var requestID = storetest.NewShop(1).Append(nil, 1)[0].Attrs[0].Value.String()

// findAll asks all questions.
func findAll(ctx context.Context, e engine) (all []found, err error) {
	const times = 7
	for i := range questions {
		q := &questions[i]
		var f found
		took := make([]time.Duration, times+1)
		for j := range took {
			began := time.Now()
			if f.N, err = e.find(ctx, q); err != nil {
				return nil, fmt.Errorf("%s: %w", q.name, err)
			}
			if took[j] = time.Since(began); took[j] > 5*time.Second || f.N < 0 {
				took = took[:j+1] // once is enough
				break
			}
		}
		if len(took) > 1 {
			took = took[1:]
		}
		slices.Sort(took)
		f.Took = took[len(took)/2]
		all = append(all, f)
	}
	return all, nil
}

// report prints the table.
func report(w io.Writer, l load, engines []string, results []result) {
	fmt.Fprintf(w, "%v\n\n", l)
	line := func(name, target string, figure func(r *result) string) {
		fmt.Fprintf(w, "%-42s %10s", name, target)
		for i := range results {
			fmt.Fprintf(w, " %18s", figure(&results[i]))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%-42s %10s", "", "target")
	for _, engine := range engines {
		fmt.Fprintf(w, " %18s", engine)
	}
	fmt.Fprintln(w)
	n := float64(l.records)
	line("kept, records per CPU-second", "120000", func(r *result) string { return fmt.Sprintf("%.0f", n/r.Kept.CPU.Seconds()) })
	line("kept, records a second", "", func(r *result) string { return fmt.Sprintf("%.0f", n/r.Kept.Wall.Seconds()) })
	line("bytes a record", "85", func(r *result) string { return fmt.Sprintf("%.1f", float64(r.Kept.Bytes)/n) })
	line("memory while keeping, MiB", "200", func(r *result) string { return fmt.Sprint(r.Kept.RSS >> 10) })
	line("memory while finding, MiB", "200", func(r *result) string { return fmt.Sprint(r.RSS >> 10) })
	line("opened", "1s", func(r *result) string { return short(r.Open) })
	line("the first question while records come, p50", "", func(r *result) string { return short(r.While[0]) })
	line("… p99", "50ms", func(r *result) string { return short(r.While[1]) })
	fmt.Fprintln(w)
	for i, q := range questions {
		target := ""
		if q.target > 0 {
			target = q.target.String()
		}
		line(q.name, target, func(r *result) string {
			if i >= len(r.Found) || r.Found[i].N < 0 {
				return "-"
			}
			return fmt.Sprintf("%s (%d)", short(r.Found[i].Took), r.Found[i].N)
		})
	}
}

func short(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(100 * time.Microsecond).String()
}
