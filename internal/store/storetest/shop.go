// Package storetest is what a store has to do as a test suite, and records to do it with.
package storetest

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Shop makes the records of a shop that runs on some machines: the same ones each time. They are of about 400
// bytes in the JSON form: 200 loggers, call sites with messages of their own, ids that come in a few
// records each, and a traceback in three records of a hundred.
type Shop struct {
	rand   *rand.Rand
	sites  []site
	procs  []record.Process
	count  int
	at     time.Time
	step   time.Duration
	buf    []byte
	recent [64]uint64
	names  []string
}

// site is a place in the program that logs.
type site struct {
	logger  string
	level   slog.Level
	message []string // texts between what varies
	attrs   int
	source  slog.Source
	path    string
	named   bool // it names a product
}

// Words that some of the shop's records have.
const (
	// CommonWord is in about one of ten messages, RareWord in one of 250,000.
	CommonWord = "connection"
	RareWord   = "quartz"
	// Subtree is a logger with a fifth of all others below it, RareLogger one that logs one record of 50,000,
	// a fifth of them CRITICAL.
	Subtree    = "shop.orders"
	RareLogger = "shop.vault.audit"
)

// NewShop returns a Shop that makes n records a day.
func NewShop(n int) *Shop {
	s := &Shop{rand: rand.New(rand.NewPCG(20261122, 5)), at: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), step: 24 * time.Hour / time.Duration(max(n, 1))}
	for i := range 20 {
		s.procs = append(s.procs, record.Process{PID: 1000 + s.rand.IntN(30000), Name: "MainProcess"}, record.Process{PID: 1000 + s.rand.IntN(30000), Name: "worker-" + strconv.Itoa(i)})
	}
	for range 3000 {
		s.names = append(s.names, s.name())
	}
	for i := range s.recent {
		s.recent[i] = s.rand.Uint64()
	}
	areas := []string{"orders", "payments", "catalog", "web", "auth"}
	parts := []string{"api", "db", "cache", "client", "queue", "jobs", "views", "pool"}
	leaves := []string{"read", "write", "sync", "retry", "main"}
	verbs := []string{"handled", "stored", "fetched", "queued", "refreshed", "validated", "rejected", "merged", "priced", "shipped"}
	for _, area := range areas {
		for _, part := range parts {
			for _, leaf := range leaves {
				logger := "shop." + area + "." + part + "." + leaf
				for k := range 4 {
					s.sites = append(s.sites, s.site(logger, part, leaf, verbs[s.rand.IntN(len(verbs))], k))
				}
			}
		}
	}
	return s
}

func (s *Shop) site(logger, part, leaf, verb string, k int) site {
	t := site{logger: logger, attrs: s.rand.IntN(4), path: "/srv/" + part + "/" + leaf + ".py"}
	t.source = slog.Source{Function: verb + "_" + leaf, File: t.path, Line: 20 + s.rand.IntN(400)}
	t.named = s.rand.IntN(5) == 0
	t.level = []slog.Level{-4, 0, 0, 0, 0, 0, 0, 4, 4, 8}[s.rand.IntN(10)]
	switch k {
	case 0:
		t.message = []string{verb + " request for customer ", " with basket of ", " items, total ", " cents"}
	case 1:
		t.message = []string{verb + " order ", " in " + part + " after ", " attempts, took ", " ms"}
	case 2:
		what := "statement"
		if s.rand.IntN(5) < 2 {
			what = CommonWord
		}
		t.message = []string{part + " " + what + " ", " to replica ", " answered in ", " ms, still usable"}
	case 3:
		t.message = []string{"page " + verb + " for session ", ", ", " fragments rendered, ", " bytes sent to the browser"}
	}
	return t
}

// Append appends the next n records to dst.
func (s *Shop) Append(dst []record.Record, n int) []record.Record {
	for range n {
		dst = append(dst, s.next())
	}
	return dst
}

