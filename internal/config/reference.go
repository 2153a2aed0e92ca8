package config

import (
	"fmt"
	"slices"
	"strings"
)

// section is a part of the reference: what has keys of its own.
type section struct {
	title, doc string
	keys       []Key
}

// sections returns all parts in the order of the reference.
func sections() []section {
	common := handlerTable().keys()
	all := []section{
		{"The whole file", "A key that begins with `" + ownPrefix + "` is yours, and so is one that a `cfg://` refers to.", topTable().keys()},
		{"`formatters`: each formatter", "", formatterTable().keys()},
		{"`filters`: each filter", "", filterTable().keys()},
		{"`loggers` and `root`: each logger", "", loggerTable().keys()},
		{"`handlers`: each handler", "Beside these a handler has the keys of its class.", common},
	}
	for _, k := range classes() {
		names := "`" + strings.Join(append([]string{string(k.name)}, append(k.also, k.python...)...), "`, `") + "`"
		all = append(all, section{"`class: " + string(k.name) + "`", k.doc + " Names: " + names + ".", k.keys})
	}
	return append(all,
		section{"`tls` of a handler", "", tlsTable().keys()},
		section{"`receivers`", "A key that is left out has its default; the receiver is not there with `off`.", receiversTable().keys()},
		section{"`tls` of `receivers`", "", serverTLSTable().keys()},
		section{"`stream`", "`stream: off` keeps what waits in memory.", streamTable().keys()},
		section{"`tls` of `stream`", "", streamTLSTable().keys()},
		section{"`store`", "`store: off` keeps nothing to be found.", storeTable().keys()},
		section{"`web`", "`web: ADDRESS` is the address alone, `web: off` is none.", webTable().keys()},
	)
}

// valueKinds are the kinds of values that the reference names, each with how it is written.
func valueKinds() [][2]string {
	return [][2]string{
		{"text", "Any text. A number is taken as it is written."},
		{"path", "The path of a file or directory; one that is relative begins at the working directory of the program."},
		{"number", "A whole number."},
		{"true or false", "In YAML also `yes`, `no`, `on` and `off`; 1 and 0."},
		{"word", "One of the words, in capital or small letters."},
		{"level", "`DEBUG`, `INFO`, `WARNING`, `ERROR`, `CRITICAL`, in capital or small letters, one with a distance as `INFO+2`, or a number of Python's as 25. `NOTSET` is none."},
		{"size", "A number of bytes, or a number with a unit: `500KB` (thousands), `100MB`, `2GiB` (1024³). 0 is no bound."},
		{"duration", "A number of seconds as in Python, or a number with a unit: `500ms`, `30s`, `5m`, `1h`."},
		{"age", "A number with a unit: `36h`, `14d`, `8w`; or `off`: for ever."},
		{"time of the day", "`03:30` or `03:30:00`."},
		{"permissions", "Three octal digits: `0640`, in JSON as a text."},
		{"host:port", "`127.0.0.1:9020`; `0.0.0.0:9020` is every address of the machine."},
		{"host", "A name or an address, with a port where the description says so."},
		{"address", "See the description."},
		{"addresses", "A list of mail addresses, or one alone."},
		{"url", "`https://logs.example.com/v1/logs`, without a user in it."},
		{"networks", "A list of networks, as `10.0.0.0/8` or a host alone; or one of them."},
		{"names", "A list of texts, or one alone."},
		{"mapping", "Keys with values."},
		{"section", "See below."},
		{"class", "A name of one of the classes below."},
		{"formatter", "The name of a formatter of the file, or `json`, `logfmt`, `text`, `pretty`."},
		{"handler", "The name of a handler of the file."},
		{"handlers", "A list of names of handlers of the file, or one alone."},
		{"filters", "A list of names of filters of the file, or one alone."},
		{"stream", "`ext://sys.stderr` or `ext://sys.stdout`; `stderr` and `stdout` are the same."},
		{"host:port, or off", "An address to listen on, or `off`."},
		{"path, or off", "The path of a unix socket, or `off`."},
		{"host:port or path, or off", "One, or a list of them, or `off`."},
		{"[user, password]", "A list of two texts."},
		{"[]", "An empty list."},
		{"null", "Nothing."},
		{"name of Python's", "A dotted name, or a mapping with `()`."},
	}
}

// Reference returns the reference of all keys in Markdown, as it stands in docs/configuration.md.
func Reference() string {
	var b strings.Builder
	b.WriteString("### How values are written\n\n| value | written |\n|---|---|\n")
	used := map[string]bool{}
	for _, s := range sections() {
		for _, k := range s.keys {
			used[k.Kind] = true
		}
	}
	for _, k := range valueKinds() {
		if used[k[0]] {
			fmt.Fprintf(&b, "| %s | %s |\n", k[0], k[1])
		}
	}
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n### %s\n\n", s.title)
		if s.doc != "" {
			b.WriteString(s.doc + "\n\n")
		}
		if len(s.keys) == 0 {
			b.WriteString("It has no keys of its own.\n")
			continue
		}
		b.WriteString("| key | value | without it | |\n|---|---|---|---|\n")
		for _, k := range s.keys {
			b.WriteString(k.row())
		}
	}
	return b.String()
}

// row returns the key as a row of the reference.
func (k Key) row() string {
	names := []string{"`" + k.Name + "`"}
	for _, also := range k.Also {
		names = append(names, "`"+also+"`")
	}
	value := k.Kind
	if len(k.Words) > 0 && len(k.Words) <= 12 && !slices.Contains([]string{"stream", "name of Python's"}, k.Kind) {
		value = "`" + strings.Join(k.Words, "`, `") + "`"
	}
	without := k.Default
	if k.Required {
		without = "an error"
	}
	doc := k.Doc
	if k.Server {
		doc += " Servers only."
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", strings.Join(names, ", "), value, without, doc)
}
