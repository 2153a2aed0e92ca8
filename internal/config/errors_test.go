package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

// placed cuts the sign « out of a text, and returns the place it stood at.
func placed(text string) (string, config.Place) {
	before, after, _ := strings.Cut(text, "«")
	return before + after, config.Place{Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])}
}

// wrong holds what is said of a configuration with one error against what is to be said, where « stands in it.
func wrong(t *testing.T, text, want, word string, o config.Options) {
	t.Helper()
	text, at := placed(text)
	o.Env = func(name string) (string, bool) {
		v, ok := map[string]string{"PORT": "90a", "SECRET": "hunter2", "LEVEL": "hunter2"}[name]
		return v, ok
	}
	_, err := check(text, o)
	all, ok := errors.AsType[*config.Errors](err)
	if !ok || len(all.List) != 1 || all.More != 0 {
		t.Errorf("%s: got %v, want one error", text, err)
		return
	}
	if e := all.List[0]; e.File != "jackdaw.json" || e.Place != at || e.Word != word || e.Text != want {
		t.Errorf("%s:\ngot  %v, word %q\nwant jackdaw.json:%d:%d: %s, word %q", text, err, e.Word, at.Line, at.Column, want, word)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%s: got %v, want no secret shown", text, err)
	}
}

func TestErrorsOfSections(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, `{"version": 1, `+text+`}`, want, word, config.Options{})
	}
	f(`«"recievers": {}`, `got the key "recievers", which a configuration does not have`, "receivers")
	f(`«"zzz": {}`, `got the key "zzz", which a configuration does not have; it has disable_existing_loggers, filters, formatters, handlers, incremental, loggers, receivers, root, store, stream, version, web`, "")
	f(`"incremental": «"maybe"`, `incremental: got "maybe", want true or false`, "")
	f(`"incremental": «"no"`, `incremental: got "no", want true or false: a text is true in Python, whatever it says`, "false")
	f(`"handlers": «[]`, `handlers: got a list, want a mapping`, "")
	f(`"handlers": {«"h": null}`, `the handler "h" says nothing, want a mapping with a class`, "")
	f(`"handlers": {"h": «3}`, `the handler "h": got 3, want a mapping with a class`, "")

	f(`"handlers": {«"": {"class": "null"}}`, `the handler "" has a name of 0 bytes, want 1 to 200`, "")

	f(`"formatters": {"f": {«"fromat": "%(message)s"}}`, `got the key "fromat", which a formatter does not have`, "format")
	f(`"formatters": {"f": {"format": "%(levelname)s «%(mesage)s"}}`, `format: unknown key "mesage"; did you mean %(message)s? (an attr of that name is %(attrs.mesage)s)`, "")
	f(`"formatters": {"f": {"format": «"\u0025(mesage)s"}}`, `format: character 1: unknown key "mesage"; did you mean %(message)s? (an attr of that name is %(attrs.mesage)s)`, "")
	f(`"formatters": {"f": {"format": "«{message}"}}`, `format: nothing of a record would be shown; write for example %(message)s; with style: "{" it is right as it is`, "")
	f(`"formatters": {"f": {"format": «["x"]}}`, `format: got a list, want a text`, "")
	f(`"formatters": {"f": {"style": «"#"}}`, `style: got "#", want %, { or $`, "")
	f(`"formatters": {"f": {"class": "json", «"format": "%(message)s"}}`, `format: it goes with a format string, and this formatter is of the class json`, "")
	f(`"formatters": {"f": {"class": «"jsn"}}`, `got "jsn", which is no class of formatters`, "json")
	f(`"formatters": {"f": {"class": «"my.Formatter"}}`, `got "my.Formatter", which is code of a Python program and not run here; want json, logfmt, text, pretty or logging.Formatter`, "")
	f(`"formatters": {"f": {"()": «"colorlog.ColoredFormatter", "log_colors": {}}}`, `got "colorlog.ColoredFormatter", whose code is Python's and not run here; write class: pretty for a formatter, class: console for a handler`, "")
	f(`"formatters": {"f": {"class": "json", «"()": "json"}}`, `got "()" beside "class", which is the same; want one of them`, "")
	f(`"formatters": {"f": {"defaults": «3}}`, `defaults: got 3, want a mapping of names to values`, "")
	f(`"formatters": {"f": {"defaults": {"a": «[]}}}`, `defaults.a: got a list, want a text, a number or a boolean`, "")

	f(`"filters": {"f": {"filter": "level>=«warnin"}}`, `filter: level "warnin" is unknown`, "warning")
	f(`"filters": {"f": {"filter": «"level\u003e=warnin"}}`, `filter: character 8: level "warnin" is unknown`, "warning")
	f(`"filters": {"f": {"name": "a", «"filter": "x"}}`, `filter: got name, too; want one of them, or logger:a in the filter`, "")
	f(`"filters": {"f": {"()": «"my.Filter", "x": 1}}`, `got "my.Filter", which is code of a Python program and not run here; want logging.Filter, or a filter such as filter: "level>=warning logger:shop"`, "")
	f(`"filters": {"f": {"class": «"loging.Filter"}}`, `got "loging.Filter", which is no class of filters`, "logging.Filter")

}

