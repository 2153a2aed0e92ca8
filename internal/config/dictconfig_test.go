package config_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// pythonTakes says whether dictConfig takes a configuration, and which Python it is.
const pythonTakes = pythonReset + `
for line in sys.stdin:
    reset()
    try:
        logging.config.dictConfig(json.loads(line))
        taken = True
    except Exception:
        taken = False
    for r in list(logging._handlerList):
        if r(): r().close()
    print(json.dumps([taken, sys.version_info[1]]))
`

// base is the configuration that most of ConfigDictTest's are made from.
const base = `{"version": 1,
	"formatters": {"form1": {"format": "%(levelname)s ++ %(message)s"}},
	"handlers": {"hand1": {"class": "logging.StreamHandler", "formatter": "form1", "level": "NOTSET", "stream": "ext://sys.stdout"}},
	"loggers": {"compiler.parser": {"level": "DEBUG", "handlers": ["hand1"]}},
	"root": {"level": "WARNING"}}`

// patched returns the base with members of it set, by their paths.
func patched(t *testing.T, patch string) object {
	t.Helper()
	var c, p object
	if err := json.Unmarshal([]byte(base), &c); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte("{"+patch+"}"), &p); err != nil {
		t.Fatalf("%s: %v", patch, err)
	}
	for path, value := range p {
		keys := strings.Split(path, "/")
		at := c
		for _, key := range keys[:len(keys)-1] {
			if at[key] == nil {
				at[key] = object{}
			}
			at = maps.Collect(maps.All(at[key].(object)))
			// The copy goes back, so that the next path finds it.
			set(c, keys, key, at)
		}
		if last := keys[len(keys)-1]; value == "-" {
			delete(at, last)
		} else {
			at[last] = value
		}
	}
	return c
}

// set puts a mapping back at the part of a path that ends with key.
func set(c object, path []string, key string, value object) {
	for _, k := range path {
		if k == key {
			c[k] = value
			return
		}
		c = c[k].(object)
	}
}

