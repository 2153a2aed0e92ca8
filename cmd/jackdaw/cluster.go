package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/stream"
)

// clusterFlags say where the stream is, if it is a cluster's.
type clusterFlags struct{ daemon.Cluster }

func (s *clusterFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.URL, "stream", "", "keep records in NATS JetStream at `URL`, as nats://a,b,c, until every handler\nhas them, and in the directory the store alone (the stream is in the directory)")
	f.StringVar(&s.Name, "stream-name", "", "call the stream `NAME` there; each server needs one of its own ("+stream.DefaultName+")")
	f.IntVar(&s.Replicas, "stream-replicas", 0, "let `N` servers there keep each record (3 where the URL names as many, else 1)")
	f.StringVar(&s.Access.Credentials, "stream-creds", "", "show the NATS credentials in `FILE` there")
	f.StringVar(&s.Access.CA, "stream-ca", "", "check the certificates there by the authorities in `FILE`, PEM (the system's)")
	f.StringVar(&s.Access.Cert, "stream-cert", "", "show the certificate in `FILE` there, PEM")
	f.StringVar(&s.Access.Key, "stream-key", "", "key of the certificate in `FILE`, PEM")
	f.Lookup("stream-replicas").DefValue = "" // it is in the text
	inGroup(cmd, "Endure", clusterFlagNames...)
}

var clusterFlagNames = []string{"stream", "stream-name", "stream-replicas", "stream-creds", "stream-ca", "stream-cert", "stream-key"}

// fill takes what a configuration says where no flag was given. Which cluster it is is one thing with its name there.
func (s *clusterFlags) fill(c *config.Stream, flags *pflag.FlagSet) {
	if c == nil || flags.Changed("stream") {
		return
	}
	s.URL = c.URL
	set(flags, "stream-name", &s.Name, c.Name)
	set(flags, "stream-replicas", &s.Replicas, c.Replicas)
	set(flags, "stream-creds", &s.Access.Credentials, c.Credentials)
	if t := c.TLS; t != nil {
		set(flags, "stream-ca", &s.Access.CA, t.CA)
		set(flags, "stream-cert", &s.Access.Cert, t.Cert)
		set(flags, "stream-key", &s.Access.Key, t.Key)
	}
}

// apply sets what the flags say.
func (s *clusterFlags) apply(o *daemon.Options, flags *pflag.FlagSet) error {
	if s.URL == "" {
		for _, name := range clusterFlagNames {
			if flags.Changed(name) {
				return usagef("--%s is for a cluster; name it with --stream URL, as nats://a,b,c", name)
			}
		}
		return nil
	}
	if flags.Changed("durability") {
		return usagef("--durability is for what is kept in a directory, and a cluster decides for itself; leave it or --stream out")
	}
	if flags.Changed("stream-replicas") && s.Replicas < 1 {
		return usagef("--stream-replicas %d: want 1 or more", s.Replicas)
	}
	switch a := &s.Access; {
	case a.Cert != "" && a.Key == "":
		return usagef("--stream-cert needs the key, too: --stream-key FILE")
	case a.Cert == "" && a.Key != "":
		return usagef("--stream-key needs the certificate, too: --stream-cert FILE")
	}
	o.Cluster = s.Cluster
	return nil
}
