package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

// view shows the counts of a server as tables.
type view struct {
	now, before *web.Stats // before is nil at first
	rates       bool
}

func (v *view) write(w io.Writer) {
	s := v.now
	kept := "records wait in memory"
	if s.Stream != nil {
		where := "on disk (" + s.Stream.Durability + ")"
		if s.Stream.Durability == stream.Cluster.String() {
			where = "in a cluster"
		}
		kept = fmt.Sprintf("records wait %s, %s of %s", where, bytesText(s.Stream.Bytes), bytesText(s.Stream.MaxBytes))
	}
	fmt.Fprintf(w, "%s\n", printable(fmt.Sprintf("pid %d of %s, up %s; %s", s.PID, s.Host, uptime(s.Time.Sub(s.Started)), kept)))
	if st := s.Store; st != nil {
		limit := ""
		if st.MaxBytes > 0 {
			limit = " of " + bytesText(st.MaxBytes)
		}
		fmt.Fprintf(w, "the store has %s in %s%s\n", of(st.Records, "record"), bytesText(st.Bytes), limit)
	}
	for _, problem := range s.Problems {
		fmt.Fprintf(w, "PROBLEM %s\n", printable(problem))
	}
	fmt.Fprintln(w)
	v.receivers(w)
	fmt.Fprintln(w)
	v.parts(w)
	v.why(w)
}

// with returns the cells of a row, with the rate at the end if there are rates.
func (v *view) with(rate string, cells ...string) []string {
	if v.rates {
		cells = append(cells, rate)
	}
	return cells
}

// rate is how much of a counter came each second since before, where both are of the same server.
func (v *view) rate(of func(*web.Stats) (uint64, bool)) string {
	if v.before == nil || !v.before.Started.Equal(v.now.Started) {
		return "-"
	}
	now, ok := of(v.now)
	was, okBefore := of(v.before)
	seconds := v.now.Time.Sub(v.before.Time).Seconds()
	if !ok || !okBefore || seconds <= 0 || now < was {
		return "-"
	}
	return count(uint64(float64(now-was)/seconds + 0.5))
}

func (v *view) receivers(w io.Writer) {
	var t table
	t.row(v.with("READ/S", "RECEIVER", "READ", "ACCEPTED", "REJECTED", "DROPPED", "RETURNED", "WAITING")...)
	for _, r := range v.now.Receivers {
		if r.Name == "web" && r.Read == 0 {
			continue // what comes in there is counted under what it is for, as ingest
		}
		rate := v.rate(func(s *web.Stats) (uint64, bool) {
			i := slices.IndexFunc(s.Receivers, func(other web.Receiver) bool { return other.Name == r.Name })
			if i < 0 {
				return 0, false
			}
			return s.Receivers[i].Read, true
		})
		t.row(v.with(rate, r.Name, count(r.Read), count(r.Accepted), count(r.Rejected.Total()), count(r.Dropped.Total()), count(r.Returned.Total()), count(r.Waiting))...)
	}
	t.write(w)
}

func (v *view) parts(w io.Writer) {
	t := table{left: map[int]bool{6: true}}
	if v.rates {
		t.left = map[int]bool{7: true}
	}
	row := func(rate string, c *web.Counts, bytes int64, remark string, name string) {
		t.row(append(v.with(rate, name, count(c.Accepted), count(c.Handled), count(c.DroppedTotal()), count(c.Waiting), bytesText(bytes)), remark)...)
	}
	t.row(v.with("HANDLED/S", "", "ACCEPTED", "HANDLED", "DROPPED", "WAITING", "BYTES")...)
	if s := v.now.Stream; s != nil {
		rate := v.rate(func(s *web.Stats) (uint64, bool) {
			if s.Stream == nil {
				return 0, false
			}
			return s.Stream.Handled, true
		})
		row(rate, &s.Counts, s.Bytes, map[bool]string{true: "takes no records"}[s.Error != ""], "stream")
	}
	if q := &v.now.Queue; v.now.Stream == nil || q.Accepted > 0 { // else nothing goes that way
		row(v.rate(func(s *web.Stats) (uint64, bool) { return s.Queue.Handled, true }), &q.Counts, q.Bytes, "", "queue")
	}
	for i := range v.now.Handlers {
		h := &v.now.Handlers[i]
		rate := v.rate(func(s *web.Stats) (uint64, bool) {
			i := slices.IndexFunc(s.Handlers, func(other web.Handled) bool { return other.Name == h.Name })
			if i < 0 {
				return 0, false
			}
			return s.Handlers[i].Handled, true
		})
		remark := ""
		switch {
		case !h.Present:
			remark = "not here"
		case h.Error != "":
			remark = "failing"
		}
		row(rate, &h.Counts, h.WaitingBytes, remark, h.Name)
	}
	t.write(w)
}

// why says for which reasons records were rejected, dropped and returned, and of which levels.
func (v *view) why(w io.Writer) {
	t := table{left: map[int]bool{1: true, 2: true, 3: true}}
	add := func(name, what, reason, how string) { t.row(name, what, reason, how) }
	for _, r := range v.now.Receivers {
		for _, c := range []struct {
			what string
			by   web.ByReason
		}{{"rejected", r.Rejected}, {"dropped", r.Dropped}, {"returned", r.Returned}, {"refused", r.ConnectionsRefused}, {"refused", r.RequestsRefused}} {
			for _, reason := range slices.Sorted(maps.Keys(c.by)) {
				if n := c.by[reason]; n > 0 {
					add(r.Name, c.what, reason, count(n))
				}
			}
		}
		if r.KernelDropped > 0 {
			add(r.Name, "dropped", "by the kernel", count(r.KernelDropped))
		}
	}
	parts := []web.Handled{{Name: "queue", Counts: v.now.Queue.Counts}}
	if v.now.Stream != nil {
		parts = append([]web.Handled{{Name: "stream", Counts: v.now.Stream.Counts}}, parts...)
	}
	for _, p := range append(parts, v.now.Handlers...) {
		for _, reason := range slices.Sorted(maps.Keys(p.Dropped)) {
			var how []string
			for _, level := range []string{"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"} {
				if n := p.Dropped[reason][level]; n > 0 {
					how = append(how, count(n)+" "+level)
				}
			}
			if len(how) > 0 {
				add(p.Name, "dropped", reason, strings.Join(how, ", "))
			}
		}
	}
	if len(t.rows) > 0 {
		fmt.Fprintln(w)
		t.write(w)
	}
}