// The rows are CPython's ConfigDictTest, and each parameter of each class with values that are right and wrong. Where
// we take what Python does not, or do not take what it does, the row says why.
func TestTakesAsDictConfig(t *testing.T) {
	python := testenv.Python(t)
	const (
		same     = ""
		foreign  = "refused here: code of Python's is not run"
		key      = "refused here: Python ignores a key that it does not know"
		typed    = "refused here: Python finds it out when there is a record"
		wider    = "taken here: "
		encoding = "refused here: utf-8, ascii and latin-1 are there"
	)
	h := func(class, params string) string {
		return `"handlers/h": {"class": "logging.` + class + `"` + strings.TrimSuffix(", "+params, ", ") + `}`
	}
	rows := []struct {
		patch  string
		differ string
		since  int // the version of Python 3 that has it
	}{
		{patch: ``},
		{patch: `"root/handlers": ["hand1"]`}, // config0, config1a
		{patch: `"handlers/hand1/stream": "ext://sys.stdbout"`},
		{patch: `"handlers/hand1/level": "NTOSET"`},
		{patch: `"root/level": "WRANING"`},
		{patch: `"handlers/hand1/formatter": "misspelled_name"`},
		{patch: `"formatters/form1/()": "logging.Formatter"`},
		{patch: `"formatters/form1/()": "email.message.Message"`}, // taken by neither: no parameter format
		{patch: `"formatters/form1/()": "builtins.dict"`, differ: foreign},
		{patch: `"handlers/hand1/class": "__main__.CustomHandler"`},
		{patch: `"handlers/hand1/9": "invalid parameter name"`},
		{patch: `"loggers": {"compiler.lexer": {"level": "DEBUG", "handlers": ["hand1"]}}`},
		{patch: `"disable_existing_loggers": false, "loggers": {"compiler": {"level": "DEBUG", "handlers": ["hand1"]}, "compiler.lexer": {}}`},
		{patch: `"disable_existing_loggers": true`},
		{patch: `"handlers/hand1/level": "WARNING", "root/level": "NOTSET"`},
		{patch: `"incremental": true`, differ: wider + "whether the handler runs is known to who applies it"},
		{patch: `"filters": {"filt1": {"name": "compiler.parser"}}, "handlers/hand1/filters": ["filt1"], "loggers/compiler.parser/filters": ["filt1"]`},
		{patch: `"filters": {"filt1": {"name": "x"}}, "handlers/hand1/filters": ["filt2"]`},
		{patch: `"own": {"form1": {"format": "%(message)s"}}, "formatters": "cfg://own"`}, // config11
		{patch: `"own": {"hand1": {"class": "logging.NullHandler"}}, "handlers": {"hand1": "cfg://own[hand1]"}`},
		{patch: `"version": "-"`},
		{patch: `"version": 2`},
		{patch: `"version": "1"`},
		{patch: `"handlers/hand1/.": {"terminator": "!"}`, differ: foreign},
		{patch: `"formatters/form1": {"format": "%(message)s ++ %(customfield)s", "defaults": {"customfield": "defaultvalue"}}`},
		{patch: `"formatters/form1": {"format": "%(asctime)s (%(name)s)", "style": "$"}`}, // bad_format
		{patch: `"formatters/form1": {"format": "${asctime} (${name})", "style": "$"}`},
		{patch: `"formatters/form1": {"format": "${asctime}", "style": "x"}`},
		{patch: `"formatters/form1": {"format": "no field", "validate": false}`},
		{patch: `"formatters/form1": {"format": "no field"}`},
		{patch: `"formatters/form1": {"class": "no.such.Formatter", "format": "%(message)s"}`},
		{patch: `"formatters/form1": {}`},
		{patch: `"formatters/form1/frmat": "x"`, differ: key},
		{patch: `"handlers/hand1/formatter": ""`}, {patch: `"handlers/hand1/level": ""`}, {patch: `"handlers/hand1/level": null`},
		{patch: `"handlers/hand1/level": 25`}, {patch: `"handlers/hand1/level": "25"`, differ: wider + "a number as text"},
		{patch: `"handlers/hand1/level": "info"`, differ: wider + "small letters"}, {patch: `"handlers/hand1/level": 1.5`}, {patch: `"handlers/hand1/level": ["INFO"]`},
		{patch: `"handlers/hand1/class": "-"`}, {patch: `"handlers/hand1/class": null`}, {patch: `"handlers/hand1/class": 3`},
		{patch: `"handlers/hand1": null`}, {patch: `"handlers/hand1": []`},
		{patch: `"handlers/hand1/stream": "ext://sys.stderr"`}, {patch: `"handlers/hand1/stream": null`}, {patch: `"handlers/hand1/stream": "ext://os.devnull"`, differ: typed},
		{patch: `"handlers/hand1/class": "logging.NullHandler", "handlers/hand1/stream": "-"`}, {patch: `"handlers/hand1/class": "StreamHandler"`},
		{patch: `"handlers/hand1/class": "console", "handlers/hand1/stream": "-"`, differ: wider + "short names"},
		{patch: `"loggers/compiler.parser/handlers": ["nosuch"]`}, {patch: `"loggers/compiler.parser/handlers": "hand1"`, differ: wider + "one name without a list"},
		{patch: `"loggers/compiler.parser/handlers": ["hand1", "hand1"]`}, {patch: `"loggers/compiler.parser/handlers": []`}, {patch: `"loggers/compiler.parser/handlers": null`},
		{patch: `"loggers/compiler.parser/propagate": false`}, {patch: `"loggers/compiler.parser/propagate": 0`}, {patch: `"loggers/compiler.parser/propagate": "true"`},
		{patch: `"loggers/compiler.parser/propagate": "false"`, differ: "refused here: it is true in Python"},
		{patch: `"loggers/compiler.parser/qualname": "compiler.parser"`}, {patch: `"loggers/compiler.parser/levle": "INFO"`, differ: key},
		{patch: `"loggers/": {"level": "INFO"}, "root": "-"`}, {patch: `"loggers/": {"level": "INFO"}`, differ: "refused here: the root twice"},
		{patch: `"root/propagate": false`}, {patch: `"root/filters": [null]`}, {patch: `"root/filters": [1]`}, {patch: `"root": null`},
		{patch: `"recievers": {}`, differ: key}, {patch: `"x-mine": {}`}, {patch: `"filters": null`, differ: wider + "an empty section"},
		{patch: `"filters": {"f": {}}, "root/filters": ["f"]`}, {patch: `"filters": {"f": {"()": "logging.Filter", "name": "a"}}`},
		{patch: `"filters": {"f": {"filter": "level>=error"}}`}, // there it is a filter without a name

		{patch: h("FileHandler", `"filename": "a.log"`)}, {patch: h("FileHandler", ``)}, {patch: h("FileHandler", `"filename": "a.log", "mode": "a", "encoding": "utf-8", "delay": true, "errors": "replace"`)},
		{patch: h("FileHandler", `"filename": "a.log", "mode": "w"`)}, {patch: h("FileHandler", `"filename": "a.log", "mode": "q"`)},
		{patch: h("FileHandler", `"filename": "a.log", "encoding": "latin-1"`)}, {patch: h("FileHandler", `"filename": "a.log", "encoding": "cp1252"`), differ: encoding}, {patch: h("FileHandler", `"filename": "a.log", "encoding": "nosuch"`)},
		{patch: h("FileHandler", `"filename": "a.log", "maxBytes": 3`), differ: wider + "a file may be rotated"}, {patch: h("FileHandler", `"filename": "no/such/dir/a.log"`), differ: wider + "what opens the file tells"},
		{patch: h("FileHandler", `"filenam": "a.log"`)}, {patch: h("handlers.WatchedFileHandler", `"filename": "a.log"`)}, {patch: h("handlers.WatchedFileHandler", `"filename": "a.log", "maxBytes": 1`)},
		{patch: h("handlers.RotatingFileHandler", `"filename": "a.log", "maxBytes": 100, "backupCount": 3`)}, {patch: h("handlers.RotatingFileHandler", `"filename": "a.log"`)},
		{patch: h("handlers.RotatingFileHandler", `"filename": "a.log", "maxBytes": 100`)}, {patch: h("handlers.RotatingFileHandler", `"filename": "a.log", "backupCount": 100`)},
		{patch: h("handlers.RotatingFileHandler", `"filename": "a.log", "maxBytes": "1MB"`), differ: wider + "a size"}, {patch: h("handlers.RotatingFileHandler", `"filename": "a.log", "when": "D"`)},
		{patch: h("handlers.TimedRotatingFileHandler", `"filename": "a.log"`)}, {patch: h("handlers.TimedRotatingFileHandler", `"filename": "a.log", "when": "W3", "interval": 2, "backupCount": 3, "utc": true`)},
		{patch: h("handlers.TimedRotatingFileHandler", `"filename": "a.log", "when": "X"`)}, {patch: h("handlers.TimedRotatingFileHandler", `"filename": "a.log", "when": "W9"`)},
		{patch: h("handlers.TimedRotatingFileHandler", `"filename": "a.log", "when": "midnight", "atTime": "03:30"`), differ: wider + "a time as text"},
		{patch: h("handlers.SocketHandler", `"host": "h", "port": 9020`)}, {patch: h("handlers.SocketHandler", `"host": "/run/s", "port": null`)}, {patch: h("handlers.SocketHandler", `"host": "h"`), differ: wider + "a unix socket"},
		{patch: h("handlers.SocketHandler", `"port": 9020`)}, {patch: h("handlers.SocketHandler", `"host": "h", "port": "x"`), differ: typed}, {patch: h("handlers.DatagramHandler", `"host": "h", "port": 9021`)},
		{patch: h("handlers.SysLogHandler", ``)}, {patch: h("handlers.SysLogHandler", `"address": ["localhost", 5514], "facility": "local3"`)}, {patch: h("handlers.SysLogHandler", `"address": ["127.0.0.1", 5514], "facility": 3, "socktype": 2`)},
		{patch: h("handlers.SysLogHandler", `"address": ["127.0.0.1", 5514], "socktype": "ext://socket.SOCK_DGRAM"`)}, {patch: h("handlers.SysLogHandler", `"address": "/dev/nosuch"`)},
		{patch: h("handlers.SysLogHandler", `"facility": "nosuch"`), differ: typed}, {patch: h("handlers.SysLogHandler", `"adress": "/dev/log"`)},
		{patch: h("handlers.HTTPHandler", `"host": "h:9022", "url": "/log"`)}, {patch: h("handlers.HTTPHandler", `"host": "h:9022", "url": "/log", "method": "POST", "secure": true, "credentials": ["u", "p"], "context": null`)},
		{patch: h("handlers.HTTPHandler", `"host": "h", "url": "/log", "method": "PUT"`)}, {patch: h("handlers.HTTPHandler", `"host": "h"`)}, {patch: h("handlers.HTTPHandler", `"url": "http://h/log"`), differ: wider + "a whole URL"},
		{patch: h("handlers.SMTPHandler", `"mailhost": "h", "fromaddr": "a@b", "toaddrs": "c@d", "subject": "s"`)},
		{patch: h("handlers.SMTPHandler", `"mailhost": ["h", 587], "fromaddr": "a@b", "toaddrs": ["c@d"], "subject": "s", "credentials": ["u", "p"], "secure": [], "timeout": 1.5`)},
		{patch: h("handlers.SMTPHandler", `"mailhost": "h", "fromaddr": "a@b", "toaddrs": ["c@d"]`), differ: wider + "there is a subject by default"}, {patch: h("handlers.SMTPHandler", `"mailhost": "h", "fromaddr": "a@b", "subject": "s"`)},
		{patch: h("handlers.MemoryHandler", `"capacity": 5, "target": "hand1", "flushLevel": 40, "flushOnClose": false`)}, {patch: h("handlers.MemoryHandler", `"capacity": 5, "target": "nosuch"`)},
		{patch: h("handlers.MemoryHandler", `"capacity": 5`), differ: "refused here: what it keeps would go nowhere"}, {patch: h("handlers.MemoryHandler", `"target": "hand1"`), differ: wider + "there is a capacity by default"},
		{patch: h("handlers.MemoryHandler", `"capacity": 5, "target": "h"`)},
		{patch: h("NullHandler", ``)}, {patch: h("NullHandler", `"stream": null`)}, {patch: h("handlers.BufferingHandler", `"capacity": 3`), differ: "refused here: what it keeps would go nowhere"},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"]`), since: 12}, {patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "respect_handler_level": true`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["nosuch"]`), since: 12}, {patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "queue": "queue.Queue"`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "queue": {"()": "queue.Queue", "maxsize": 10}`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "listener": "logging.handlers.QueueListener"`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "queue": "foo"`), since: 12}, {patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "queue": ""`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "queue": 4`), since: 12}, {patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "listener": "bar"`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "listener": 4`), since: 12}, {patch: h("handlers.QueueHandler", `"handlers": ["h"]`), since: 12},
		{patch: h("handlers.QueueHandler", `"handlers": ["hand1"], "respct_handler_level": true`), since: 12},
	}
	var questions []any
	for _, row := range rows {
		questions = append(questions, patched(t, row.patch))
	}
	for i, answer := range askPython[[2]any](t, python, pythonTakes, questions) {
		row := rows[i]
		if answer[1].(float64) < float64(row.since) {
			continue
		}
		text, err := json.Marshal(questions[i])
		if err != nil {
			t.Fatal(err)
		}
		_, err = check(string(text), config.Options{RootLevel: record.LevelWarning})
		ours, theirs := err == nil, answer[0].(bool)
		differs := row.differ != same
		if differs != (ours != theirs) || differs && ours != strings.HasPrefix(row.differ, wider) {
			t.Errorf("%s: we take it: %v (%v), Python takes it: %v; want %q", row.patch, ours, err, theirs, row.differ)
		}
	}
}

