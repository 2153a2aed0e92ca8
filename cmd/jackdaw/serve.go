package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// drainTime bounds how long what was received is handed to the handlers after the stop, slowTime is
// when a word about it is due.
const (
	drainTime = 10 * time.Second
	slowTime  = time.Second
)

// configFlags say where a configuration is.
type configFlags struct {
	path  string
	named map[string]bool // the networks whose address is the configuration's
	runs  *config.Config  // the one that is to be replaced, nil if none
	files *assembly.Files // that its handlers have open
}

// serveFlags are the flags of serve.
type serveFlags struct {
	showFlags
	open   bool
	config configFlags

	tcp, udp, http, unix, unixgram address
	jsonl, otlp, otlpGRPC, web     address
	syslog                         syslogAddresses
	webHosts                       []string
	protect                        protectFlags
	logname                        string
	files                          fileFlags
	cluster                        clusterFlags
	data                           dataFlags
	store                          storeFlags
	levels                         levels
}

func (p *program) serveCommand() *cobra.Command {
	flags := new(serveFlags)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Receive records, show them and keep them",
		Long: "Receive log records until Ctrl-C, and show them. Where it listens, and what a Python program\n" +
			"needs to log to it, is said on the standard error.",
		Example: `jackdaw serve                                 listen, and show what arrives
jackdaw serve --file app.jsonl --file-rotate midnight --level shop=INFO
jackdaw serve --console json | grep -i timeout`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), cmd.Flags(), flags) },
	}
	flags.add(cmd, p)
	return cmd
}

func (s *serveFlags) add(cmd *cobra.Command, p *program) {
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&s.config.path, "config", "", "read the configuration in `FILE`, YAML or JSON; what a flag says counts more\nthan what the file says of the same thing. SIGHUP and \"jackdaw reload\" read\nit again")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml", "json") // the error is of a flag that does not exist
	inGroup(cmd, "Configure", "config")
	s.tcp = address{network: "tcp", value: p.tcp}
	s.udp = address{network: "udp", value: p.udp}
	s.http = address{network: "http", value: p.http}
	s.unix = address{network: "unix", value: off}
	s.unixgram = address{network: "unixgram", value: off}
	s.jsonl = address{network: "jsonl", value: off}
	s.otlp = address{network: "otlp", value: p.otlp}
	s.otlpGRPC = address{network: "otlp-grpc", value: p.otlpGRPC}
	s.web = address{network: "web", value: p.web}
	f := cmd.Flags()
	f.Var(&s.tcp, "tcp", "`ADDR` for Python's SocketHandler, or off ("+p.tcp+")")
	f.Var(&s.udp, "udp", "`ADDR` for Python's DatagramHandler, or off ("+p.udp+")")
	f.Var(&s.http, "http", "`ADDR` for Python's HTTPHandler, or off ("+p.http+")")
	f.Var(&s.unix, "unix", "`PATH` of a unix socket for SocketHandler, or off (off)")
	f.Var(&s.unixgram, "unixgram", "`PATH` of a unix socket for DatagramHandler, or off (off)")
	f.Var(&s.syslog, "syslog", "`ADDR` for syslog over UDP and TCP, or a path for its datagrams, or off;\nbefore it may stand udp:, tcp:, unix: or unixgram:; may be repeated (off)")
	f.Var(&s.jsonl, "jsonl", "`ADDR` for JSON lines over TCP, or off (off)")
	f.Var(&s.otlp, "otlp", "`ADDR` for OpenTelemetry's logs over HTTP, or off ("+p.otlp+")")
	f.Var(&s.otlpGRPC, "otlp-grpc", "`ADDR` for OpenTelemetry's logs over gRPC, or off ("+p.otlpGRPC+")")
	f.Var(&s.web, "web", "`ADDR` for JSON lines by POST /ingest, and for the page, /api, /metrics,\n/healthz and /readyz, or off ("+p.web+")")
	f.StringArrayVar(&s.webHosts, "web-host", nil, "let requests to --web call it by `NAME`, beside localhost and addresses; may\nbe repeated. With TLS or a token any name will do")
	inGroup(cmd, "Receive", "tcp", "udp", "http", "unix", "unixgram", "syslog", "jsonl", "otlp", "otlp-grpc", "web", "web-host")
	s.protect.add(cmd)
	f.Var(&s.levels, "level", "handle records from `[LOGGER=]LEVEL` on only; may be repeated\n(by default every record is handled)")
	f.StringVar(&s.logname, "logname", "", "handle every record as the logger `NAME`'s")
	inGroup(cmd, "Choose", "level", "logname")
	s.showFlags.add(cmd)
	f.BoolVar(&s.open, "open", false, "open the page in a browser")
	inGroup(cmd, "Show", "open")
	s.files.add(cmd)
	s.data.add(cmd, p)
	s.cluster.add(cmd)
	s.store.add(cmd)
}

