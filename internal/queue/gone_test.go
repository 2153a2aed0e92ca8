package queue

import (
	"fmt"
	"testing"
)

// However many names there were, few are kept, and no count is missing.
func TestGoneIsBounded(t *testing.T) {
	var g gone
	const names = 3 * goneNames
	for i := range names {
		g.note(OutletStats{Name: fmt.Sprint("h", i), Counts: Counts{Dropped: Dropped{Closed: {1: 2}}}})
	}
	g.note(OutletStats{Name: "nothing dropped"})
	all := g.addTo([]OutletStats{{Name: "h0", Counts: Counts{Accepted: 1, Handled: 1}}})
	if len(all) != goneNames+1 || all[0].Gone || all[0].Accepted != 3 || all[goneNames].Name != goneOthers || !all[goneNames].Gone {
		t.Errorf("got %d outlets, the first %+v and the last %+v", len(all), all[0], all[len(all)-1])
	}
	total := uint64(0)
	for _, s := range all {
		total += s.Dropped.Total()
	}
	if total != 2*names {
		t.Errorf("got %d dropped, want %d", total, 2*names)
	}
}
