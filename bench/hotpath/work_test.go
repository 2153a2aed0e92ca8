package main

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// tiny is enough to see that a measurement works, and fits every queue.
func tiny() effort {
	return effort{Timed: 200 * time.Microsecond, Records: 400, Bursts: 3, Stand: 4 * time.Millisecond, Quiet: time.Millisecond}
}

// TestMeasure carries out every form of every work for every peer that it is for.
func TestMeasure(t *testing.T) {
	for _, w := range works() {
		for _, p := range peers() {
			if !w.isFor(p, true) || w.name == "idle" && p.ours && p.extra {
				continue
			}
			t.Run(w.name+"/"+p.name, func(t *testing.T) {
				for _, one := range w.tasks(true) {
					one.Peer, one.Work, one.Effort, one.Dir = p.name, w.name, tiny(), t.TempDir()
					f, err := measure(one)
					if err != nil {
						t.Fatal(err)
					}
					checkFigures(t, w, p, f)
				}
			})
		}
	}
}

func checkFigures(t *testing.T, w work, p peer, f figures) {
	t.Helper()
	if p.way == nowhere {
		if _, ok := f["lost"]; ok {
			t.Error("the floor lost something, want no such figure: it hands on nothing")
		}
		return
	}
	for _, c := range w.columns {
		if _, ok := f[c.unit]; !ok && used().known {
			t.Errorf("figures: got %v, want %s among them", slices.Sorted(maps.Keys(f)), c.unit)
		}
	}
	if f["lost"] != 0 {
		t.Errorf("lost: got %v, want 0 of so few records", f["lost"])
	}
}

// TestHang stands a sink still in a bubble, where only the sink takes time.
func TestHang(t *testing.T) {
	f := func(peer string, wantMax, wantStood time.Duration, wantLost bool) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			one := task{Peer: peer, Work: "hang", Attrs: 5, Goroutines: 1, Effort: effort{Stand: 2 * time.Second}}
			f, err := measure(one)
			if err != nil {
				t.Fatal(err)
			}
			if got := time.Duration(f["max-ns"]); got != wantMax {
				t.Errorf("%s: slowest call: got %v, want %v", peer, got, wantMax)
			}
			if got := time.Duration(f["stood-ns"]); got != wantStood {
				t.Errorf("%s: time stood: got %v, want %v", peer, got, wantStood)
			}
			if got := f["lost"] > 0; got != wantLost {
				t.Errorf("%s: lost %v of %v, want any: %v", peer, f["lost"], f["calls"], wantLost)
			}
		})
	}
	f("slog", 2*time.Second, 4*time.Second, false)
	f("floor", 0, 0, false)
	f("channel-drop", 0, 0, true)
	f("jackdaw", 0, 0, false)
}

// TestPaced holds that callers keep the pace, and that what they did not log while they stood is not made
// up for.
func TestPaced(t *testing.T) {
	f := func(stand time.Duration, want int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			took := paced(nil, clock()+100*hangTick, func(int) {
				if calls++; calls == 1 {
					time.Sleep(stand)
				}
			})
			if calls != want || len(took) != want {
				t.Errorf("a call of %v in 100 ticks: got %d calls and %d durations, want %d", stand, calls, len(took), want)
			}
		})
	}
	f(0, 100*hangPerTick)
	f(hangTick, 100*hangPerTick)
	f(50*hangTick, 50*hangPerTick)
}

func TestSpread(t *testing.T) {
	var took []time.Duration
	for i := range 1000 {
		took = append(took, time.Duration(1000-i))
	}
	want := figures{"p50-ns": 501, "p99-ns": 991, "p99.9-ns": 1000, "max-ns": 1000, "mean-ns": 500.5}
	if got := spread(took); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCrew(t *testing.T) {
	for _, goroutines := range []int{1, 3} {
		calls := make(chan int, goroutines)
		crew(goroutines, 7, func(n int) { calls <- n })
		close(calls)
		sum := 0
		for n := range calls {
			sum += n
		}
		if want := 7 * goroutines; sum != want {
			t.Errorf("%d goroutines: got %d calls, want %d", goroutines, sum, want)
		}
	}
}
