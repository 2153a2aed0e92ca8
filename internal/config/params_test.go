package config_test

import (
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/record"
)

// params returns the parameters of a handler of that many keys.
func params(t *testing.T, keys string) any {
	t.Helper()
	return checked(t, `{"version": 1, "handlers": {"h": {`+keys+`}, "n": {"class": "null"}}, "root": {"handlers": ["h", "n"]}}`, config.Options{
		Env: func(name string) (string, bool) {
			v, ok := map[string]string{"PORT": "9020", "PASSWORD": "p", "YES": "true"}[name]
			return v, ok
		},
	}).Handler("h").Params
}

func TestParams(t *testing.T) {
	f := func(keys string, want any) {
		t.Helper()
		if got := params(t, keys); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %T %+v\nwant %T %+v", keys, got, got, want, want)
		}
	}
	flushAt, all := record.LevelWarning, record.LevelAll
	f(`"class": "logging.StreamHandler"`, &config.Console{})
	f(`"class": "stream", "stream": "stdout"`, &config.Console{Stdout: true})
	f(`"class": "console", "strm": "ext://sys.stdout"`, &config.Console{Stdout: true})
	f(`"class": "file", "filename": "a"`, &config.File{Path: "a"})
	f(`"class": "file", "filename": "a", "mode": "wt", "delay": true, "encoding": "Latin-1", "errors": "replace"`,
		&config.File{Path: "a", Mode: "w", Delay: true, Encoding: "Latin-1", Errors: "replace"})
	f(`"class": "file", "path": "a", "permissions": "0600", "max_bytes": "1.5KB", "when": "w3", "interval": 2, "at_time": "03:30:10", "utc": true, "backup_count": 0, "compress": true`,
		&config.File{Path: "a", Perm: 0o600, MaxBytes: 1500, When: "W3", Interval: 2, AtTime: 3*time.Hour + 30*time.Minute + 10*time.Second, UTC: true, Compress: true})
	f(`"class": "logging.handlers.TimedRotatingFileHandler", "filename": "a", "backupCount": 3`, &config.File{Path: "a", When: "H", BackupCount: 3})
	f(`"class": "logging.handlers.RotatingFileHandler", "filename": "a", "maxBytes": 1e6, "backupCount": 3`, &config.File{Path: "a", MaxBytes: 1e6, BackupCount: 3})
	f(`"class": "logging.handlers.RotatingFileHandler", "filename": "a", "maxBytes": 100`, &config.File{Path: "a"})
	f(`"class": "logging.handlers.RotatingFileHandler", "filename": "a", "backupCount": 3, "compress": true`, &config.File{Path: "a"})
	f(`"class": "socket", "host": "::1", "port": "env://PORT", "dial_timeout": 2, "write_timeout": "1m", "confirm_bytes": "64KiB"`,
		&config.Socket{Network: "tcp", Address: "[::1]:9020", DialTimeout: 2 * time.Second, WriteTimeout: time.Minute, ConfirmBytes: 64 << 10})
	f(`"class": "logging.handlers.SocketHandler", "host": "/run/s", "port": null`, &config.Socket{Network: "unix", Address: "/run/s"})
	f(`"class": "datagram", "host": "h", "port": 1`, &config.Socket{Network: "udp", Address: "h:1"})
	f(`"class": "datagram", "host": "/run/d"`, &config.Socket{Network: "unixgram", Address: "/run/d"})
	f(`"class": "syslog"`, &config.Syslog{Network: "udp"})
	f(`"class": "logging.handlers.SysLogHandler", "address": ["h", 514], "facility": 16, "socktype": "ext://socket.SOCK_STREAM"`,
		&config.Syslog{Network: "tcp", Address: "h:514", Facility: "local0", Form: "python"})
	f(`"class": "syslog", "address": "/dev/log", "ident": "shop", "host": "web1"`, &config.Syslog{Network: "unix", Address: "/dev/log", App: "shop", Host: "web1"})
	f(`"class": "syslog", "address": "h:6514", "network": "tls", "form": "5424", "framing": "octets", "facility": "auth", "max_message": 2048, "timeout": 1.5, "tls": {"ca": "c", "server_name": "s"}`,
		&config.Syslog{Network: "tls", Address: "h:6514", Form: "5424", Framing: "octets", Facility: "auth", MaxMessage: 2048, DialTimeout: 1500 * time.Millisecond, TLS: &config.ClientTLS{CA: "c", ServerName: "s"}})
	f(`"class": "logging.handlers.HTTPHandler", "host": "h:9022", "url": "/log?a=b"`, &config.HTTP{URL: "http://h:9022/log?a=b", Body: "form", Method: "GET"})
	f(`"class": "http", "host": "h", "url": "log", "secure": true, "method": "post", "credentials": ["u", "env://PASSWORD"]`,
		&config.HTTP{URL: "https://h/log", Body: "form", Method: "POST", User: "u", Password: "p"})
	f(`"class": "http", "url": "https://h/ingest", "body": "array", "token": "t", "headers": {"X-A": "b"}, "timeout": 3, "gzip": false, "request_records": 5, "request_bytes": "1KiB", "tls": {"cert": "c", "key": "k"}`,
		&config.HTTP{URL: "https://h/ingest", Body: "array", Token: "t", Header: map[string]string{"X-A": "b"}, Timeout: 3 * time.Second, NoGzip: true, RequestRecords: 5, RequestBytes: 1024, TLS: &config.ClientTLS{Cert: "c", Key: "k"}})
	f(`"class": "http", "url": "https://h/", "body": "form"`, &config.HTTP{URL: "https://h/", Body: "form", Method: "POST"})
	f(`"class": "otlp"`, &config.OTLP{})
	f(`"class": "otlp", "url": "http://h:4318", "headers": {"A": "b"}, "token": "t", "timeout": "2s", "gzip": "env://YES", "in_flight": 3, "tls": {"ca": "c"}`,
		&config.OTLP{URL: "http://h:4318", Header: map[string]string{"A": "b"}, Token: "t", Timeout: 2 * time.Second, InFlight: 3, TLS: &config.ClientTLS{CA: "c"}})
	f(`"class": "smtp", "mailhost": ["h", 587], "fromaddr": "a@b", "toaddrs": "c@d", "subject": "s", "credentials": ["u", "p"], "secure": [], "timeout": 5.0`,
		&config.SMTP{Address: "h:587", From: "a@b", To: []string{"c@d"}, Subject: "s", User: "u", Password: "p", Security: "starttls", Timeout: 5 * time.Second})
	f(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": ["c@d", "e@f"], "security": "tls", "interval": 0, "wait": true, "mail_records": 7, "mail_bytes": 1024`,
		&config.SMTP{Address: "h", From: "a@b", To: []string{"c@d", "e@f"}, Security: "tls", Interval: -1, Wait: true, MailRecords: 7, MailBytes: 1024})
	f(`"class": "memory", "target": "n"`, &config.Memory{})
	f(`"class": "memory", "target": "n", "capacity": 5, "flushLevel": "WARNING", "flushOnClose": false, "latest": true, "max_bytes": "1MiB"`,
		&config.Memory{Capacity: 5, MaxBytes: 1 << 20, FlushLevel: &flushAt, Latest: true, NoFlushOnClose: true})
	f(`"class": "memory", "target": "n", "flush_level": 0`, &config.Memory{FlushLevel: &all})
	f(`"class": "logging.handlers.QueueHandler", "handlers": ["n"]`, &config.Queue{RespectHandlerLevel: true})
	f(`"class": "queue", "handlers": "n", "respect_handler_level": false, "queue": {"()": "queue.Queue"}, "listener": "logging.handlers.QueueListener"`, &config.Queue{})
	f(`"class": "logging.NullHandler"`, &config.Null{})
}