func TestErrorsOfLoggers(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, `{"version": 1, "handlers": {"file": {"class": "null"}}, `+text+`}`, want, word, config.Options{})
	}
	const levels = "DEBUG, INFO, WARNING, ERROR, CRITICAL or a number of Python's such as 25"
	f(`"loggers": {"a": {"level": «"debg"}}`, `level: got "debg", want `+levels, "DEBUG")
	f(`"loggers": {"a": {"level": «-1}}`, `level: got -1, want `+levels, "")
	f(`"root": {"level": «true}`, `level: got true, want `+levels, "")
	f(`"root": {"level": «"env://LEVEL"}`, `level: got the value of LEVEL in the environment, want `+levels, "")
	f(`"root": {"handlers": [«"fille"]}`, `got the handler "fille", which is not defined`, "file")
	f(`"root": {"handlers": [«"env://SECRET"]}`, `got the value of SECRET in the environment, which is no handler that is defined`, "")
	f(`"root": {"handlers": [«{}]}`, `handlers: got a mapping, want a text; in YAML one that begins with { is put in quotes`, "")
	f(`"root": {"handlers": [«null]}`, `handlers: got nothing, want a value`, "")
	f(`"root": {"filters": [«"f"]}`, `got the filter "f", which is not defined; there is none`, "")
	f(`"root": {«"handler": []}`, `got the key "handler", which the root logger does not have`, "handlers")
	f(`"loggers": {"a": {«"levl": []}}`, `got the key "levl", which the logger "a" does not have`, "level")
	f(`"loggers": {"a": {"qualname": «"b"}}`, `qualname: got "b", want none: the logger is called by its key`, "")
	f(`"loggers": {«"": {}}, "root": {}`, `the root logger is in loggers as "", and a second time; want it once, as root`, "")
	f(`"loggers": {"a": «[]}`, `the logger "a": got a list, want a mapping`, "")
}

func TestErrorsOfServers(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, `{"version": 1, `+text+`}`, want, word, config.Options{})
	}
	f(`"receivers": {«"tpc": "off"}`, `got the key "tpc", which receivers does not have`, "tcp")
	f(`"receivers": {"tcp": «9020}`, `tcp: got 9020, want HOST:PORT, or off`, "127.0.0.1:9020")
	f(`"receivers": {"tcp": «"localhost"}`, `tcp: got "localhost", want HOST:PORT, or off`, "")
	f(`"receivers": {"tcp": «"localhost:http"}`, `tcp: got "localhost:http", want a port from 0 to 65535 behind the colon`, "")
	f(`"receivers": {"unix": «""}`, `unix: got "", want a path`, "")
	f(`"receivers": {"syslog": [«"nowhere"]}`, `syslog: got "nowhere", want HOST:PORT, a path, or off`, "")
	f(`"receivers": {"syslog": «"unix:"}`, `syslog: got "unix:", want a path`, "")
	f(`"receivers": {"allow": [«"10.0.0.1/8"]}`, `allow: got "10.0.0.1/8", want the address of a network, not of a host in it`, "10.0.0.0/8")
	f(`"receivers": {"allow": «"inside"}`, `allow: got "inside", want a network such as 10.0.0.0/8, or a host such as 10.1.2.3`, "")
	f(`"receivers": {"tls": «{"cert": "a.pem"}}`, `tls has no key "key", which it needs`, "")
	f(`"receivers": {"tls": «"a.pem"}`, `tls: got "a.pem", want a mapping`, "")
	f(`"receivers": {"token_file": «"a\u0000"}`, `token_file: got "a\x00", want a path`, "")
	f(`"stream": {"durability": «"snyc"}`, `durability: got "snyc", want sync, disk or memory`, "sync")
	f(`"stream": {"max_bytes": «"2 bottles"}`, `max_bytes: got "2 bottles", want a number of bytes, or a size such as 500KB, 100MB or 2GiB`, "")
	f(`"stream": {"max_bytes": «-1}`, `max_bytes: got -1, want a number of bytes, or a size such as 500KB, 100MB or 2GiB`, "")
	f(`"stream": {"url": "nats://a,b,c", "durability": «"disk"}`, `durability: a cluster decides for itself; leave it or url out`, "")
	f(`"stream": {"directory": "/d", "replicas": «3}`, `replicas: it is for a cluster; name it with url: nats://a,b,c`, "")
	f(`"stream": {"url": "tls://a", "tls": «{"cert": "c.pem"}}`, `tls: got one of cert and key, want both`, "")
	f(`"stream": «3`, `stream: got 3, want a mapping`, "")
	f(`"store": {"max_age": «14}`, `max_age: got 14, want an age such as 36h, 14d or 8w, or off`, "")
	f(`"store": {"max_bytes": «"1MB"}`, `max_bytes: got 1MB, want 32MiB or more, since it is whole files that go`, "")
	f(`"web": «9024`, `web: got 9024, want HOST:PORT, or off`, "127.0.0.1:9024")
	f(`"web": {"hosts": [«""]}`, `hosts: got "", want the name of a host`, "")
}

