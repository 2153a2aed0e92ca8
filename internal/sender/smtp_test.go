package sender

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func newSMTP(t *testing.T, o SMTPOptions) *SMTP {
	t.Helper()
	if o.From == "" {
		o.From, o.To = "Shop <shop@example.org>", []string{"ops@example.org"}
	}
	s, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// received is a mail as the server of testdata/mails.py prints it.
type received struct {
	From    string
	To      []string
	Headers map[string]string
	Text    string
	TLS     bool
	User    bool
	Longest int
	Bare    int
}

// mailServer starts a server, with a certificate if security is not empty.
func mailServer(t *testing.T, security string) (address string, config *tls.Config, next func() received) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), testenv.Python(t), "-c", "import aiosmtpd").Run(); err != nil {
		testenv.Skip(t, "needs aiosmtpd (python3-aiosmtpd)")
	}
	dir := t.TempDir()
	args := []string{"", "", security}
	if security != "" {
		config = certificate(t, dir)
		args[0], args[1] = filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	}
	address, lines := startPython(t, "mails.py", args...)
	return address, config, func() received { return nextMail(t, lines) }
}

func nextMail(t *testing.T, lines *bufio.Scanner) (m received) {
	t.Helper()
	if !lines.Scan() {
		t.Fatalf("no mail came: %v", lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Longest > 998 || m.Bare > 0 {
		t.Errorf("a line of %d bytes, %d bare newlines", m.Longest, m.Bare)
	}
	return m
}

func noon() time.Time { return time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC) }

// A real server reads the mails: over TLS in both ways, by both ways to log in, and with any text.
func TestSMTPServer(t *testing.T) {
	hostile := "größer\r\n.\r\nRCPT TO:<x@y>\n\nBcc: forged@example.org\x1b[2J " + strings.Repeat("ü€", 400)
	for _, security := range []string{"", "starttls", "tls"} {
		t.Run("security "+security, func(t *testing.T) {
			address, config, next := mailServer(t, security)
			o := SMTPOptions{Address: address, From: `"Shop, Ä" <shop@example.org>`, To: []string{"ops@example.org", "Ann Lee <ann@example.org>"}, Interval: -1, Security: security, TLS: config}
			if security != "" {
				o.User, o.Password = "ann", "secret"
			}
			s := newSMTP(t, o)
			for _, message := range []string{"payment failed", hostile} {
				if err := s.Handle(t.Context(), []record.Record{{Time: noon(), Level: 8, Logger: "shop.pay", Message: message, Attrs: []slog.Attr{slog.Int("user_id", 42)}}}); err != nil {
					t.Fatal(err)
				}
				m := next()
				if m.From != "shop@example.org" || !slices.Equal(m.To, []string{"ops@example.org", "ann@example.org"}) || m.TLS != (security == "starttls") || m.User != (security != "") {
					t.Errorf("got %+v", m)
				}
				if got := m.Headers["From"]; got != `"Shop, Ä" <shop@example.org>` {
					t.Errorf("From: got %s", got)
				}
				if got := m.Headers["Bcc"]; got != "" {
					t.Errorf("a forged header: %q", got)
				}
				first, _, _ := strings.Cut(message, "\r")
				if got := m.Headers["Subject"]; !strings.HasPrefix(got, "ERROR shop.pay: "+first) || len([]rune(got)) > maxSubject+1 {
					t.Errorf("Subject: got %q", got)
				}
				if !strings.Contains(m.Text, "ERROR    shop.pay         "+first) || !strings.Contains(m.Text, "user_id=42") || strings.ContainsRune(m.Text, 0x1b) {
					t.Errorf("got text %q", m.Text)
				}
			}
			if got, want := s.Stats(), (SMTPStats{Handled: 2, Mailed: 2, Mails: 2}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// What goes wrong with a server is told, and is permanent only where the server has read the mail.
func TestSMTPRefused(t *testing.T) {
	address, config, next := mailServer(t, "starttls")
	var told []string
	o := SMTPOptions{Address: address, User: "ann", Password: "secret", TLS: config, Interval: -1, From: "shop@example.org", To: []string{"ops@example.org"},
		OnError: func(err error) { told = append(told, err.Error()) }}
	f := func(change func(o *SMTPOptions), message, want string, permanent bool) {
		t.Helper()
		o := o
		change(&o)
		err := newSMTP(t, o).Handle(t.Context(), []record.Record{{Message: message}})
		if err == nil || !strings.Contains(err.Error(), want) || record.IsPermanent(err) != permanent {
			t.Errorf("got %v (permanent: %v), want %s (%v)", err, record.IsPermanent(err), want, permanent)
		}
	}
	f(func(o *SMTPOptions) { o.Password = "guess" }, "m", "log in as ann: 535", false)
	f(func(o *SMTPOptions) { o.TLS = nil }, "m", "tls: failed to verify certificate", false)
	f(func(o *SMTPOptions) { o.To = []string{"nobody@example.org"} }, "m", `recipient nobody@example.org: 550 "no such mailbox"`, false)
	f(func(*SMTPOptions) {}, "poison", `554 "we do not like this"`, true)
	f(func(o *SMTPOptions) { o.Address = "127.0.0.1:1" }, "m", "connection refused", false)

	o.To = []string{"nobody@example.org", "ops@example.org"}
	if err := newSMTP(t, o).Handle(t.Context(), []record.Record{{Message: "m"}}); err != nil {
		t.Error(err)
	}
	if m := next(); !slices.Equal(m.To, []string{"ops@example.org"}) || len(told) != 1 || !strings.Contains(told[0], "recipient nobody@example.org: 550") {
		t.Errorf("got a mail to %q, told %q", m.To, told)
	}
}

func TestSMTPOptions(t *testing.T) {
	f := func(o SMTPOptions, want string) {
		t.Helper()
		if o.From == "" {
			o.From, o.To = "a@b.example", []string{"c@d.example"}
		}
		if _, err := NewSMTP(o); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", o, err, want)
		}
	}
	f(SMTPOptions{From: "a@b"}, "send mail by localhost:25: a sender (From) and recipients (To) are needed")
	f(SMTPOptions{From: "a@b\r\nBcc: x", To: []string{"c@d"}}, `send mail by localhost:25: got From "a@b\r\nBcc: x": mail: expected single address, got "\r\nBcc: x"`)
	f(SMTPOptions{Address: "mail.example", Security: "tls", From: "a@b", To: []string{"nobody"}}, `send mail by mail.example:465: got To "nobody": mail: missing '@' or angle-addr`)
	f(SMTPOptions{Address: "http://x"}, `send mail by "http://x": want host or host:port`)
	f(SMTPOptions{Security: "ssl"}, `send mail by localhost:25: got security "ssl", want auto, starttls, tls or none`)
	f(SMTPOptions{Password: "p"}, "send mail by localhost:25: got a password without a user")
	f(SMTPOptions{Address: "mail.example:25", Security: "none", User: "u"}, "send mail by mail.example:25: a password would be sent for everyone to read; use security starttls or tls")
	f(SMTPOptions{Subject: "%(mesage)"}, `send mail by localhost:25: subject: format "%(mesage)", column 1: %(mesage) has no conversion; write %(mesage)s`)

	s := newSMTP(t, SMTPOptions{Address: "127.0.0.1:1"})
	_ = s.Close()
	_ = s.Close()
	if err := s.Handle(t.Context(), []record.Record{{}}); !errors.Is(err, ErrClosed) || !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, want ErrClosed", err)
	}
}
