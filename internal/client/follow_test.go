package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// script is a server that says one text after another, each to the next connection.
type script struct {
	texts []string
	asked []string
	at    []time.Duration
	start time.Time
}

// RoundTrip implements http.RoundTripper.
func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	s.asked = append(s.asked, "after="+query.Get("after")+" last="+query.Get("last"))
	s.at = append(s.at, time.Since(s.start))
	if len(s.texts) == 0 {
		return nil, syscall.ECONNREFUSED
	}
	text := s.texts[0]
	s.texts = s.texts[1:]
	if text == "" {
		return nil, syscall.ECONNREFUSED
	}
	if status, body, ok := strings.Cut(text, "!"); ok {
		code := 0
		fmt.Sscan(status, &code)
		return &http.Response{StatusCode: code, Header: http.Header{"Retry-After": {"2"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	}
	text, hangs := strings.CutSuffix(text, "…")
	var body io.Reader = strings.NewReader(text)
	if hangs {
		body = io.MultiReader(body, silent{req.Context()})
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(body), Request: req}, nil
}

// silent is read until its context ends.
type silent struct{ ctx context.Context }

// Read implements io.Reader.
func (s silent) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func hello(last string) string {
	return "event: hello\ndata: {\"epoch\":\"a\",\"version\":\"1\",\"last\":\"" + last + "\"}\n\n"
}

// some is an event of records with these ids.
func some(ids ...string) string {
	var records []string
	for _, id := range ids {
		records = append(records, `{"id":"`+id+`","level":"INFO","message":"m"}`)
	}
	return "id: x\nevent: records\ndata: {\"records\":[" + strings.Join(records, ",") + "]}\n\n"
}

// follow follows a server until there is an error, or for that long, and returns what was told.
func follow(t *testing.T, s *script, q client.TailQuery, long time.Duration) (told []string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s.start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		err = client.New(client.Options{URL: "http://server", Transport: s}).Follow(ctx, q, func(e client.Event) error {
			switch {
			case e.Hello != nil:
				told = append(told, "hello "+e.Hello.Last.String())
			case e.Gap != nil:
				told = append(told, fmt.Sprintf("gap %d %v %v %v %s", e.Gap.Records, e.Gap.AtLeast, e.Gap.From, e.Gap.To, e.Gap.Why))
			case e.Lost != nil:
				told = append(told, "lost: "+e.Lost.Err.Error())
			case e.Back != nil:
				told = append(told, fmt.Sprintf("back %v", e.Back.Resumed))
			}
			for _, r := range e.Records {
				told = append(told, r.ID.String())
			}
			return nil
		})
	})
	return told, err
}

func TestFollow(t *testing.T) {
	const lost = "lost: the connection broke off: EOF"
	f := func(name string, q client.TailQuery, texts []string, asked, told string) {
		t.Helper()
		s := &script{texts: texts}
		got, err := follow(t, s, q, 40*time.Second)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := strings.Join(s.asked, ", "); got != asked {
			t.Errorf("%s: asked %s\nwant %s", name, got, asked)
		}
		if got := strings.Join(got, ", "); got != told {
			t.Errorf("%s: told %s\nwant %s", name, got, told)
		}
	}
	// The last records may be in another order than that of their ids.
	f("resume", client.TailQuery{Last: 3}, []string{
		hello("a-5-0") + some("a-5-0", "a-3-0") + some("a-4-0", "a-6-0"),
		hello("a-8-0") + some("a-6-0", "a-7-0") + ": alive\n\n" + some("a-8-0") + "…",
	}, "after= last=3, after=a-6-0 last=", "hello a-5-0, a-5-0, a-3-0, a-4-0, a-6-0, "+lost+", back true, hello a-8-0, a-7-0, a-8-0")
	// Nothing came yet: it goes on behind what there was.
	f("resume at the beginning", client.TailQuery{}, []string{hello("a-5-0"), "", "503!", hello("a-6-0") + some("a-6-0") + "…"},
		"after= last=0, after=a-5-0 last=, after=a-5-0 last=, after=a-5-0 last=", "hello a-5-0, "+lost+", back true, hello a-6-0, a-6-0")
	// What a gap tells is not asked for again.
	f("gap", client.TailQuery{}, []string{
		hello("") + some("a-1-0") + "event: gap\ndata: {\"records\":7,\"at_least\":true,\"from\":\"a-2-0\",\"to\":\"a-4-0\",\"why\":\"slow\"}\n\n", hello("a-9-0") + "…",
	}, "after= last=0, after=a-4-0 last=", "hello , a-1-0, gap 7 true a-2-0 a-4-0 slow, "+lost+", back true, hello a-9-0")
	// A server that has less than what was told is another one.
	f("another server", client.TailQuery{}, []string{hello("b-5-0") + some("b-6-0"), hello("a-2-0") + some("a-3-0"), hello("a-3-0") + "…"},
		"after= last=0, after=b-6-0 last=, after=a-3-0 last=", "hello b-5-0, b-6-0, "+lost+", back false, hello a-2-0, a-3-0, "+lost+", back true, hello a-3-0")
	// Where there was nothing that matches, it is known nevertheless up to where.
	f("nothing matches", client.TailQuery{}, []string{hello("a-1-0") + "event: counts\nid: a-7-3\ndata: {}\n\n", hello("a-8-0") + "…"},
		"after= last=0, after=a-7-3 last=", "hello a-1-0, "+lost+", back true, hello a-8-0")
	f("events of later versions", client.TailQuery{}, []string{hello("a-1-0") + "event: news\ndata: x\n\ndata: y\n\n" + strings.ReplaceAll(some("a-2-0"), "\n", "\r\n") + "…"},
		"after= last=0", "hello a-1-0, a-2-0")
	f("cut off inside an event", client.TailQuery{}, []string{hello("a-1-0") + strings.TrimSuffix(some("a-2-0"), "]}\n\n"), hello("a-2-0") + some("a-2-0") + "…"},
		"after= last=0, after=a-1-0 last=", "hello a-1-0, lost: the connection broke off: unexpected EOF, back true, hello a-2-0, a-2-0")
	// Nothing for 50 seconds, and then nobody.
	s := &script{texts: []string{hello("a-1-0") + "…"}}
	if got, _ := follow(t, s, client.TailQuery{}, time.Minute); strings.Join(got, ", ") != "hello a-1-0, lost: the server has said nothing for 50s" {
		t.Errorf("silent server: told %q", got)
	}
}

