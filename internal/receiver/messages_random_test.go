package receiver

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever comes in whatever pieces, with whatever pauses, is a message or is rejected, and ends nothing but its
// connection.
func TestSyslogAnything(t *testing.T) {
	parts := []string{
		"<14>", "<", "1", "4>", "a", "text of some length ", "\n", "\x00", "\r\n", "\n\x00", "\x00\n", "<14>a\n", "<14>b\x00", "5 <14>c", "500 <14>", "9999999 <14>", "12 ",
		strings.Repeat("x", 3000), strings.Repeat("y\n", 2000), strings.Repeat("z\x00", 2000), strings.Repeat("<14>m\n", 500),
	}
	pauses := []time.Duration{0, 0, 0, 0, settleTime / 2, 2 * settleTime, time.Minute}
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{MaxFrame: 20_000, MaxBody: 20_000})
		rng := rand.New(rand.NewPCG(5, 6))
		for range 300 {
			c := syslogPipe(t, r)
			for range rng.IntN(40) {
				var piece strings.Builder
				for range 1 + rng.IntN(4) {
					piece.WriteString(parts[rng.IntN(len(parts))])
				}
				c.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := c.Write([]byte(piece.String())); err != nil {
					break // it was closed
				}
				time.Sleep(pauses[rng.IntN(len(pauses))])
			}
			c.Close()
			synctest.Wait()
		}
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.HeldBytes != 0 || stats.Conns != 0 || stats.Accepted < 1000 || stats.Rejected[Undecodable] < 1000 {
			t.Errorf("got %+v, want nothing held, and many of each", stats)
		}
	})
}