// What only a server has is refused in a program.
func TestErrorsOfLibrary(t *testing.T) {
	f := func(text, key string) {
		t.Helper()
		wrong(t, text, fmt.Sprintf("got %q, which only a server has: it is for jackdaw serve --config", key), "", config.Options{Library: true})
	}
	f(`{"version": 1, «"receivers": {"tcp": "off"}}`, "receivers")
	f(`{"version": 1, «"stream": "off"}`, "stream")
	f(`{"version": 1, «"store": {}}`, "store")
	f(`{"version": 1, «"web": "off"}`, "web")
	f(`{"version": 1, "handlers": {"h": {"class": "null", «"required": true}}}`, "required")
	f(`{"version": 1, "handlers": {"h": {"class": "null", «"backlog_age": "1d"}}}`, "backlog_age")
}

func TestErrorsOfHandlers(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, `{"version": 1, "handlers": {"h": {`+text+`}, "n": {"class": "null"}}}`, want, word, config.Options{})
	}
	f(`"class": «"RotatingFileHandler"`, `got "RotatingFileHandler", which is no class of handlers`, "logging.handlers.RotatingFileHandler")
	f(`"class": «"logging.SocketHandler"`, `got "logging.SocketHandler", which is no class of handlers`, "logging.handlers.SocketHandler")
	f(`"class": «"consle"`, `got "consle", which is no class of handlers`, "console")
	f(`"class": «"zzz"`, `got "zzz", which is no class of handlers; want console, file, watched_file, rotating_file, timed_rotating_file, socket, datagram, syslog, http, smtp, otlp, memory, queue or null`, "")
	f(`"()": «"my.pkg.make"`, `got "my.pkg.make", which is code of a Python program and not run here; want console, file, watched_file, rotating_file, timed_rotating_file, socket, datagram, syslog, http, smtp, otlp, memory, queue or null`, "")
	f(`"class": «"logging.handlers.NTEventLogHandler"`, `got "logging.handlers.NTEventLogHandler", whose code is Python's and not run here; class: syslog or class: file`, "")
	f(`"class": «"env://SECRET"`, `got "env://SECRET", which is no class of handlers; want console, file, watched_file, rotating_file, timed_rotating_file, socket, datagram, syslog, http, smtp, otlp, memory, queue or null`, "")
	f(`"class": "memory", "target": «"env://SECRET"`, `got "env://SECRET", which is no handler that is defined`, "")
	f(`"class": «["x"]`, `class: got a list, want the name of a class, such as console or logging.StreamHandler`, "")
	f(`"class": «"google.cloud.logging.handlers.CloudLoggingHandler", "name": "x"`, `got "google.cloud.logging.handlers.CloudLoggingHandler", whose code is Python's and not run here; class: otlp, to a collector that writes there`, "")
	f(`"class": "console", «".": {"terminator": ""}`, `got the key ".", want none: it sets attributes of an object of Python's; the keys of the handler say what can be set here`, "")
	f(`"class": "console", «"maxBytes": 1`, `got the key "maxBytes", which the class console does not have; file, rotating_file or timed_rotating_file has it`, "")
	f(`"class": "console", "formatter": «"jsno"`, `got the formatter "jsno", which is not defined; there is none`, "")
	f(`"class": "console", "stream": «"ext://sys.stdot"`, `stream: got "ext://sys.stdot", want ext://sys.stderr or ext://sys.stdout; write to a file by the class file`, "ext://sys.stdout")
	f(`"class": "file", «"filenam": "x", "path": "y"`, `got the key "filenam", which the class file does not have`, "filename")
	f(`"class": "file", "filename": «"ext://my.path"`, `filename: got "ext://my.path", want a plain value; ext:// is for stream alone, with sys.stdout or sys.stderr`, "")
	f(`"class": "file", "filename": "x", "mode": «"r"`, `mode: got "r", want a (append to it), w (empty it first) or x (a new file)`, "")
	f(`"class": "file", "filename": "x", "encoding": «"cp1252"`, `encoding: got "cp1252", want utf-8, ascii or latin-1`, "")
	f(`"class": "file", "filename": "x", "errors": «"surrogateescape"`, `errors: got "surrogateescape", want backslashreplace, replace, xmlcharrefreplace, ignore or strict`, "")
	f(`"class": "file", "filename": "x", "permissions": «"0999"`, `permissions: got "0999", want three octal digits, such as "0640"`, "")
	f(`"class": "file", "filename": "x", "permissions": «"0444"`, `permissions: got "0444", want permissions by which it may be written, such as "0640"`, "")
	f(`"class": "file", "filename": "x", «"interval": 2`, `interval: it goes with when, which is missing; want for example when: midnight`, "")
	f(`"class": "file", "filename": "x", "when": «"midnigt"`, `when: got "midnigt", want S, M, H, D, midnight, W0, W1, W2, W3, W4, W5 or W6`, "midnight")
	f(`"class": "file", "filename": "x", "when": "H", «"atTime": "03:30"`, `atTime: got when H, want it with midnight or W0 to W6`, "")
	f(`"class": "file", "filename": "x", "when": "W0", "atTime": «"25:00"`, `atTime: got "25:00", want a time of the day such as "03:30"`, "")
	f(`"class": "file", "filename": "x", "backupCount": «"5"`, `backupCount: got "5", want a number, 0 or more`, "5")
	f(`"class": "console", "stream": «"sys.stdout"`, `stream: got "sys.stdout", want ext://sys.stderr or ext://sys.stdout`, "ext://sys.stdout")
	f(`"class": "http", "url": "http://h/", "credentials": ["u", «"env://NOWHERE"]`, `NOWHERE is not set in the environment; set it, or write what holds without it: env://NOWHERE:value`, "")
	f(`"class": "smtp", "mailhost": ["h", «"env://NOWHERE"], "fromaddr": "a@b", "toaddrs": "c@d"`, `NOWHERE is not set in the environment; set it, or write what holds without it: env://NOWHERE:value`, "")
	f(`"class": "file", "filename": "x", "backupCount": «"many"`, `backupCount: got "many", want a number, 0 or more`, "")
	f(`"class": "socket", "host": "h", "port": «"env://PORT"`, `port: got the value of PORT in the environment, want a number from 0 to 65535`, "")
	f(`"class": "socket", "host": "h", "port": 1, "dial_timeout": «"soon"`, `dial_timeout: got "soon", want a number of seconds, or a time such as 500ms, 30s or 5m`, "")
	f(`"class": "socket", "host": "h", "port": 1, "confirm_bytes": «"3GiB"`, `confirm_bytes: got "3GiB", want less than 2GiB`, "")
	f(`"class": "syslog", "address": «["h"]`, `address: got a list, want [host, port], host:port or the path of a socket`, "")
	f(`"class": "syslog", "address": «"localhost"`, `address: got "localhost", want HOST:PORT, [host, port] or a path`, "")
	f(`"class": "syslog", "facility": «"local9"`, `facility: got "local9", want kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, ntp, security, console, solaris-cron, local0, local1, local2, local3, local4, local5, local6 or local7`, "local0")
	f(`"class": "syslog", "socktype": «"ext://socket.SOCK_STREM"`, `socktype: got "ext://socket.SOCK_STREM", want ext://socket.SOCK_DGRAM or ext://socket.SOCK_STREAM`, "ext://socket.SOCK_STREAM")
	f(`"class": "syslog", "address": "/dev/log", «"network": "tcp"`, `network: got tcp for the address "/dev/log"; want unix for a path, and udp, tcp or tls for a host`, "")
	f(`"class": "syslog", «"tls": {}`, `tls: got network udp, want network: tls`, "")
	f(`"class": "syslog", "network": "tls", "tls": «{"cert": "x"}`, `tls: got one of cert and key, want both`, "")
	f(`"class": "http", "url": «"/log"`, `url: got "/log", want a URL such as http://127.0.0.1:4318/v1/logs`, "")
	f(`"class": "http", "url": «"http://u:p@h/log"`, `url: got a URL with a user in it, want the user by a key of its own`, "")
	f(`"class": "http", "url": "http://h/", "token": "t", "method": «"PUT"`, `method: got "PUT", want POST or GET`, "")
	f(`"class": "http", "url": "http://h/", «"method": "GET"`, `method: got GET, want POST; GET goes with body: form alone`, "")
	f(`"class": "http", "url": "http://h/", "credentials": «"env://SECRET"`, `credentials: got a text, want [user, password]`, "")
	f(`"class": "http", "url": "http://h/", "credentials": ["u", «{}]`, `credentials: got a mapping, want [user, password]`, "")
	f(`"class": "http", "url": "http://h/", "credentials": ["u", "p"], «"token": "hunter2"`, `token: got credentials, too; want one of them`, "")
	f(`"class": "http", "url": "http://h/", "token": «"hunter2\n"`, `token: got a text, want a text on one line`, "")
	f(`"class": "http", "url": "http://h/", "context": «{}`, `context: got a mapping, want null; tls: {ca: …, cert: …, key: …} says how TLS is spoken`, "")
	f(`"class": "http", "url": "http://h/", "headers": «"X: y"`, `headers: got "X: y", want a mapping of names to texts`, "")
	f(`"class": "http", "url": "http://h/", "headers": {«"X y": "z"}`, `headers: got the name "X y", want letters, digits and dashes`, "")
	f(`"class": "http", "url": "http://h/", "headers": {"X": «"y\r\nZ: z"}`, `headers.X: got "y\r\nZ: z", want a text without line breaks`, "")
	f(`"class": "otlp", "url": «"localhost:4318"`, `url: got "localhost:4318", want a URL such as http://127.0.0.1:4318/v1/logs`, "")
	f(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": «[]`, `toaddrs: got no address, want one or more`, "")
	f(`"class": "smtp", "mailhost": "h", "fromaddr": «"nobody", "toaddrs": "c@d"`, `fromaddr: got "nobody", want an address such as ops@example.com`, "")
	f(`"class": "smtp", "mailhost": «"me@h", "fromaddr": "a@b", "toaddrs": "c@d"`, `mailhost: got "me@h", want host, host:port or [host, port]`, "")
	f(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": "c@d", "subject": "oh: %(levelname)«Z"`, `subject: 'Z' is no conversion of %(levelname); write %(levelname)s, or another of diouxXeEfFgGcrsa`, "")
	f(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": "c@d", "credentials": ["u", "p"], "security": «"none"`, `security: got none with credentials, which everyone could read on the way; want starttls or tls`, "")
	f(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": "c@d", "credentials": [«"", "p"]`, `credentials: got no user, want [user, password]`, "")
	f(`"class": "syslog", "max_message": «100`, `max_message: got 100, want 480 bytes or more, or 0`, "")
	f(`"class": "smtp", "mailhost": «["h"], "fromaddr": "a@b", "toaddrs": "c@d"`, `mailhost: got a list, want host, host:port or [host, port]`, "")
	f(`"class": "smtp", "mailhost": «["h", null], "fromaddr": "a@b", "toaddrs": "c@d"`, `mailhost: got a list, want host, host:port or [host, port]`, "")
	f(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": "c@d", "secure": «["key"]`, `secure: got a list, want []; a certificate of the client goes to tls: {cert: …, key: …}`, "")
	f(`"class": "memory", "target": «"hn"`, `got the handler "hn", which is not defined; there is h or n`, "")
	f(`"class": "queue", "handlers": [«"file"]`, `got the handler "file", which is not defined; there is h or n`, "")
	f(`"class": "queue", "handlers": ["n"], "queue": «"queue.Queu"`, `queue: got "queue.Queu", want one of Python's own, queue.Queue, queue.SimpleQueue, multiprocessing.Queue, multiprocessing.JoinableQueue or multiprocessing.SimpleQueue, or none: every handler has a queue of its own here`, "queue.Queue")
	f(`"class": "queue", "listener": «3`, `listener: got 3, want logging.handlers.QueueListener or none: who hands the records on is part of Jackdaw`, "")
	wrong(t, `{"version": 1, "handlers": {«"h": {"class": "memory", "target": "h"}}}`, `the handler "h" hands records to itself, through those behind it`, "", config.Options{})
	wrong(t, `{"version": 1, "handlers": {«"h": {"class": "memory", "target": "q"}, "q": {"class": "queue", "handlers": []}}}`,
		`the target of the handler "h" is a queue; want one of those behind it: a memory hands over to one handler`, "", config.Options{})
	wrong(t, `{"version": 1, "handlers": {"h": «{"level": "INFO"}}}`, `the handler "h" has no key "class", which it needs`, "", config.Options{})
	wrong(t, `{"version": 1, "handlers": {"h": «{"class": "file"}}}`, `a handler of the class file has no key "filename", which it needs`, "", config.Options{})
}

// What goes with a key whose value is wrong is not wrong for that, too.
func TestErrorsOnce(t *testing.T) {
	const unset = "NOWHERE is not set in the environment; set it, or write what holds without it: env://NOWHERE:value"
	f := func(text string) {
		t.Helper()
		wrong(t, `{"version": 1, `+text+`}`, unset, "", config.Options{})
	}
	h := func(text string) {
		t.Helper()
		f(`"handlers": {"h": {` + text + `}}`)
	}
	h(`"class": "http", "url": "/log", "host": «"env://NOWHERE"`)
	h(`"class": "http", "url": «"env://NOWHERE", "host": "h"`)
	h(`"class": "http", "url": "http://h/", "method": "GET", "body": «"env://NOWHERE"`)
	h(`"class": "http", "url": "http://h/", "token": "t", "credentials": «"env://NOWHERE"`)
	h(`"class": "file", "filename": "x", "when": «"env://NOWHERE", "interval": 2, "atTime": "03:30", "utc": true`)
	h(`"class": "timed_rotating_file", "filename": "x", "when": «"env://NOWHERE", "atTime": "03:30"`)
	h(`"class": "syslog", "address": "h:6514", "network": «"env://NOWHERE", "tls": {"ca": "x"}`)
	h(`"class": "syslog", "address": «"env://NOWHERE", "network": "unix"`)
	h(`"class": "otlp", "tls": {"cert": «"env://NOWHERE", "key": "k"}`)
	h(`"class": "smtp", "mailhost": "h", "fromaddr": "a@b", "toaddrs": «"env://NOWHERE"`)
	h(`"class": «"env://NOWHERE", "filename": "x"`)
	f(`"formatters": {"f": {"format": "{message}", "style": «"env://NOWHERE"}}`)
	f(`"formatters": {"f": {"format": «"env://NOWHERE", "style": "$"}}`)
	f(`"loggers": {"a": {"qualname": «"env://NOWHERE"}}`)
	f(`"receivers": {"tls": {"cert": «"env://NOWHERE", "key": "k"}}`)
	f(`"stream": {"url": «"env://NOWHERE", "name": "N", "credentials": "c", "tls": {"ca": "c"}}`)
	f(`"stream": {"url": "nats://a", "credentials": «"env://NOWHERE"}`)
	f(`"stream": {"url": "nats://a", "tls": {"cert": "c", "key": «"env://NOWHERE"}}`)
}

func TestErrorsOfLookups(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, `{"version": 1, "xmap": {"key": 3}, "filters": {"f": {"name": "cfg://xmap.key"}}, "root": {"level": `+text+`}}`, want, word, config.Options{})
	}
	f(`«"env://NOWHERE"`, `NOWHERE is not set in the environment; set it, or write what holds without it: env://NOWHERE:value`, "")
	f(`«"env://A-B"`, `got "env://A-B", want env://NAME, or env://NAME:value for where it is not set`, "")
	f(`«"cfg://!"`, `got "cfg://!", want cfg:// and a path, such as cfg://handlers.console.level`, "")
	f(`«"cfg://xmap.kee"`, `got "cfg://xmap.kee", but there is no "kee"`, "key")
	f(`«"cfg://xmap[2]"`, `got "cfg://xmap[2]", but there is no "2"`, "")
	f(`«"cfg://xmap.key.more"`, `got "cfg://xmap.key.more", but there is no "more"`, "")
	f(`«"cfg://xmap/key"`, `got "cfg://xmap/key", want .key or [index] at "/key"`, "")
	wrong(t, `{"version": 1, "a": ["x"], "root": {"level": «"cfg://a[1]"}}`, `got "cfg://a[1]", but "1" is no place in the list of 1 in line 1`, "", config.Options{})
	wrong(t, `{"version": 1, "a": «"cfg://a", "root": {"level": "cfg://a"}}`, `got "cfg://a", which leads to another cfg:// more than 32 times, or in a circle`, "", config.Options{})
}

func TestErrorsOfTheWhole(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, text, want, word, config.Options{})
	}
	f(`«null`, `the configuration is empty, want version: 1 at least`, "")
	f(`«[]`, `the configuration: got a list, want a mapping`, "")
	f(`«{}`, `the configuration has no key "version", which it needs`, "")
	f(`«{"version": null}`, `the configuration has no key "version", which it needs`, "")
	f(`{"version": «2}`, `version: got 2, want 1`, "")
	f("{\n  \"version\": 1,\n  \"formatters\": {\n    \"é\": {«\"fmat\": 1}\n  }\n}", `got the key "fmat", which a formatter does not have`, "fmt")
}