func TestSections(t *testing.T) {
	c := checked(t, `{"version": 1,
		"receivers": {"tcp": "0.0.0.0:9020", "udp": "off", "unix": "/run/j", "syslog": ["127.0.0.1:514", "unix:/run/s", "@abstract"], "otlp_grpc": false,
			"logname": "all", "allow": ["10.0.0.0/8", "10.1.2.3"], "tls": {"cert": "c", "key": "k", "client_ca": "a"}, "token_file": "t"},
		"stream": {"directory": "/d", "durability": "DISK", "max_bytes": "1GiB", "backlog_bytes": 5, "backlog_age": "12h", "queue_bytes": "1MiB"},
		"store": {"directory": "/s", "max_age": "off", "max_bytes": "50GB", "free_space": 0},
		"web": {"address": "127.0.0.1:1", "hosts": "logs"},
		"handlers": {"n": {"class": "null", "required": true, "backlog_bytes": "1KB", "backlog_age": "off"}}}`, config.Options{})
	var listen []string
	for _, l := range c.Receivers.Listen {
		listen = append(listen, fmt.Sprintf("%s %s %v", l.Network, l.Address, l.Off))
	}
	want := "tcp 0.0.0.0:9020 false, udp  true, unix /run/j false, syslog-udp 127.0.0.1:514 false, syslog-tcp 127.0.0.1:514 false, syslog-unix /run/s false, syslog-unixgram @abstract false, otlp-grpc  true"
	if got := strings.Join(listen, ", "); got != want {
		t.Errorf("got to listen on %s, want %s", got, want)
	}
	r, allow := c.Receivers, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.1.2.3/32")}
	if r.LogName != "all" || !reflect.DeepEqual(r.Allow, allow) || *r.TLS != (config.ServerTLS{Cert: "c", Key: "k", ClientCA: "a"}) || r.TokenFile != "t" {
		t.Errorf("got the receivers %+v", r)
	}
	if s, want := *c.Stream, (config.Stream{Place: c.Stream.Place, Directory: "/d", Durability: "disk", MaxBytes: 1 << 30, BacklogBytes: 5, BacklogAge: 12 * time.Hour, QueueBytes: 1 << 20}); s != want {
		t.Errorf("got the stream %+v, want %+v", s, want)
	}
	if s, want := *c.Store, (config.Store{Place: c.Store.Place, Directory: "/s", MaxAge: -1, MaxBytes: 50e9, FreeSpace: -1}); s != want {
		t.Errorf("got the store %+v, want %+v", s, want)
	}
	if c.Web.Address != "127.0.0.1:1" || !reflect.DeepEqual(c.Web.Hosts, []string{"logs"}) {
		t.Errorf("got the web %+v", c.Web)
	}
	if n := c.Handler("n"); !n.Required || n.BacklogBytes != 1000 || n.BacklogAge >= 0 {
		t.Errorf("got the handler %+v, want a required one with a backlog of 1000 bytes for ever", n)
	}
	none := checked(t, `{"version": 1, "stream": false, "store": "off", "web": "off"}`, config.Options{})
	if !none.Stream.Off || !none.Store.Off || !none.Web.Off || none.Receivers != nil || none.Root != nil {
		t.Errorf("got %+v, want all off and no more", none)
	}
}

