package main

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestUsageErrors(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		fails(t, exitUsage, "jackdaw: "+want, args...)
	}
	// The nearest word of commands, flags and values.
	f(`unknown command "serv"; did you mean serve?`, "serv")
	f(`unknown command "snd"; did you mean send?`, "snd", "-l", "INFO", "hi")
	f(`unknown command "snd"; did you mean send?`, "help", "snd")
	f(`unknown command "bsh"; did you mean bash?`, "completion", "bsh")
	f(`unknown command "xyzzy"; the commands are check, completion, demo, flight, help, query, reload, run, send, serve, stats, store, stream, tail, version`, "xyzzy")
	f("unknown flag --consol; did you mean --console?", "--consol", "pretty")
	f("unknown flag --consol; did you mean --console?", "serve", "--consol=pretty")
	f("unknown flag -c; did you mean --console?", "serve", "-console", "pretty")
	f("unknown flag -x; see jackdaw send --help", "send", "-x")
	f("unknown flag --xyzzy; see jackdaw --help", "--xyzzy")
	f("--console prety: did you mean pretty? It takes pretty, json, text, logfmt or off", "--console", "prety")
	f("--color xyzzy: want auto, always or never", "demo", "--color", "xyzzy")
	f("--color needs a value: --color auto|always|never", "--color")

	f("--limit many: want a whole number", "query", "-n", "many")
	f("--limit 99999999999999999999: the number is too large", "tail", "-n", "99999999999999999999")
	f("--open maybe: want true or false", "--open=maybe")
	f("--every 5: want a time such as 500ms, 2s or 1m", "stats", "--every", "5")

	f("--tcp 9020: want HOST:PORT; for this machine only, 127.0.0.1:9020", "--tcp", "9020")
	f("--tcp localhost: want HOST:PORT, such as 127.0.0.1:0, or off", "--tcp", "localhost")
	f("--http localhost: want HOST:PORT, such as 127.0.0.1:0, or off", "--http", "localhost")
	f("--jsonl localhost: want HOST:PORT, or off", "--jsonl", "localhost")
	f(`--udp 127.0.0.1:99999: "99999" is no port; want a number from 0 to 65535, 0 for any that is free`, "--udp", "127.0.0.1:99999")
	f("--allow 10.0.0.1/8: the network of 8 bits is 10.0.0.0/8", "--allow", "10.0.0.1/8")
	f("--allow everybody: want a network such as 10.0.0.0/8, or a host such as 10.1.2.3", "--allow", "everybody")
	f("--tls-cert needs the key, too: --tls-key FILE", "--tls-cert", "x")
	f("--tls-key needs the certificate, too: --tls-cert FILE", "--tls-key", "x")
	f("--tls-client-ca is for TLS; add --tls-cert FILE and --tls-key FILE", "--tls-client-ca", "x")
	f("--otlp 4318: want HOST:PORT; for this machine only, 127.0.0.1:4318", "--otlp", "4318")
	f("--unix : the address is empty; write off for none", "--unix", "")
	f("--syslog localhost: want HOST:PORT, such as 127.0.0.1:5514, or a path, such as /run/jackdaw/log, or off", "--syslog", "localhost")
	f("--syslog 514: want HOST:PORT; for this machine only, 127.0.0.1:514", "--syslog", "514")
	f("--syslog udp:514: want HOST:PORT; for this machine only, 127.0.0.1:514", "--syslog", "udp:514")
	f("--syslog unix:: the address is empty; write off for none", "--syslog", "unix:")
	f(`--level shop=warnin: level "warnin" is unknown; did you mean WARNING?`, "--level", "INFO", "--level", "shop=warnin")
	f(`--format %(nmae)s: column 1: unknown key "nmae"; did you mean %(name)s? (an attr of that name is %(attrs.nmae)s)`, "--format", "%(nmae)s")
	f("--format {name}: column 1: nothing of a record would be shown; write for example %(message)s; with --style '{' it is right as it is", "--format", "{name}")
	f("--format {nmae}: column 1: unknown key \"nmae\"; did you mean {name}? (an attr of that name is {attrs.nmae})", "--format", "{nmae}", "--style", "{")
	f("--style &: want %, { or $", "--style", "&")
	f("--style is about --format; add it", "--style", "$")
	f("--datefmt is about --format; add it", "--datefmt", "%H")
	f("--format is a form of --console text; leave --console json out", "--format", "%(message)s", "--console", "json")
	f("there is nothing to listen on; leave --tcp off out, or name a unix socket with --unix", "--tcp", "off", "--udp", "OFF", "--http", "off", "--otlp", "off", "--otlp-grpc", "off", "--web", "off")
	f(`jackdaw serve takes no arguments, got "now"; see jackdaw serve --help`, "serve", "now")

	f(`there is no message; write for example: jackdaw send "deployed" version=1.4.2`, "send")
	f(`"world" is no KEY=VALUE; put a message of several words in quotes: jackdaw send "two words"`, "send", "hello", "world")
	f(`"=x" has no key before the =`, "send", "hello", "=x")
	f("--tcp and --unix name two receivers; a record goes to one", "send", "--tcp", "127.0.0.1:1", "--unix", "x", "hello")
	f("there is nowhere to send to; name the receiver with --tcp or --unix", "send", "--tcp", "off", "hello")
}

