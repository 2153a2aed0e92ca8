package receiver

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Connections that bring more than a read takes have larger batches, as many of them as there is memory
// for; all records come, in their order, and the memory is free again afterwards.
func TestWideBatches(t *testing.T) {
	const records = 8_000
	var mu sync.Mutex
	largest, next := 0, map[string]int{}
	open := make(chan struct{})
	r := newReceiver(t, record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		<-open // until all has been sent that is more than a read takes
		mu.Lock()
		defer mu.Unlock()
		largest = max(largest, len(batch))
		for i := range batch {
			var conn string
			var n int
			if _, err := fmt.Sscanf(batch[i].Message, "%s %d", &conn, &n); err != nil || n != next[conn] {
				return fmt.Errorf("got %q after %d", batch[i].Message, next[conn])
			}
			next[conn]++
		}
		return nil
	}), Options{LargeBatches: true})
	var sending sync.WaitGroup
	for c := range maxWide + 4 {
		var payloads []string
		for n := range records {
			payloads = append(payloads, fmt.Sprintf("c%d %d", c, n))
		}
		nc := connect(t, r, "tcp")
		b := frame(payloads...)
		sending.Go(func() {
			for part := range slices.Chunk(b, 1<<16) {
				send(t, nc, part)
			}
		})
	}
	testenv.Await(t, "a desk for each connection", func() bool { return len(r.desks.slots) == maxWide+4 })
	sending.Wait() // into the buffers of the kernel
	close(open)
	testenv.Await(t, "all records", func() bool { return r.Stats().Accepted == (maxWide+4)*records })
	testenv.Await(t, "the memory", func() bool { return len(r.desks.wideSlots) == 0 && len(r.desks.slots) == 0 })
	mu.Lock()
	defer mu.Unlock()
	if largest <= batchLen || largest > wideBatch {
		t.Errorf("the largest batch: got %d records, want more than %d and at most %d", largest, batchLen, wideBatch)
	}
}