func TestLevels(t *testing.T) {
	f := func(level, want string) {
		t.Helper()
		c := checked(t, `{"version": 1, "handlers": {"n": {"class": "null", "level": `+level+`}}, "loggers": {"a": {"level": `+level+`}}, "root": {"level": `+level+`, "handlers": ["n"]}}`,
			config.Options{RootLevel: 7})
		show := func(l *slog.Level, named bool) string {
			if l == nil {
				return fmt.Sprintf("none %v", named)
			}
			return fmt.Sprintf("%d %v", *l, named)
		}
		h, a := c.Handler("n"), c.Loggers[0]
		if got := fmt.Sprintf("%s, %s, root %d", show(h.Level, h.LevelNamed), show(a.Level, a.LevelNamed), c.RootLevel); got != want {
			t.Errorf("%s: got %s, want %s", level, got, want)
		}
	}
	f(`"WARNING"`, "4 true, 4 true, root 4")
	f(`"fatal"`, "12 true, 12 true, root 12")
	f(`"INFO+2"`, "2 true, 2 true, root 2")
	f(`25`, "2 true, 2 true, root 2")
	f(`"NOTSET"`, "none true, none true, root -8")
	f(`0`, "none true, none true, root -8")
	f(`null`, "none false, none false, root 7")
	f(`"env://NOWHERE:ERROR"`, "8 true, 8 true, root 8")
}

// The tree of CPython's test_baseconfig, as far as a file can hold it.
func TestLookups(t *testing.T) {
	f := func(look, want string) {
		t.Helper()
		c := checked(t, `{"version": 1, "alist": ["a", "b", "c"], "adict": {"d": "e", "f": 3}, "nest2": ["k", ["l", "m"], "n"], "nest3": ["o", "cfg://alist", "p"], "way": "cfg://adict", "all": {
			"1": "cfg://alist", "2": "cfg://adict", "3": "cfg://nest2", "4": "cfg://nest3", "5": "cfg://way"},
			"filters": {"all": {"name": "cfg://all[1][0]"}, "f2": {"name": "cfg://all[2].d"}, "f3": {"name": "cfg://all[3][0]"}, "f4": {"name": "cfg://all[4][0]"}, "f5": {"name": "cfg://all[5].d"}, "f": {"name": "`+look+`"}}}`, config.Options{})
		if got := c.Filters[1].Logger; got != want {
			t.Errorf("%s: got %q, want %q", look, got, want)
		}
	}
	f("cfg://alist[1]", "b")
	f("cfg://nest2[1][1]", "m")
	f("cfg://adict.d", "e")
	f("cfg://adict[f]", "3")
	f("cfg://nest3[1][2]", "c")
	f("cfg://way.d", "e")
	f("cfg:// adict . d ", "e")
	f("cfg://filters.f2.name", "e")
	f("env://NOWHERE:a:b", "a:b")
	f("env://NOWHERE:", "")
}

