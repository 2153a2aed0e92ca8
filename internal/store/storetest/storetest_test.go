package storetest_test

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
)

// The shop makes what its constants promise.
func TestShop(t *testing.T) {
	a, b := storetest.NewShop(1000).Append(nil, 1000), storetest.NewShop(1000).Append(nil, 1000)
	rare := 0
	for i := range a {
		if !storetest.Same(&a[i], &b[i]) {
			t.Fatalf("record %d: got %+v, then %+v", i, a[i], b[i])
		}
		if a[i].Logger == storetest.RareLogger {
			rare++
		}
	}
	if rare != 1 {
		t.Errorf("records of %s: got %d, want 1", storetest.RareLogger, rare)
	}
	if d := a[999].Time.Sub(a[0].Time).Hours(); d < 20 || d > 28 {
		t.Errorf("the records of a day: got %v hours", d)
	}
}