// Help begins with what the command does and three examples, which are right, and says all flags.
func TestHelp(t *testing.T) {
	root := newSession(t).p.root()
	commands := append(root.Commands(), root)
	for _, c := range root.Commands() {
		commands = append(commands, c.Commands()...)
	}
	for _, c := range commands {
		if c.HasParent() && c.Parent().Name() == "completion" || c.Name() == "completion" || c.Name() == "help" || c.Name() == "version" {
			continue
		}
		args := strings.Fields(strings.TrimPrefix(c.CommandPath(), "jackdaw"))
		code, help, stderr := run(t, append(args, "--help")...)
		if code != exitDone || stderr != "" {
			t.Errorf("%s --help: exit %d, %q", c.CommandPath(), code, stderr)
		}
		if _, byHelp, _ := run(t, append([]string{"help"}, args...)...); len(args) > 0 && byHelp != help {
			t.Errorf("help %s: got\n%s\nwant\n%s", c.Name(), byHelp, help)
		}
		if examples, usage := strings.Index(help, "\nExamples:\n"), strings.Index(help, "\nUsage:\n"); examples < 0 || usage < examples {
			t.Errorf("%s: the examples do not come first:\n%s", c.CommandPath(), help)
		}
		for _, flag := range regexp.MustCompile(`--[a-z]+`).FindAllString(c.Flags().FlagUsages(), -1) {
			if !strings.Contains(help, flag) {
				t.Errorf("%s: %s is not in the help", c.CommandPath(), flag)
			}
		}
		lines := strings.Split(c.Example, "\n")
		if len(lines) != 3 {
			t.Errorf("%s: got %d examples, want 3", c.CommandPath(), len(lines))
		}
		for _, line := range lines {
			line, _, _ = strings.Cut(line, "   ") // what is said about it
			line, _, _ = strings.Cut(line, " | ")
			line, _, _ = strings.Cut(line, " -- ") // what another program is given
			found, rest, err := root.Find(strings.Fields(line)[1:])
			if err != nil || found != c && !c.HasAvailableSubCommands() {
				t.Errorf("example %q: it is of %v, %v", line, found, err)
				continue
			}
			for _, w := range rest {
				if name, ok := strings.CutPrefix(w, "--"); ok && found.Flags().Lookup(name) == nil {
					t.Errorf("example %q: there is no flag %s", line, w)
				}
			}
		}
	}
}

func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		code, stdout, stderr := run(t, arg)
		if code != exitDone || stdout != version()+"\n" || stderr != "" || !strings.HasPrefix(stdout, "jackdaw ") || !strings.Contains(stdout, ", go1.") {
			t.Errorf("%s: got %d %q %q", arg, code, stdout, stderr)
		}
	}
}

func TestCompletion(t *testing.T) {
	f := func(want []string, args ...string) {
		t.Helper()
		_, stdout, _ := run(t, append([]string{"__completeNoDesc"}, args...)...)
		got := strings.Fields(stdout)
		if i := slices.Index(got, ":4"); i >= 0 { // no file names
			got = got[:i]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", args, got, want)
		}
	}
	f([]string{"pretty", "json", "text", "logfmt", "off"}, "--console", "")
	f([]string{"auto", "always", "never"}, "serve", "--color", "")
	f([]string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}, "send", "-l", "")
	f([]string{"send", "serve"}, "se")
	f([]string{"yaml", "yml", "json", ":8"}, "serve", "--config", "") // files of these names
	f([]string{"yaml", "yml", "json", ":8"}, "check", "")
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := run(t, "completion", shell); code != exitDone || !strings.Contains(stdout, "jackdaw") {
			t.Errorf("completion %s: exit %d, %d bytes", shell, code, len(stdout))
		}
	}
}

func TestParseValue(t *testing.T) {
	f := func(in string, want slog.Value) {
		t.Helper()
		if got := parseValue(in); got.Kind() != want.Kind() || !got.Equal(want) {
			t.Errorf("%s: got %s %v, want %s %v", in, got.Kind(), got, want.Kind(), want)
		}
	}
	f("42", slog.Int64Value(42))
	f("-42", slog.Int64Value(-42))
	f("0", slog.Int64Value(0))
	f("1.5", slog.Float64Value(1.5))
	f("-0.5", slog.Float64Value(-0.5))
	f("1e3", slog.Float64Value(1000))
	f("12345678901234567890", slog.Float64Value(12345678901234567890))
	f("true", slog.BoolValue(true))
	f("false", slog.BoolValue(false))
	for _, text := range []string{"", "True", "yes", "01234", "-007", "00.5", "1.4.2", "+49", "0x10", "nan", "inf", "1_000", "1e999", "e", ".", "a b", `"`} {
		f(text, slog.StringValue(text))
	}
	f(`"42"`, slog.StringValue("42"))
	f(`""`, slog.StringValue(""))
}
