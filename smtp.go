package jackdaw

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// SMTPOptions say where an [SMTP] sends to, and how often. From and To are needed.
type SMTPOptions struct {
	// Address is host:port of the mail server, or a host alone. Defaults to localhost:25 if empty.
	Address string
	// From is the sender and To are the recipients: addresses, with names or without.
	From string
	To   []string
	// Subject is a format string of Python's logging, in the % style, for the most severe record of a mail.
	// Defaults to "%(levelname)s %(name)s: %(message)s" if empty.
	Subject string
	// Format is the form of the records. Defaults to [Pretty] if nil.
	Format Format

	// User and Password are the credentials. They never go over a network without TLS.
	User, Password string
	// Security is starttls (required), tls (from the first byte), none, or auto: STARTTLS where the server offers
	// it, and required with credentials. Defaults to tls for port 465 if empty, else to auto.
	Security string
	// TLS says how TLS is spoken. Nil is the system's way.
	TLS *tls.Config

	// Interval is the least time between two mails; what comes meanwhile is in the next one. Defaults to a minute
	// if zero; negative for a mail for each batch.
	Interval time.Duration
	// Wait has Handle wait until a mail may be sent, and not take records that then wait in memory.
	Wait bool
	// MailRecords and MailBytes bound what of the records is in one mail; further ones are counted there. They
	// default to 100 and 256 KiB if zero.
	MailRecords, MailBytes int
	// Timeout bounds each step of a session with the server. Defaults to 10 s if zero.
	Timeout time.Duration
	// OnError is told of recipients that the server does not take, and of mails that could not be sent behind the
	// back of Handle. It must not block.
	OnError func(error)
}

// SMTP is a handler that mails records. The first one is mailed at once; what comes within the Interval after a mail
// is in the next one, with the counts of what does not go into it, so that a flood of errors is a mail a minute. Give
// it a level: [HandlerOptions] has one.
//
// While the server is away nothing is taken: the records wait in the queue of their [Hierarchy]. What waits for the
// next mail is in memory; Flush and Close mail it at once.
type SMTP struct{ smtp *sender.SMTP }

// NewSMTP returns an SMTP. It checks the options and does not connect yet.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	s, err := sender.NewSMTP(sender.SMTPOptions{
		Address: o.Address, From: o.From, To: o.To, Subject: o.Subject, Format: format.Format(o.Format), User: o.User, Password: o.Password,
		Security: o.Security, TLS: o.TLS, Interval: o.Interval, Wait: o.Wait, MailRecords: o.MailRecords, MailBytes: o.MailBytes, Timeout: o.Timeout,
		OnError: o.OnError,
	})
	if err != nil {
		return nil, err
	}
	return &SMTP{s}, nil
}

// Handle mails the batch, or takes it for the next mail where it is too early for one.
func (s *SMTP) Handle(ctx context.Context, batch []record.Record) error {
	return s.smtp.Handle(ctx, batch)
}

// Flush mails what waits, whether it is time or not.
func (s *SMTP) Flush(ctx context.Context) error { return s.smtp.Flush(ctx) }

// Close mails what waits, within a bounded time. What cannot be mailed is dropped, counted and in the error.
func (s *SMTP) Close() error { return s.smtp.Close() }

// SMTPStats are the counts of an [SMTP]: at any moment Handled = Mailed + Waiting + Dropped.
type SMTPStats struct {
	// Handled is how many records were taken, Mailed how many of them are in a mail that the server took, by
	// their text or as a number, Waiting how many wait for the next one, Dropped how many Close could not mail.
	Handled, Mailed, Waiting, Dropped uint64
	// Mails is how many mails the server took, Failed how many attempts there were that it did not.
	Mails, Failed uint64
}

// Stats returns the counts. It never waits.
func (s *SMTP) Stats() SMTPStats {
	st := s.smtp.Stats()
	return SMTPStats{Handled: st.Handled, Mailed: st.Mailed, Waiting: st.Waiting, Dropped: st.Dropped, Mails: st.Mails, Failed: st.Failed}
}
