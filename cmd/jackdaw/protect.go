package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
)

// protectFlags say who may send.
type protectFlags struct {
	allow               networks
	cert, key, clientCA string
	tokens              string
}

func (s *protectFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&s.allow, "allow", "let the hosts of the network `CIDR` send, such as 10.0.0.0/8; may be\nrepeated. This machine's own programs always may")
	f.StringVar(&s.cert, "tls-cert", "", "speak TLS only, over TCP and HTTP, with the certificate and its chain in\n`FILE`, PEM; it is read anew when it changes")
	f.StringVar(&s.key, "tls-key", "", "key of the certificate in `FILE`, PEM")
	f.StringVar(&s.clientCA, "tls-client-ca", "", "let clients send that have a certificate of an authority in `FILE`, PEM")
	f.StringVar(&s.tokens, "token-file", "", "let requests over HTTP send that bring one of the tokens in `FILE`, one a\nline: Authorization: Bearer TOKEN, or TOKEN as the password of Basic")
	inGroup(cmd, "Protect", "allow", "tls-cert", "tls-key", "tls-client-ca", "token-file")
}

// fill takes what a configuration says where no flag was given. A certificate is one thing with its key and what clients
// need.
func (s *protectFlags) fill(c *config.Receivers, flags *pflag.FlagSet) {
	if len(c.Allow) > 0 && !flags.Changed("allow") {
		s.allow = c.Allow
	}
	if t := c.TLS; t != nil && !flags.Changed("tls-cert") && !flags.Changed("tls-key") && !flags.Changed("tls-client-ca") {
		s.cert, s.key, s.clientCA = t.Cert, t.Key, t.ClientCA
	}
	set(flags, "token-file", &s.tokens, c.TokenFile)
}

// apply sets what the flags say, with the files read.
func (s *protectFlags) apply(o *receiver.Options) (err error) {
	o.Allow = s.allow
	switch {
	case s.cert != "" && s.key == "":
		return usagef("--tls-cert needs the key, too: --tls-key FILE")
	case s.cert == "" && s.key != "":
		return usagef("--tls-key needs the certificate, too: --tls-cert FILE")
	case s.cert == "" && s.clientCA != "":
		return usagef("--tls-client-ca is for TLS; add --tls-cert FILE and --tls-key FILE")
	}
	if s.cert != "" {
		if o.TLS, err = receiver.LoadCertificates(s.cert, s.key, s.clientCA); err != nil {
			return err
		}
	}
	if s.tokens != "" {
		o.Tokens, err = receiver.LoadTokens(s.tokens)
	}
	return err
}

// protection says what to add for an address that strangers reach.
func protection(e *receiver.OpenError) string {
	text := "add --allow CIDR with the network that may send, such as --allow 10.0.0.0/8"
	if e.TLS {
		text += ",\nor --tls-cert and --tls-key, best with --tls-client-ca"
	}
	if e.Token {
		text += ", or --token-file"
	}
	return text
}