// What a reload can leave as it is, and what it has to make anew.
func TestSame(t *testing.T) {
	parts := func(patch string) (*config.Config, *config.Handler, *config.Logger) {
		text := `{"version": 1, "formatters": {"f": {"format": "%(message)s"}}, "filters": {"l": {"name": "a"}},
			"handlers": {"h": {"class": "file", "filename": "x", "formatter": "f", "level": "INFO"}, "n": {"class": "null"}, "m": {"class": "memory", "target": "n"}},
			"loggers": {"a": {"level": "INFO", "handlers": ["h", "m"], "filters": ["l"]}}}`
		for edit := range strings.SplitSeq(patch, ";") {
			if from, to, ok := strings.Cut(edit, " => "); ok {
				if !strings.Contains(text, from) {
					t.Fatalf("got no %s to edit", from)
				}
				text = strings.Replace(text, from, to, 1)
			}
		}
		c := checked(t, text, config.Options{})
		return c, c.Handler("h"), c.Loggers[0]
	}
	c1, h1, a1 := parts("")
	f := func(patch, handler string, same, gate, logger bool) {
		t.Helper()
		c2, h2, a2 := parts(patch)
		g1 := h1
		if handler == "m" {
			g1, h2 = c1.Handler("m"), c2.Handler("m")
		}
		if got := g1.Same(h2); got != same {
			t.Errorf("%s: got the handler %s the same: %v, want %v", patch, handler, got, same)
		}
		if got := g1.SameGate(h2); got != gate {
			t.Errorf("%s: got the gate of %s the same: %v, want %v", patch, handler, got, gate)
		}
		if got := a1.Same(a2); got != logger {
			t.Errorf("%s: got the logger the same: %v, want %v", patch, got, logger)
		}
	}
	f("", "h", true, true, true)
	f(`"f": {"format" => "g": {"format";"formatter": "f" => "formatter": "g"`, "h", true, true, true) // another name of the same
	f(`"filename": "x" => "filename": "y"`, "h", false, true, true)
	f(`"class": "file" => "class": "watched_file"`, "h", false, true, true)
	f(`%(message)s => %(name)s`, "h", false, true, true)
	f(`"formatter": "f" => "formatter": null`, "h", false, true, true)
	f(`"formatter": "f" => "backlog_bytes": 5`, "h", false, true, true)
	f(`"level": "INFO"} => "level": "DEBUG"}`, "h", true, false, true)
	f(`"level": "INFO"} => "level": "INFO", "filters": ["l"]}`, "h", true, false, true)
	f(`"name": "a" => "filter": "level>=error"`, "h", true, true, false)
	f(`"handlers": ["h", "m"] => "handlers": ["m"]`, "h", true, true, false)
	f(`"handlers": ["h", "m"] => "handlers": ["m", "h"]`, "h", true, true, false)
	f(`"level": "INFO", "handlers" => "propagate": false, "handlers"`, "h", true, true, false)
	f("", "m", true, true, true)
	f(`"n": {"class": "null"} => "n": {"class": "null", "level": "INFO"}`, "m", false, true, true)
	f(`"target": "n" => "target": "n", "capacity": 3`, "m", false, true, true)
}