const pythonLooks = pythonReset + `
for line in sys.stdin:
    tree, text = json.loads(line)
    try:
        found = logging.config.BaseConfigurator(tree).convert(text)
    except Exception:
        found = None
    print(json.dumps(found if isinstance(found, str) else None))
`

// What a cfg:// stands for is what it stands for in Python.
func TestLooksAsDictConfig(t *testing.T) {
	python := testenv.Python(t)
	const tree = `"adict": {"d": "e", "7": "seven", "two words": "tw"}, "alist": ["a", "b"], "nest": ["k", ["l", "m"], {"n": ["o"]}], "ref": ["p", "cfg://alist", "cfg://adict"], "way": "cfg://nest", "text": "plain"`
	var c object
	if err := json.Unmarshal([]byte(`{`+tree+`}`), &c); err != nil {
		t.Fatal(err)
	}
	looks := strings.Split("cfg://text|cfg://adict.d|cfg://adict[d]|cfg://adict.7|cfg://alist[1]|cfg://alist[2]|cfg://alist[x]|cfg://alist.1|cfg://nest[1][0]|cfg://nest[2].n[0]|cfg://nest[2][n][0]|"+
		"cfg://ref[1][0]|cfg://ref[2].d|cfg://way[1][1]|cfg:// adict . d |cfg://nosuch|cfg://!|cfg://adict.|cfg://adict[|cfg://adict]|cfg://.adict|cfg://adict..d|cfg://|cfg:adict|plain|http://adict.d|CFG://adict.d", "|")
	var questions []any
	for _, look := range looks {
		questions = append(questions, []any{c, look})
	}
	for i, want := range askPython[*string](t, python, pythonLooks, questions) {
		var got *string
		if c, err := check(`{"version": 1, `+tree+`, "all": ["cfg://adict", "cfg://alist", "cfg://nest", "cfg://ref", "cfg://way", "cfg://text"], "filters": {"all": {"name": "cfg://all[5]"}, "f": {"name": "`+looks[i]+`"}, `+
			`"g": {"name": "cfg://all[0].d"}, "h": {"name": "cfg://all[1][0]"}, "i": {"name": "cfg://all[2][0]"}, "j": {"name": "cfg://all[3][0]"}, "k": {"name": "cfg://all[4][0]"}}}`, config.Options{}); err == nil {
			got = &c.Filters[1].Logger
		}
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %v, want %v", looks[i], show(got), show(want))
		}
	}
}

func show(s *string) string {
	if s == nil {
		return "an error"
	}
	return *s
}