func TestFollowEnds(t *testing.T) {
	f := func(want string, told int, texts ...string) {
		t.Helper()
		got, err := follow(t, &script{texts: texts}, client.TailQuery{}, time.Minute)
		if err == nil || err.Error() != want || len(got) != told {
			t.Errorf("%q: got %q, %v, want %s", texts, got, err, want)
		}
	}
	f("connection refused", 0)
	f("no such level", 0, `400!{"error":{"message":"no such level"}}`)
	f("503 Service Unavailable", 0, "503!")
	f("a token is needed", 2, hello("a-1-0"), `401!{"error":{"message":"a token is needed"}}`) // hello, lost
	f("read event \"records\": read record : json: byte 0: got \"5\", want an object: \"{\"", 1, hello("a-1-0")+"event: records\ndata: {\"records\":[5]}\n\n")

	// What f says is final.
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("enough")
		s := &script{texts: []string{hello("a-1-0") + some("a-2-0") + "…"}}
		err := client.New(client.Options{URL: "http://server", Transport: s}).Follow(t.Context(), client.TailQuery{}, func(e client.Event) error {
			if e.Records != nil {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || len(s.asked) != 1 {
			t.Errorf("got %v, asked %q", err, s.asked)
		}
	})
}

// The pauses grow, and no two clients have the same.
func TestFollowPauses(t *testing.T) {
	s := &script{texts: []string{hello("a-1-0")}}
	if _, err := follow(t, s, client.TailQuery{}, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for i, pause := 1, 250*time.Millisecond; i < len(s.at); i, pause = i+1, min(2*pause, 10*time.Second) {
		if d := s.at[i] - s.at[i-1]; d < pause/2 || d > pause*3/2 {
			t.Errorf("pause %d: got %v, want about %v", i, d, pause)
		}
	}
	if n := len(s.at); n < 6 || n > 20 {
		t.Errorf("got %d attempts in a minute", n)
	}
}

// Who takes his time is not taken for a server that says nothing.
func TestFollowSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		s := &script{texts: []string{hello("a-1-0") + some("a-2-0") + some("a-3-0")}}
		var ids []record.ID
		err := client.New(client.Options{URL: "http://server", Transport: s}).Follow(ctx, client.TailQuery{}, func(e client.Event) error {
			for _, r := range e.Records {
				ids = append(ids, r.ID)
				time.Sleep(2 * time.Minute)
			}
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || len(ids) != 2 || s.asked[1] != "after=a-3-0 last=" {
			t.Errorf("got %v, %v, asked %q", ids, err, s.asked)
		}
	})
}

// A server that has too much to do is asked again, for a while.
func TestBusy(t *testing.T) {
	f := func(want time.Duration, ok bool, texts ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &script{texts: texts}
			_, err := client.New(client.Options{URL: "http://server", Transport: s}).Count(t.Context(), store.Query{})
			if took := time.Since(start); (err == nil) != ok || took != want {
				t.Errorf("%q: got %v after %v, want %v, success: %v", texts, err, took, want, ok)
			}
		})
	}
	f(0, true, `{"total":{}}`)
	f(4*time.Second, true, "503!", "503!", `{"total":{}}`)
	f(14*time.Second, false, slices.Repeat([]string{"503!"}, 20)...)
	f(2*time.Second, false, "503!", "")
}