// options returns the daemon that the flags describe, with the handlers of the configuration, if there is one.
func (s *serveFlags) options(p *program, flags *pflag.FlagSet, c *config.Config, notify func(string)) (daemon.Options, error) {
	o := daemon.Options{LogName: s.logname, Version: version(), WebHosts: s.webHosts}
	for _, a := range []*address{&s.tcp, &s.udp, &s.http, &s.unix, &s.unixgram, &s.jsonl, &s.otlp, &s.otlpGRPC, &s.web} {
		if a.value != off {
			o.Listen = append(o.Listen, daemon.Address{Network: a.network, Address: a.value, Optional: !flags.Changed(a.network) && !s.config.named[a.network]})
		}
	}
	o.Listen = append(o.Listen, s.syslog...)
	if len(o.Listen) == 0 {
		return o, usagef("there is nothing to listen on; leave --tcp off out, or name a unix socket with --unix")
	}
	if err := s.protect.apply(&o.Receive); err != nil {
		return o, err
	}
	if err := s.handlers(&o, p, flags, c, notify); err != nil {
		return o, err
	}
	if err := s.cluster.apply(&o, flags); err != nil {
		return o, err
	}
	if err := s.data.apply(&o, flags); err != nil {
		return o, err
	}
	if err := s.store.apply(&o, flags); err != nil {
		return o, err
	}
	return o, nil
}

// handlers adds the handlers and levels of the configuration, if there is one, and those that the flags describe: these
// handlers hang on the root. Where the configuration has handlers, there is a console only if a flag asks for it.
func (s *serveFlags) handlers(o *daemon.Options, p *program, flags *pflag.FlagSet, c *config.Config, notify func(string)) error {
	named := false
	if c != nil {
		o.Handlers, o.Loggers = handlersOf(c, s.env(p, notify))
		named = len(c.Handlers) > 0
	}
	form, err := s.formatOf(flags, p.stdout, p.getenv)
	if err != nil {
		return err
	}
	files, err := s.files.handlers(flags)
	if err != nil {
		return err
	}
	if form != nil && (!named || flags.Changed("console") || flags.Changed("format")) {
		shown := consoleOn(p.stdout, form)
		shown.Name = consoleName(c)
		files = append([]daemon.Handler{shown}, files...)
	}
	o.Handlers = append(o.Handlers, files...)
	root := loggerOf(o, record.RootLogger)
	root.Handlers = append(root.Handlers, hung(files)...)
	for _, l := range s.levels {
		loggerOf(o, l.logger).Level = &l.level
	}
	return nil
}

// consoleOn returns the handler that shows records on w.
func consoleOn(w io.Writer, form format.Format) daemon.Handler {
	return daemon.Handler{Name: "console", Shown: true, Open: func() (record.Handler, error) { return handler.NewConsole(w, form), nil }}
}

// consoleName is what the console of the flags is called beside the handlers of a configuration, if there is one.
func consoleName(c *config.Config) string {
	if c != nil && c.Handler("console") != nil {
		return "standard output"
	}
	return "console"
}

// hung returns handlers as they hang on a logger.
func hung(handlers []daemon.Handler) (all []hierarchy.Attached[string]) {
	for _, h := range handlers {
		all = append(all, hierarchy.Attached[string]{Handler: h.Name})
	}
	return all
}

// loggerOf returns what there is to be said of a logger, to be added to.
func loggerOf(o *daemon.Options, name string) *hierarchy.Logger[string] {
	name = cmp.Or(name, record.RootLogger)
	i := slices.IndexFunc(o.Loggers, func(l hierarchy.Logger[string]) bool { return l.Name == name })
	if i < 0 {
		i = len(o.Loggers)
		o.Loggers = append(o.Loggers, hierarchy.Logger[string]{Name: name})
	}
	return &o.Loggers[i]
}

// serve runs a daemon until ctx ends or nobody sees what it shows.
func (p *program) serve(ctx context.Context, flags *pflag.FlagSet, s *serveFlags) error {
	t := newTeller(p.stderr)
	defer t.close()
	r := &reloader{program: p, flags: flags, serve: s, notify: t.tell, turn: make(chan struct{}, 1)}
	c, o, err := r.read()
	if err != nil {
		return err
	}
	if c != nil {
		for _, n := range c.Notes {
			t.tell(n.String())
		}
	}
	r.turn <- struct{}{} // who asks for a reload before all runs waits
	d, err := daemon.Start(ctx, o)
	if err != nil {
		return startError(err)
	}
	r.daemon, r.now = d, c
	<-r.turn
	began := time.Now()
	greet(t, d)
	if s.open {
		if err := openBrowser(runtime.GOOS, pageAddress(d)); err != nil {
			t.tell(err.Error())
		}
	}
	if len(o.Handlers) == 0 && d.Store() == nil {
		t.tell("records are counted and not shown: the console is off; keep them with --file PATH, or with a store")
	}
	for {
		select {
		case <-p.hangup:
			_, _ = r.reload(ctx) // which tells what came of it
			continue
		case <-d.Unread():
			// As of any program whose reader left: no error, and no word.
			return stop(d, nil)
		case <-ctx.Done():
		}
		break
	}
	err = stop(d, t)
	summarize(t, d.Stats(), time.Since(began))
	return err
}