// All errors come at once, in the order of the file, the first twenty of them.
func TestAllErrors(t *testing.T) {
	text := `{"version": 2, "web": 1, "root": {"level": "x"}, "handlers": {` + strings.Repeat(`"%d": {"class": "nul"}, `, 30) + `"end": {"class": "null"}}}`
	for i := range 30 {
		text = strings.Replace(text, "%d", fmt.Sprint(i), 1)
	}
	_, err := check(text, config.Options{})
	all, ok := errors.AsType[*config.Errors](err)
	if !ok || len(all.List) != config.MaxErrors || all.More != 13 {
		t.Fatalf("got %v, want %d errors and 13 more", err, config.MaxErrors)
	}
	for i := 1; i < len(all.List); i++ {
		if all.List[i].Column <= all.List[i-1].Column {
			t.Errorf("got %v behind %v, want the order of the file", all.List[i], all.List[i-1])
		}
	}
	if first := "jackdaw.json:1:13: version: got 2, want 1\n"; !strings.HasPrefix(err.Error(), first) || !strings.HasSuffix(err.Error(), "\nand 13 more") {
		t.Errorf("got %v, want %q first and the number of the rest last", err, first)
	}
	if one, ok := errors.AsType[*config.Error](err); !ok || one.Line != 1 {
		t.Errorf("got %v, want the errors one by one by Unwrap", one)
	}
}

