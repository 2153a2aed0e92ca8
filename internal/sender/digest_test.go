package sender

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// postOffice is a mail server in this process.
type postOffice struct {
	mu     sync.Mutex
	away   bool
	silent bool // it accepts connections and says nothing
	held   []net.Conn
	times  []time.Time
	mails  []letter
	// taste says what is answered to a mail, "250 OK" if it is nil.
	taste func(l letter) string
}

// letter is a mail that came.
type letter struct{ subject, text string }

// dial is a dialer to the office.
func (o *postOffice) dial(context.Context, string, string) (net.Conn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away {
		return nil, errors.New("nobody there")
	}
	here, there := net.Pipe()
	if o.silent {
		o.held = append(o.held, there)
		return here, nil
	}
	go o.serve(there)
	return here, nil
}

func (o *postOffice) serve(c net.Conn) {
	defer c.Close()
	text := textproto.NewConn(c)
	say := func(line string) { _ = text.PrintfLine("%s", line) }
	say("220 office")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "DATA":
			say("354 go on")
			body, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			say(o.deliver(body))
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 OK")
		}
	}
}

func (o *postOffice) deliver(body []byte) string {
	m, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(string(body))))
	if err != nil {
		return "554 " + err.Error()
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return "554 " + err.Error()
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		return "554 " + err.Error()
	}
	l := letter{subject, string(text)}
	if o.taste != nil {
		if answer := o.taste(l); answer != "250 OK" {
			return answer
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.times, o.mails = append(o.times, time.Now()), append(o.mails, l)
	return "250 OK"
}

func (o *postOffice) leave(away bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.away = away
}

// came returns the mails that came, and how many seconds after start.
func (o *postOffice) came(start time.Time) (seconds []int, mails []letter) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, at := range o.times {
		seconds = append(seconds, int(at.Sub(start)/time.Second))
	}
	return seconds, slices.Clone(o.mails)
}

// toOffice returns an SMTP whose server the office is.
func toOffice(t *testing.T, office *postOffice, o SMTPOptions) *SMTP {
	o.From, o.To = "shop@example.org", []string{"ops@example.org"}
	if o.Format == nil {
		form, err := format.Percent("%(levelname)s %(message)s")
		if err != nil {
			t.Fatal(err)
		}
		o.Format = form
	}
	s, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	s.dial = office.dial
	return s
}

func TestSMTPContract(t *testing.T) {
	for _, interval := range []time.Duration{-1, time.Hour} {
		t.Run(interval.String(), func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				office := new(postOffice)
				form, err := format.Percent(">%(message)s")
				if err != nil {
					t.Fatal(err)
				}
				s := toOffice(t, office, SMTPOptions{Interval: interval, Format: form, MailRecords: 1000})
				t.Cleanup(func() { _ = s.Close() })
				return handlertest.Subject{Handler: s, Messages: func() (messages []string) {
					if err := s.Flush(t.Context()); err != nil {
						t.Error(err)
					}
					_, mails := office.came(time.Now())
					for _, m := range mails {
						for line := range strings.Lines(m.text) {
							if message, ok := strings.CutPrefix(line, ">"); ok {
								messages = append(messages, strings.TrimRight(message, "\r\n"))
							}
						}
					}
					return messages
				}}
			})
		})
	}
}

func at(level slog.Level, message string) []record.Record {
	return []record.Record{{Level: level, Logger: "shop." + message, Message: message}}
}