// stop closes the daemon, and says so where that takes time and t is not nil.
func stop(d *daemon.Daemon, t *teller) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if t != nil {
		defer t.soon(slowTime, fmt.Sprintf("stopping; at most %v more for the records that wait. Ctrl-C ends it at once", drainTime-slowTime))()
	}
	return d.Close(ctx)
}

// startError adds what to do where an address or the data directory could not be had.
func startError(err error) error {
	if locked, ok := errors.AsType[*stream.LockedError](err); ok {
		if locked.Dir == "" {
			return fmt.Errorf("%w, with --stream-name NAME", locked)
		}
		return fmt.Errorf("%w, with --data DIR; --data off keeps records in memory", locked)
	}
	if locked, ok := errors.AsType[*sqlite.LockedError](err); ok {
		return fmt.Errorf("%w, with --store DIR; --store off keeps none", locked)
	}
	if newer, ok := errors.AsType[*sqlite.NewerError](err); ok {
		return fmt.Errorf("%w\ntake that version again, or name another directory with --store DIR", newer)
	}
	e, ok := errors.AsType[*daemon.ListenError](err)
	if !ok {
		return err
	}
	a := e.Address
	if open, ok := errors.AsType[*receiver.OpenError](err); ok {
		return fmt.Errorf("%s is refused: anyone who reaches it could log here\n%s", a.Network+" "+a.Address, protection(open))
	}
	switch {
	case !errors.Is(err, syscall.EADDRINUSE):
		return err
	case isPath(a.Network):
		return fmt.Errorf("%s\nstop that one, or use another path", taken(a))
	}
	flag, _, _ := strings.Cut(a.Network, "-udp")
	flag, _, _ = strings.Cut(flag, "-tcp")
	return fmt.Errorf("%s\nstop that one, or use another port: --%s 127.0.0.1:0 takes any that is free", taken(a), flag)
}

// taken says that an address is taken, and by whom where that can be known.
func taken(a daemon.Address) string {
	return fmt.Sprintf("%s %s is taken by %s", a.Network, a.Address, cmp.Or(holderOf(a), "another program"))
}

// holderOf returns the process that has an address, empty where that cannot be known.
func holderOf(a daemon.Address) string {
	transport := strings.TrimPrefix(a.Network, syslogPrefix)
	if transport != "udp" && !isPath(transport) {
		transport = "tcp"
	}
	return holder(transport, a.Address)
}

// greet says where the daemon listens and how to log to it.
func greet(t *teller, d *daemon.Daemon) {
	for _, e := range d.Missing() {
		if errors.Is(e, syscall.EADDRINUSE) {
			t.tell(taken(e.Address) + "; going on without it")
		} else {
			t.tell(e.Error() + "; going on without it")
		}
	}
	var places []string
	for _, a := range d.Listening() {
		places = append(places, a.Network+" "+a.Address)
	}
	t.tell("listening on " + strings.Join(places, ", "))
	if st := d.Stats(); st.Stream != nil {
		purpose := "until they are handled"
		if st.Store != nil {
			purpose = "to be found again"
		}
		t.tell(fmt.Sprintf("records are kept in %s %s (%s)", d.StreamPlace(), purpose, st.Stream.Level))
	}
	if kept := d.Stats().Store; kept != nil && kept.Records > 0 {
		t.tell("the store " + storeText(kept))
	}
	if page := pageAddress(d); page != "" {
		t.tell("the page is " + page + "; on a terminal: jackdaw tail, jackdaw query")
	}
	for _, a := range d.Listening() {
		if a.Network == "tcp" && d.HasTLS() {
			t.tell("to log here from Python, over TLS: see docs/python.md")
			return
		} else if snippet(a) != "" && (a.Network != "http" && a.Network != "syslog-tcp" || !d.HasTLS()) {
			t.tell("to log here, start a Python program with \"jackdaw run -- python app.py\", or add to it:")
			t.print("\n" + snippet(a) + "\n")
			return
		}
	}
}

// snippet returns the lines that make a Python program log to an address, nothing where Python has no handler for it.
func snippet(a daemon.Address) string {
	place := fmt.Sprintf("%q, None", a.Address)
	host, port, err := net.SplitHostPort(a.Address)
	if err == nil && !isPath(a.Network) {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		place = fmt.Sprintf("%q, %s", host, port)
	}
	imports, call := "import logging, logging.handlers", ""
	switch a.Network {
	case "tcp", "unix":
		call = "SocketHandler(" + place + ")"
	case "udp", "unixgram":
		call = "DatagramHandler(" + place + ")"
	case "http":
		call = fmt.Sprintf(`HTTPHandler(%q, "/", method="POST")`, net.JoinHostPort(host, port))
	case "syslog-udp":
		call = "SysLogHandler((" + place + "))"
	case "syslog-tcp":
		imports, call = imports+", socket", "SysLogHandler(("+place+"), socktype=socket.SOCK_STREAM)"
	case "syslog-unix", "syslog-unixgram":
		call = fmt.Sprintf("SysLogHandler(%q)", a.Address)
	default:
		return ""
	}
	return imports + "\n" +
		"logging.getLogger().addHandler(logging.handlers." + call + ")\n" +
		"logging.getLogger().setLevel(logging.DEBUG)"
}