// Formatters make the forms that they name.
func TestFormatters(t *testing.T) {
	c := checked(t, `{"version": 1, "formatters": {
		"a": {"format": "%(name)s %(x)s %(message)s", "defaults": {"x": 3}}, "b": {"class": "json"}, "c": {"class": "logfmt"}, "d": {"class": "text"}, "e": {"class": "pretty"},
		"f": {"format": "{message}", "style": "{"}, "g": {"()": "pythonjsonlogger.jsonlogger.JsonFormatter", "fmt": "%(message)s"}, "h": {"format": "%(message)s", "breaks": "one_line"}, "i": {}
	}}`, config.Options{})
	r := record.Record{Logger: "shop", Level: record.LevelInfo, Message: "one\ntwo"}
	want := []string{"shop 3 one\n    two\n", `{"level":"INFO"`, `level=INFO`, "INFO", "one", "one\n    two\n", `{"level":"INFO"`, `one\ntwo` + "\n", "one\n    two\n"}
	for i, f := range c.Formatters {
		if got := string(f.New(false)(nil, &r)); !strings.Contains(got, want[i]) {
			t.Errorf("%s: got %q, want %q in it", f.Name, got, want[i])
		}
	}
	if len(c.Notes) != 1 || c.Notes[0].Text != "fmt: the form json has all of a record, whatever this says" {
		t.Errorf("got the notes %v, want one of fmt", c.Notes)
	}
}

// What is accepted, but does not do what it may seem to.
func TestNotes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		text, at := placed(`{"version": 1, ` + text + `}`)
		c := checked(t, text, config.Options{})
		if len(c.Notes) != 1 || c.Notes[0].Text != want || c.Notes[0].Place != at || c.Notes[0].File != "jackdaw.json" {
			t.Errorf("%s: got the notes %v, want %q at %v", text, c.Notes, want, at)
		}
	}
	h := func(keys string) string { return `"handlers": {"h": {` + keys + `}}, "root": {"handlers": ["h"]}` }
	f(`«"disable_existing_loggers": true`, "disable_existing_loggers: no logger is disabled; those that the file does not name have what it says of the loggers above them")
	f(`"handlers": {«"h": {"class": "null"}}`, `the handler "h" hangs on no logger: no record reaches it`)
	f(`"handlers": {«"f": {"class": "file", "filename": "x", "when": "midnight"}, "g": {"class": "file", "filename": "x"}, "m": {"class": "memory", "target": "g"}},
		"root": {"handlers": ["f", "m"]}`, `the file "x" is written by 2 handlers, and rotated by this one: rotate what has one writer`)
	one := checked(t, `{"version": 1, "handlers": {"f": {"class": "file", "filename": "x", "when": "midnight"}, "m": {"class": "memory", "target": "f"}},
		"root": {"handlers": ["f", "m"]}}`, config.Options{})
	if len(one.Notes) != 0 {
		t.Errorf("got the notes %v of a file that one handler writes", one.Notes)
	}
	f(`"root": {«"propagate": false}`, "propagate: there is no logger above the root")
	f(h(`"class": "rotating_file", "filename": "x", «"maxBytes": 5`), "maxBytes without backupCount: the file is never rotated, as in Python; say how many rotated files to keep")
	f(h(`"class": "rotating_file", "filename": "x", «"backupCount": 5`), "backupCount: the file is not rotated, since it has no maxBytes")
	f(h(`"class": "queue", "queue": «{"()": "queue.Queue", "maxsize": 5}`), "queue: its parameters have no effect here; the memory of what waits is bounded in bytes")
	f(`"incremental": true, "handlers": {"h": {«"class": "null", "level": 5}}`, "class: an incremental configuration changes levels and propagate alone")
	f(`"incremental": true, "root": {"level": 5, «"handlers": []}`, "handlers: an incremental configuration changes levels and propagate alone")
	f(`"incremental": true, «"stream": "off"`, "stream: an incremental configuration changes levels and propagate alone")
}

func TestIncremental(t *testing.T) {
	c := checked(t, `{"version": 1, "incremental": true, "handlers": {"h": {"level": "ERROR"}, "i": {"level": "NOTSET"}, "j": {}},
		"loggers": {"a": {"level": "NOTSET", "propagate": false}, "b": {}}, "root": {"level": 30}}`, config.Options{})
	h, i, j, a, b := c.Handler("h"), c.Handler("i"), c.Handler("j"), c.Loggers[0], c.Loggers[1]
	if !c.Incremental || *h.Level != record.LevelError || h.Class != "" || h.Params != nil || i.Level != nil || !i.LevelNamed || j.LevelNamed {
		t.Errorf("got the handlers %+v, %+v and %+v, want ERROR, NOTSET and nothing", h, i, j)
	}
	if !a.LevelNamed || a.Level != nil || a.Propagate == nil || a.Propagates() || b.LevelNamed || b.Propagate != nil || c.RootLevel != record.LevelWarning {
		t.Errorf("got the loggers %+v and %+v and the root at %v, want NOTSET without propagate, nothing, and WARNING", a, b, c.RootLevel)
	}
}