// The first record is mailed at once, what follows within the interval together when it is over.
func TestSMTPInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := new(postOffice)
		s := toOffice(t, office, SMTPOptions{})
		start := time.Now()
		handleMail := func(batch []record.Record) {
			t.Helper()
			if err := s.Handle(t.Context(), batch); err != nil {
				t.Error(err)
			}
		}
		handleMail(at(8, "first"))
		time.Sleep(10 * time.Second)
		handleMail(at(4, "second"))
		time.Sleep(10 * time.Second)
		handleMail(at(12, "third"))
		handleMail(at(8, "fourth"))
		if got, want := s.Stats(), (SMTPStats{Handled: 4, Mailed: 1, Waiting: 3, Mails: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		time.Sleep(3 * time.Minute)
		handleMail(at(8, "fifth"))
		handleMail(at(8, "sixth"))
		if err := s.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		handleMail(at(0, "seventh"))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		seconds, mails := office.came(start)
		want := []letter{
			{"ERROR shop.first: first", "ERROR first\n"},
			{"CRITICAL shop.third: third (and 2 more)", "3 records: 1 CRITICAL, 1 ERROR, 1 WARNING.\n\nWARNING second\nCRITICAL third\nERROR fourth\n"},
			{"ERROR shop.fifth: fifth", "ERROR fifth\n"}, {"ERROR shop.sixth: sixth", "ERROR sixth\n"}, {"INFO shop.seventh: seventh", "INFO seventh\n"},
		}
		if !slices.Equal(mails, want) || !slices.Equal(seconds, []int{0, 60, 200, 200, 200}) {
			t.Errorf("at %v got %q\nwant %q", seconds, mails, want)
		}
		if got, want := s.Stats(), (SMTPStats{Handled: 7, Mailed: 7, Mails: 5}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// A flood is two mails, and what does not go into the second is counted there.
func TestSMTPFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := new(postOffice)
		s := toOffice(t, office, SMTPOptions{MailRecords: 3})
		for i := range 5000 {
			if err := s.Handle(t.Context(), []record.Record{{Time: noon().Add(time.Duration(i) * time.Second), Level: 8, Logger: fmt.Sprintf("shop.%d", i%20*i%40), Message: fmt.Sprint("m", i)}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		_, mails := office.came(time.Now())
		if len(mails) != 2 || mails[1].subject != "ERROR shop.1: m1 (and 4,998 more)" {
			t.Fatalf("got %d mails: %q", len(mails), mails)
		}
		when := func(second int) string {
			return noon().Add(time.Duration(second) * time.Second).Local().Format(time.DateTime)
		}
		for _, want := range []string{"4,999 records, " + when(1) + " to " + when(4999), ": 4,999 ERROR.", "ERROR m1\nERROR m2\nERROR m3\n\n4,996 more are not shown here. All 4,999 are of\n", "other loggers\n"} {
			if !strings.Contains(mails[1].text, want) {
				t.Errorf("got %s\nwant %s in it", mails[1].text, want)
			}
		}
		if got := strings.Count(mails[1].text, "\n"); got > 20 {
			t.Errorf("got %d lines", got)
		}
	})
}

// While the server is away nothing is taken but what was already; that goes out when it is back, and Close tells of what
// does not.
func TestSMTPAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := new(postOffice)
		var told []string
		s := toOffice(t, office, SMTPOptions{OnError: func(err error) { told = append(told, err.Error()) }})
		handleMail := func(message string, ok bool) {
			t.Helper()
			if err := s.Handle(t.Context(), at(8, message)); (err == nil) != ok || record.IsPermanent(err) {
				t.Errorf("%s: got %v, want taken: %v", message, err, ok)
			}
		}
		handleMail("a", true)
		handleMail("b", true)
		office.leave(true)
		time.Sleep(5 * time.Minute)
		handleMail("c", false)
		office.leave(false)
		time.Sleep(5 * time.Minute)
		_, mails := office.came(time.Now())
		if len(mails) != 2 || mails[1].text != "ERROR b\n" {
			t.Errorf("got %q", mails)
		}
		if len(told) != 1 || told[0] != "send mail by localhost:25: nobody there" {
			t.Errorf("told %q", told)
		}
		office.leave(true)
		handleMail("d", false) // a minute is over
		office.leave(false)
		handleMail("d", true)
		handleMail("e", true)
		office.leave(true)
		if err := s.Close(); err == nil || err.Error() != "1 records were not mailed: send mail by localhost:25: nobody there" {
			t.Errorf("Close: got %v", err)
		}
		if got := s.Stats(); got.Handled != 4 || got.Mailed != 3 || got.Dropped != 1 || got.Waiting != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// With Wait, Handle returns when the mail is out, as late as that is.
func TestSMTPWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := new(postOffice)
		s := toOffice(t, office, SMTPOptions{Wait: true, Interval: time.Hour})
		start := time.Now()
		for range 3 {
			if err := s.Handle(t.Context(), at(8, "m")); err != nil {
				t.Error(err)
			}
		}
		if seconds, _ := office.came(start); !slices.Equal(seconds, []int{0, 3600, 7200}) {
			t.Errorf("mails at %v", seconds)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Handle(ctx, at(8, "m")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		_ = s.Close()
	})
}

// A text that the server refuses when it was taken already is left out, and the mail says so.
func TestSMTPRefusedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := &postOffice{taste: func(l letter) string {
			if strings.Contains(l.text, "R poison") {
				return "554 no poison"
			}
			return "250 OK"
		}}
		s := toOffice(t, office, SMTPOptions{})
		for _, message := range []string{"a", "b", "poison", "c"} {
			if err := s.Handle(t.Context(), []record.Record{{Level: 8, Logger: "shop", Message: message}}); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(5 * time.Minute)
		_, mails := office.came(time.Now())
		if len(mails) != 2 || !strings.Contains(mails[1].text, "3 more are not shown here, because the server refused their text:") || !strings.Contains(mails[1].text, "3  shop\n") {
			t.Errorf("got %q", mails)
		}
		if err := s.Handle(t.Context(), []record.Record{{Level: 8, Message: "poison"}}); !record.IsPermanent(err) {
			t.Errorf("got %v, want a permanent error", err)
		}
		_ = s.Close()
	})
}

// Close ends with its context, whatever a server does, and so does a Handle that is under way.
func TestSMTPCloseHung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := new(postOffice)
		s := toOffice(t, office, SMTPOptions{Timeout: time.Hour})
		for range 3 {
			if err := s.Handle(t.Context(), at(8, "m")); err != nil {
				t.Fatal(err)
			}
		}
		office.mu.Lock()
		office.silent = true
		office.mu.Unlock()
		time.Sleep(2 * time.Minute) // the next mail is under way
		handled := make(chan error, 1)
		go func() { handled <- s.Handle(t.Context(), at(8, "late")) }()
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.CloseContext(ctx); err == nil || !strings.HasPrefix(err.Error(), "2 records were not mailed: ") {
			t.Errorf("got %v, want that 2 records were not mailed", err)
		}
		if got := time.Since(start); got != 5*time.Second {
			t.Errorf("Close took %v, want 5s", got)
		}
		if err := <-handled; !errors.Is(err, ErrClosed) {
			t.Errorf("Handle: got %v, want ErrClosed", err)
		}
		for _, c := range office.held {
			_ = c.Close()
		}
		if got, want := s.Stats(), (SMTPStats{Handled: 3, Mailed: 1, Dropped: 2, Mails: 1, Failed: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