func (s *Shop) next() record.Record {
	g := s.rand
	t := &s.sites[g.IntN(len(s.sites))]
	i := s.count
	s.count++
	s.at = s.at.Add(s.step/2 + time.Duration(g.Int64N(int64(s.step)+1)))
	who := g.IntN(len(s.procs))
	if g.IntN(4) == 0 { // a request begins
		s.recent[g.IntN(len(s.recent))] = g.Uint64()
	}
	request := s.recent[g.IntN(len(s.recent))]
	at := s.at.Truncate(time.Microsecond)
	r := record.Record{
		Time: at, Received: at.Add(time.Duration(150_000 + g.IntN(400_000))), Level: t.level, Logger: t.logger,
		Message: s.message(t),
		Source:  t.source, Process: s.procs[who], Peer: "10.0.0." + strconv.Itoa(who) + ":51234",
	}
	user := int64(g.ExpFloat64() * 20_000)
	r.Attrs = make([]slog.Attr, 0, 6)
	r.Attrs = append(r.Attrs, slog.String("request_id", fmt.Sprintf("%016x", request)), slog.Int64("user_id", user))
	if t.attrs > 0 {
		r.Attrs = append(r.Attrs, slog.String("path", s.sites[g.IntN(100)].path), slog.Int("status", []int{200, 200, 200, 201, 204, 302, 404, 500, 503}[g.IntN(9)]))
	}
	if t.attrs > 1 {
		r.Attrs = append(r.Attrs, slog.Float64("elapsed", float64(g.IntN(100_000))/1000))
	}
	if t.attrs > 2 {
		r.Attrs = append(r.Attrs, slog.Bool("cached", g.IntN(3) == 0))
	}
	s.seldom(&r, i, t)
	return r
}

// name makes up the name of a product.
func (s *Shop) name() string {
	b := []byte(nil)
	for range 2 + s.rand.IntN(3) {
		b = append(b, "bdfgklmnprstvz"[s.rand.IntN(14)], "aeiou"[s.rand.IntN(5)])
	}
	return string(b)
}

func (s *Shop) message(t *site) string {
	b := append(s.buf[:0], t.message[0]...)
	if t.named {
		b = append(append(b, s.names[s.rand.IntN(len(s.names))]...), ' ')
	}
	b = strconv.AppendInt(b, s.rand.Int64N(1_000_000), 10)
	b = append(b, t.message[1]...)
	b = strconv.AppendInt(b, s.rand.Int64N(12), 10)
	b = append(b, t.message[2]...)
	b = strconv.AppendInt(b, int64(s.rand.ExpFloat64()*120), 10)
	b = append(b, t.message[3]...)
	s.buf = b
	return string(b)
}

// seldom makes of some records what is seldom.
func (s *Shop) seldom(r *record.Record, i int, t *site) {
	if s.rand.IntN(100) < 3 {
		r.Level = record.LevelError
		r.Exception = s.exception(t)
	}
	switch {
	case i%250_000 == 123_456 || i == 777:
		r.Message += ", a " + RareWord + " was found"
	case i%50_000 == 31_234 || i == 555:
		r.Logger = RareLogger
		if i%250_000 == 31_234 || i == 555 {
			r.Level = record.LevelCritical
		}
	}
}

func (s *Shop) exception(t *site) *record.Exception {
	e := &record.Exception{Type: []string{"TimeoutError", "KeyError", "ValueError"}[s.rand.IntN(3)], Message: "order " + strconv.Itoa(s.rand.IntN(1_000_000)) + " is gone"}
	b := append([]byte(nil), "Traceback (most recent call last):\n"...)
	for range 3 + s.rand.IntN(4) {
		f := &s.sites[s.rand.IntN(60)].source
		b = fmt.Appendf(b, "  File %q, line %d, in %s\n    return self.%s(order, customer)\n", f.File, f.Line, f.Function, f.Function)
	}
	b = fmt.Appendf(b, "%s: %s", e.Type, e.Message)
	e.Traceback = string(b)
	return e
}
