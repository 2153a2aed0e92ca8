package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/notice"
)

// What a cluster that is starting does not do yet is asked for again, and that is told; a server that stays away, or does not
// exist, is not waited for without end.
func TestInsist(t *testing.T) {
	peers := func(why string) error {
		var a answer
		if err := json.Unmarshal([]byte(`{"error": {"code": 400, "err_code": 10005, "description": "no suitable peers for placement`+why+`"}}`), &a); err != nil {
			t.Fatal(err)
		}
		return fmt.Errorf("stream X: %w", a.Error)
	}
	other := errors.New("other")
	for _, c := range []struct {
		name    string
		answers []error // the last again and again
		took    time.Duration
		want    error
		told    string
	}{
		{"an answer", []error{nil}, 0, nil, ""},
		{"another error", []error{other}, 0, other, ""},
		{"an answer that comes late", []error{context.DeadlineExceeded, context.DeadlineExceeded, nil}, 2 * publishPause, nil, "does not answer, and is asked again"},
		{"a server that comes late", []error{peers(", peer offline"), nil}, publishPause, nil, "is away, and is waited for"},
		{"one that stays away", []error{peers(", peer offline")}, awayPatience, peers(", peer offline"), "is away, and is waited for"},
		{"a cluster of fewer", []error{peers("")}, 0, peers(""), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told notes
				s := &Stream{o: Options{URL: "nats://somewhere"}, notices: notice.Board{Tell: told.tell}}
				began, asked := time.Now(), 0
				err := s.insist(t.Context(), func() error {
					asked++
					return c.answers[min(asked, len(c.answers))-1]
				})
				if fmt.Sprint(err) != fmt.Sprint(c.want) || time.Since(began) != c.took {
					t.Errorf("got %v after %v, want %v after %v", err, time.Since(began), c.want, c.took)
				}
				got := told.all()
				if (c.told == "") != (len(got) == 0) || slices.ContainsFunc(got, func(text string) bool { return !containsAll(text, c.told) }) {
					t.Errorf("told: got %q, want %q", got, c.told)
				}
			})
		})
	}
}
