package config

import "strings"

// foreignNames are classes of Python programs that configurations often name, each with what to write instead. One
// that ends in a dot stands for all below it.
var foreignNames = []struct{ name, instead string }{
	{"django.utils.log.AdminEmailHandler", "class: smtp with mailhost, fromaddr and toaddrs mails records; give it level: ERROR"},
	{"django.utils.log.RequireDebugFalse", "leave the filter out, and the handler too where it is for debugging: a file has no settings.DEBUG to ask"},
	{"django.utils.log.RequireDebugTrue", "leave the filter out, or its handler: a file has no settings.DEBUG to ask"},
	{"django.utils.log.CallbackFilter", `write the condition as a filter, such as filter: "-path:/health"`},
	{"django.utils.log.ServerFormatter", `leave it out, and show the time by format: "[{asctime}] {message}" and style: "{"`},
	{"uvicorn.logging.DefaultFormatter", `write format: "%(levelname)s: %(message)s" without it, or class: pretty`},
	{"uvicorn.logging.AccessFormatter", `write format: "%(levelname)s: %(message)s" without it, or class: pretty: the message has client, request and status`},
	{"uvicorn.logging.ColourizedFormatter", "write class: pretty"},
	{"celery.app.log.TaskFormatter", `write format: "%(asctime)s %(levelname)s %(task_name)s: %(message)s" without it`},
	{"celery.utils.log.ColorFormatter", "write class: pretty"},
	{"rich.logging.RichHandler", "class: console, with a formatter of class: pretty"},
	{"colorlog.", "write class: pretty for a formatter, class: console for a handler"},
	{"coloredlogs.", "write class: pretty"},
	{"structlog.", "write class: json, or class: pretty"},
	{"sentry_sdk.", "leave it out: Sentry's SDK takes records in the program"},
	{"concurrent_log_handler.", "class: rotating_file, in one server that all processes send to"},
	{"cloghandler.", "class: rotating_file, in one server that all processes send to"},
	{"watchtower.", "class: otlp, to a collector that writes there"},
	{"google.cloud.logging.", "class: otlp, to a collector that writes there"},
	{"opentelemetry.", "class: otlp"},
	{"logstash.", "class: http with body: lines"},
	{"graypy.", "class: otlp or class: http, to a collector that writes there"},
	{"systemd.journal.", "class: syslog with address: /dev/log"},
	{"asgi_correlation_id.", "leave it out: what a record has by extra is an attr, and shown"},
	{"logging.handlers.NTEventLogHandler", "class: syslog or class: file"},
	{"logging.handlers.BufferingHandler", "class: memory, with a target"},
	{"logging.handlers.BaseRotatingHandler", "class: rotating_file or class: timed_rotating_file"},
	{"logging.handlers.QueueListener", "class: logging.handlers.QueueHandler: its listener runs by itself"},
	{"logging.Handler", "class: null, or one that does something with records"},
	{"logging.BufferingFormatter", "write class: logging.Formatter"},
	{"logging.config.", "leave it out"},
}

// foreign takes the error of the name of a class that is not here: one of Python's that is spelled wrongly, one of
// other people's, or one of the program's own. word is the one that was meant, if that is certain, and want says what
// there is.
func (c *checker) foreign(m Member, what, name, word, want string) {
	at, shown := m.Value.Place, quote(name)
	if m.Value.Text != name { // it came from elsewhere
		shown, word = show(m.Value), ""
	}
	for _, f := range foreignNames {
		if name == f.name || strings.HasSuffix(f.name, ".") && strings.HasPrefix(name, f.name) {
			c.fail(at, "", "got %s, whose code is Python's and not run here; %s", shown, f.instead)
			return
		}
	}
	switch {
	case word != "":
		c.fail(at, word, "got %s, which is no %s", shown, what)
	case strings.Contains(name, ".") || strings.HasPrefix(name, extPrefix) || strings.Contains(name, ":"):
		c.fail(at, "", "got %s, which is code of a Python program and not run here; want %s", shown, want)
	default:
		c.fail(at, "", "got %s, which is no %s; want %s", shown, what, want)
	}
}
