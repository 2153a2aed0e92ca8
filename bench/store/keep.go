package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/record"
)

// batch is records that are handed over together.
type batch struct{ records []record.Record }

// load is how many records there are.
type load struct {
	records int
	batch   int // that are handed over at a time
	days    int // over which they are spread
}

// mostWhile bounds the records of which a tenth comes once more while questions are asked.
const mostWhile = 5_000_000

// shop makes the records.
func (l load) shop() *storetest.Shop { return storetest.NewShop(l.records / l.days) }

func (l load) String() string {
	return fmt.Sprintf("%d records of %d days, %d at a time", l.records, l.days, l.batch)
}

// maker makes the records of a shop, with ids as a stream gives them.
type maker struct {
	shop     *storetest.Shop
	sequence uint64
}

func (m *maker) next(b *batch, n int) {
	b.records = m.shop.Append(b.records[:0], n)
	m.sequence++
	for i := range b.records {
		b.records[i].ID = record.ID{Epoch: 1, Sequence: m.sequence, Index: uint32(i)}
	}
}

// keepAll keeps records and measures what it costs.
func keepAll(ctx context.Context, e engine, l load) (k kept, err error) {
	var b batch
	before := cpuTime()
	for m := (&maker{shop: l.shop()}); int(m.sequence)*l.batch < l.records; {
		m.next(&b, l.batch)
	}
	making := cpuTime() - before

	before = cpuTime()
	began := time.Now()
	m := &maker{shop: l.shop()}
	for int(m.sequence)*l.batch < l.records {
		m.next(&b, l.batch)
		if err := e.keep(ctx, &b); err != nil {
			return k, err
		}
	}
	if err := e.settle(ctx); err != nil {
		return k, err
	}
	k.Wall, k.CPU, k.RSS = time.Since(began), cpuTime()-before-making, highWater()
	return k, nil
}

// askWhile asks the first question again and again while records come as fast as they can, a tenth more of them,
// and returns how long that took.
func askWhile(ctx context.Context, e engine, l load) (took [2]time.Duration, err error) {
	m := &maker{shop: l.shop(), sequence: 1 << 40}
	end := m.sequence + uint64(max(min(l.records, mostWhile)/10/l.batch, 1))
	done := make(chan error, 1)
	go func() {
		var b batch
		for m.sequence < end {
			m.next(&b, l.batch)
			if err := e.keep(ctx, &b); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	var all []time.Duration
	for q := &questions[0]; ; {
		began := time.Now()
		if _, err := e.find(ctx, q); err != nil {
			return took, err
		}
		all = append(all, time.Since(began))
		select {
		case err = <-done:
			slices.Sort(all)
			return [2]time.Duration{all[len(all)/2], all[len(all)*99/100]}, err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// cpuTime is what this process has used of the processors, and what its children had that have ended.
func cpuTime() (total time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if err := syscall.Getrusage(who, &r); err == nil {
			total += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
	}
	return total
}

// highWater is the most memory that this process has had, in KiB.
func highWater() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n
}

// sizeOf is the size of all files in a directory.
func sizeOf(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}