// Nothing of a file acts on the terminal that shows what is wrong with it.
func TestErrorsAreLines(t *testing.T) {
	for _, text := range []string{
		`{"version": 1, "\u001b[31m": 1}`, `{"version": 1, "handlers": {"\u001b[31m": {"class": "null"}}, "root": {"handlers": ["\u001b[32m"]}}`,
		`{"version": 1, "formatters": {"f": {"defaults": {"\u001b\n": []}}}}`, `{"version": 1, "filters": {"f": {"name": "\u001b\n", "filter": "a"}}}`,
		`{"version": 1, "root": {"level": "\u001b\n"}}`, `{"version": 1, "root": {"level": "cfg://a.\u001b"}}`,
	} {
		_, err := check(text, config.Options{File: "a\x1b.json"})
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: got %q, want one line without control characters", text, err)
		}
	}
}

// A file that is wrong everywhere is not read to its end.
func TestErrorsWithoutEnd(t *testing.T) {
	_, err := check(`{"version": 1, "root": {"handlers": [`+strings.Repeat(`"x", `, 50_000)+`"x"]}}`, config.Options{})
	all, ok := errors.AsType[*config.Errors](err)
	if !ok || len(all.List)+all.More != 200 {
		t.Fatalf("got %v, want 200 errors", err)
	}
}
