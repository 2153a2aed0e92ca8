package sender

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// SMTPOptions say where an [SMTP] sends to, and how often. From and To are needed.
type SMTPOptions struct {
	// Address is host:port of the mail server, or a host alone, whose port is then 25, and 465 with Security tls.
	// Defaults to localhost:25 if empty.
	Address string
	// From is the sender and To are the recipients, as addresses or with names: "Shop <shop@example.org>".
	From string
	To   []string
	// Subject is a format string of Python's logging, for the most severe record of a mail, the first of these.
	// Defaults to "%(levelname)s %(name)s: %(message)s" if empty.
	Subject string
	// Format is the form of the records. Defaults to the one for people, if nil.
	Format format.Format

	// User and Password are the credentials. They are never sent without TLS, but to this machine.
	User, Password string
	// Security is starttls (required), tls (from the first byte), none, or auto: STARTTLS where the server offers it,
	// and required with credentials. Defaults to tls for port 465 if empty, else to auto.
	Security string
	// TLS says how TLS is spoken. Nil is the system's way.
	TLS *tls.Config

	// Interval is the least time between two mails: what comes meanwhile is in the next one. Defaults to a minute if
	// zero; negative for a mail for each batch.
	Interval time.Duration
	// Wait has Handle wait until a mail may be sent, for who calls it with records that are kept until they are
	// handled. By default it takes the records at once, and they wait in memory.
	Wait bool
	// MailRecords and MailBytes bound what of the records is in one mail; further ones are counted there. They default
	// to 100 and 256 KiB if zero.
	MailRecords, MailBytes int
	// Timeout bounds each step of a session. Defaults to 10 s if zero.
	Timeout time.Duration
	// OnError is told of recipients that the server did not take, and of mails that could not be sent behind the back
	// of Handle. It must not block. Nil means nobody is told; see [SMTP.Stats].
	OnError func(error)
}

// smtpPlan is what options come to.
type smtpPlan struct {
	SMTPOptions
	host    string
	from    *mail.Address
	to      []*mail.Address
	subject format.Format
}

// plan returns the options complete, or what is wrong with them.
func (o SMTPOptions) plan() (p smtpPlan, err error) {
	if o.Address == "" {
		o.Address = "localhost"
	}
	host, port, err := net.SplitHostPort(o.Address)
	if err != nil {
		host, port = o.Address, "25"
		if o.Security == "tls" {
			port = "465"
		}
		o.Address = net.JoinHostPort(host, port)
	}
	if host == "" || port == "" || strings.ContainsAny(host+port, " /@") {
		return p, fmt.Errorf("send mail by %q: want host or host:port", o.Address)
	}
	fail := func(text string, args ...any) (smtpPlan, error) {
		return p, fmt.Errorf("send mail by %s: %w", o.Address, fmt.Errorf(text, args...))
	}
	if o.Security == "" {
		o.Security = "auto"
		if port == "465" {
			o.Security = "tls"
		}
	}
	if words := []string{"auto", "starttls", "tls", "none"}; !slices.Contains(words, o.Security) {
		return fail("got security %q, want %s", o.Security, spell.Or(words...))
	}
	if o.Password != "" && o.User == "" {
		return fail("got a password without a user")
	}
	if o.User != "" && o.Security == "none" && !isLoopback(host) {
		return fail("a password would be sent for everyone to read; use security starttls or tls")
	}
	if o.MailRecords < 0 || o.MailBytes < 0 || o.Timeout < 0 {
		return fail("got MailRecords %d, MailBytes %d, Timeout %v, want none below 0", o.MailRecords, o.MailBytes, o.Timeout)
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&o.Interval, time.Minute}, {&o.Timeout, 10 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	if o.MailRecords == 0 {
		o.MailRecords = 100
	}
	if o.MailBytes == 0 {
		o.MailBytes = 256 << 10
	}
	p = smtpPlan{SMTPOptions: o, host: host}
	if err := p.people(); err != nil {
		return fail("%w", err)
	}
	if err := p.texts(); err != nil {
		return fail("%w", err)
	}
	return p, nil
}

// people reads the addresses.
func (p *smtpPlan) people() (err error) {
	if p.From == "" || len(p.To) == 0 {
		return errors.New("a sender (From) and recipients (To) are needed")
	}
	if p.from, err = mail.ParseAddress(p.From); err != nil {
		return fmt.Errorf("got From %q: %w", p.From, err)
	}
	for _, text := range p.To {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return fmt.Errorf("got To %q: %w", text, err)
		}
		p.to = append(p.to, to)
	}
	return nil
}

// texts makes the formats.
func (p *smtpPlan) texts() (err error) {
	subject := p.Subject
	if subject == "" {
		subject = "%(levelname)s %(name)s: %(message)s"
	}
	p.subject, err = format.New(format.Options{Format: subject, Breaks: format.OneLine, Unchecked: true})
	if err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	return nil
}
