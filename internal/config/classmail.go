package config

import (
	"errors"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
)

// smtpParams are a mail handler as the file has it.
type smtpParams struct {
	SMTP
	login    pair
	starttls bool
	interval *time.Duration
}

func smtpClass() class {
	t := table[smtpParams]{
		key("mailhost", hostAndPort("host, host:port or [host, port]"), "The mail server: `host`, `host:port` or `[host, port]`.",
			func(p *smtpParams) *string { return &p.Address }).need(),
		key("fromaddr", mailAddress(), "The sender.", func(p *smtpParams) *string { return &p.From }).need(),
		key("toaddrs", list(mailAddress(), "addresses"), "The recipients: a list, or one alone.", func(p *smtpParams) *[]string { return &p.To }).need(),
		key("subject", subject(), "The subject: a format string of Python's in the % style, for the most severe record of a mail.",
			func(p *smtpParams) *string { return &p.Subject }).or("`%(levelname)s %(name)s: %(message)s`"),
		key("credentials", credentials(), "User and password; they go over TLS alone.", func(p *smtpParams) *pair { return &p.login }),
		key("secure", pythonSecure(), "As in Python, an empty list for STARTTLS; `security` says more.", func(p *smtpParams) *bool { return &p.starttls }),
		key("security", word("starttls", "tls", "none", "auto"), "STARTTLS required; TLS from the first byte; none; or STARTTLS where it is offered, and required with credentials.",
			func(p *smtpParams) *string { return &p.Security }).or("auto, tls for port 465"),
		key("timeout", duration(), "How long each step of a session may take.", func(p *smtpParams) *time.Duration { return &p.Timeout }).or("10s"),
		key("interval", pointer(duration()), "The least time between two mails; what comes meanwhile is in the next one. 0 is a mail for each batch.",
			func(p *smtpParams) **time.Duration { return &p.interval }).or("1m"),
		key("wait", flag(), "Records wait in the queue or stream, not in memory, until a mail may be sent.", func(p *smtpParams) *bool { return &p.Wait }).or("false"),
		key("mail_records", count(1), "How many records are in one mail; further ones are counted there.", func(p *smtpParams) *int { return &p.MailRecords }).or("100"),
		key("mail_bytes", bytes(), "How much of the records is in one mail.", func(p *smtpParams) *int { return &p.MailBytes }).or("256KiB"),
		key("tls", clientTLS(), "How TLS is spoken.", func(p *smtpParams) **ClientTLS { return &p.TLS }),
	}
	return classOf(SMTPClass, "logging.handlers.SMTPHandler", "Records are mailed: the first at once, then at most a mail a minute. Give it a level.", t, finishSMTP)
}

func finishSMTP(c *checker, _ *site, g given, p *smtpParams) any {
	p.User, p.Password = p.login.user, p.login.password
	if p.Security == "" && p.starttls {
		p.Security = "starttls"
	}
	if p.interval != nil {
		if p.Interval = *p.interval; p.Interval == 0 {
			p.Interval = -1
		}
	}
	host, _, err := net.SplitHostPort(p.Address)
	if err != nil {
		host = p.Address
	}
	if m, ok := g["mailhost"]; ok && p.Address != "" && (host == "" || strings.ContainsAny(p.Address, " /@") || err != nil && strings.ContainsAny(host, "[]:")) {
		c.fail(m.Value.Place, "", "mailhost: got %s, want host, host:port or [host, port]", quote(p.Address))
	}
	if m, ok := g["toaddrs"]; ok && p.To != nil && len(p.To) == 0 {
		c.fail(m.Value.Place, "", "toaddrs: got no address, want one or more")
	}
	if m, ok := g["security"]; ok && p.User != "" && p.Security == "none" && !isLoopback(host) {
		c.fail(m.Value.Place, "", "security: got none with credentials, which everyone could read on the way; want starttls or tls")
	}
	return &p.SMTP
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// mailAddress is an address of mail, with a name or without.
func mailAddress() kind[string] {
	return kind[string]{"address", nil, object{"type": "string"}, func(c *checker, key string, n *Node) (string, bool) {
		if _, err := mail.ParseAddress(n.Text); n.Kind != TextKind || err != nil {
			c.want(key, n, "an address such as ops@example.com")
			return "", false
		}
		return n.Text, true
	}}
}

// subject is a format string of Python's in the % style.
func subject() kind[string] {
	return kind[string]{"text", nil, object{"type": "string"}, func(c *checker, key string, n *Node) (string, bool) {
		s, ok := text().read(c, key, n)
		if !ok {
			return "", false
		}
		_, err := format.New(format.Options{Format: s, Breaks: format.OneLine, Unchecked: true})
		if e, wrong := errors.AsType[*format.FormatError](err); wrong {
			at, where := inside(n, e.Column)
			c.fail(at, "", "%s: %s%s", key, where, e.Problem)
		}
		return s, err == nil
	}}
}

// pythonSecure is the parameter secure of Python's SMTPHandler.
func pythonSecure() kind[bool] {
	return kind[bool]{"[]", nil, object{"type": "array", "maxItems": 0}, func(c *checker, key string, n *Node) (bool, bool) {
		if n.Kind != ListKind || len(n.Items) > 0 {
			c.want(key, n, "[]; a certificate of the client goes to tls: {cert: …, key: …}")
			return false, false
		}
		return true, true
	}}
}
