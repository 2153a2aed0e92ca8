package otlp

import "testing"

// A stretch is what was read of it, whatever came behind it, and is counted as what it is.
func TestStretch(t *testing.T) {
	thread, task, big := pair(6, keyThreadID, integer(7)), pair(6, keyTask, str("u")), pair(6, keyBigThreadID, str("9223372036854775808"))
	f := func(limits Limits, last string, before ...string) {
		t.Helper()
		d := NewDecoder(limits)
		for _, p := range before {
			for range 4 { // so often that it is remembered
				decoded(d, p)
			}
		}
		if got, want := decoded(d, last), decoded(NewDecoder(limits), last); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(Limits{}, logged(thread, task), logged(thread, task, big))
	f(Limits{}, logged(big, thread, task), logged(thread, task))
	f(Limits{}, logged(thread, fixed64(11, 5), task), logged(thread, task))
	f(Limits{}, logged(thread, task), logged(thread, fixed64(11, 5), task))
	two := field2(1, field2(2, field2(2, thread+task)+field2(2, thread+task)))
	f(Limits{Attrs: 3}, two, logged(thread, task))
	f(Limits{Attrs: 4}, two, logged(thread, task))
}
