package sender

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// compose returns a mail as it goes over the wire, its lines ended by newlines.
func (p *smtpPlan) compose(d *digest) []byte {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\n", name, value) }
	var to []string
	for _, a := range p.to {
		to = append(to, folded(a.String()))
	}
	header("From", folded(p.from.String()))
	header("To", strings.Join(to, ",\n "))
	header("Subject", folded(mime.QEncoding.Encode("utf-8", d.title())))
	header("Date", time.Now().Format(time.RFC1123Z))
	header("Message-ID", "<"+rand.Text()+"@"+domainOf(p.from)+">")
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	header("Auto-Submitted", "auto-generated") // so that nobody's absence is told to a program
	b.WriteByte('\n')
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write(d.text()) // to memory
	_ = w.Close()
	return b.Bytes()
}

// folded breaks a header between its encoded words, since a line has 998 bytes at most.
func folded(value string) string { return strings.ReplaceAll(value, "?= =?", "?=\n =?") }

func domainOf(a *mail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}

// session is a conversation with a mail server.
type session struct {
	*smtpPlan
	conn   net.Conn
	client *smtp.Client
	// secret says that nobody on the way can read.
	secret bool
}

// send sends a mail to those of the recipients that the server takes, and returns why it did not take others. An error
// is permanent where the server has read the mail, and will never take it.
func (p *smtpPlan) send(ctx context.Context, dial dialer, text []byte) (missed []error, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := session{smtpPlan: p}
	defer func() {
		if s.conn != nil {
			_ = s.conn.Close() // the mail is sent, or is not
		}
		if err != nil && ctx.Err() != nil {
			err = ended(ctx)
		}
	}()
	if err := s.open(ctx, dial); err != nil {
		return nil, err
	}
	if missed, err = s.envelope(); err != nil {
		return missed, err
	}
	return missed, s.data(text)
}

// dialer connects.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// step gives the next step its time.
func (s *session) step() { _ = s.conn.SetDeadline(time.Now().Add(s.Timeout)) }

// open connects, agrees on keys, and says who sends.
func (s *session) open(ctx context.Context, dial dialer) (err error) {
	dialCtx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	if s.conn, err = dial(dialCtx, "tcp", s.Address); err != nil {
		return bare(err)
	}
	conn := s.conn
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	s.step()
	config := &tls.Config{}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.host
	}
	if s.Security == "tls" {
		s.conn, s.secret = tls.Client(s.conn, config), true
	}
	if s.client, err = smtp.NewClient(s.conn, s.host); err != nil {
		return err
	}
	s.step()
	name, err := os.Hostname()
	if err != nil || strings.ContainsAny(name, "\r\n ") || name == "" {
		name = "localhost"
	}
	if err := s.client.Hello(name); err != nil {
		return err
	}
	if err := s.startTLS(config); err != nil {
		return err
	}
	return s.login()
}

func (s *session) startTLS(config *tls.Config) error {
	offered, _ := s.client.Extension("STARTTLS")
	switch {
	case s.secret || s.Security == "none":
		return nil
	case offered:
		s.step()
		if err := s.client.StartTLS(config); err != nil {
			return err
		}
		s.secret = true
	case s.Security == "starttls" || s.User != "" && !isLoopback(s.host):
		return errors.New("the server does not offer STARTTLS, without which nothing is sent")
	}
	return nil
}

// login says who sends, by the safest way that the server offers.
func (s *session) login() error {
	if s.User == "" {
		return nil
	}
	_, ways := s.client.Extension("AUTH")
	offered := strings.Fields(ways)
	var auth smtp.Auth
	switch {
	case slices.Contains(offered, "CRAM-MD5") && !s.secret:
		auth = smtp.CRAMMD5Auth(s.User, s.Password)
	case slices.Contains(offered, "PLAIN"):
		auth = smtp.PlainAuth("", s.User, s.Password, s.host)
	case slices.Contains(offered, "LOGIN"):
		auth = &loginAuth{answers: []string{s.User, s.Password}}
	case slices.Contains(offered, "CRAM-MD5"):
		auth = smtp.CRAMMD5Auth(s.User, s.Password)
	default:
		return fmt.Errorf("the server takes no password in a way that is known here: it offers %q, want PLAIN, LOGIN or CRAM-MD5", printable(ways))
	}
	s.step()
	if err := s.client.Auth(auth); err != nil {
		return fmt.Errorf("log in as %s: %w", s.User, err)
	}
	return nil
}

// loginAuth is AUTH LOGIN, which no RFC has and many servers want: it asks for the name, then for the password.
type loginAuth struct{ answers []string }

func (a *loginAuth) Start(*smtp.ServerInfo) (proto string, toServer []byte, err error) {
	return "LOGIN", nil, nil
}

func (a *loginAuth) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if len(a.answers) == 0 {
		return nil, errors.New("the server asks for more than a name and a password")
	}
	answer := a.answers[0]
	a.answers = a.answers[1:]
	return []byte(answer), nil
}

// envelope names the sender and the recipients.
func (s *session) envelope() (missed []error, err error) {
	s.step()
	if err := s.client.Mail(s.from.Address); err != nil {
		return nil, fmt.Errorf("sender %s: %w", s.from.Address, err)
	}
	for _, to := range s.to {
		s.step()
		if err := s.client.Rcpt(to.Address); err != nil {
			missed = append(missed, fmt.Errorf("recipient %s: %w", to.Address, err))
			if _, ok := errors.AsType[*textproto.Error](err); !ok {
				return missed, err // the connection is gone
			}
		}
	}
	if len(missed) == len(s.to) {
		return nil, errors.Join(missed...)
	}
	return missed, nil
}

func (s *session) data(text []byte) error {
	s.step()
	w, err := s.client.Data()
	if err != nil {
		return err
	}
	s.step()
	if _, err := w.Write(text); err != nil {
		return err
	}
	s.step()
	if err := w.Close(); err != nil {
		if e, ok := errors.AsType[*textproto.Error](err); ok && e.Code >= 500 && e.Code != 552 { // which is a full mailbox too
			err = record.Permanent(err)
		}
		return err
	}
	s.step()
	_ = s.client.Quit() // the server has the mail
	return nil
}
