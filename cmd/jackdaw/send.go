package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// sendTime bounds how long a receiver may take to confirm a record.
const sendTime = 10 * time.Second

// sendFlags are the flags of send.
type sendFlags struct {
	level     levelValue
	logger    string
	tcp, unix address
	demo      string
}

func (p *program) sendCommand() *cobra.Command {
	flags := &sendFlags{
		tcp:  address{network: "tcp", value: p.tcp},
		unix: address{network: "unix", value: off},
	}
	cmd := &cobra.Command{
		Use:   "send [flags] [MESSAGE [KEY=VALUE…]]",
		Short: "Send records",
		Long: "Send one record to a receiver of Python's wire, and wait until it has it. Values are whole\n" +
			"numbers, floats, true or false, and else text; in double quotes anything is text. Without a\n" +
			"message, or with - in its place, each line of the standard input is a record: JSON, or text.",
		Example: `jackdaw send "deployed" version=1.4.2 took=12.5
jackdaw send -l ERROR -n shop.pay "payment failed" user_id=42
jackdaw send -l ERROR -n nginx < /var/log/nginx/error.log`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("tcp") && cmd.Flags().Changed("unix") {
				return usagef("--tcp and --unix name two receivers; a record goes to one")
			}
			if flags.to().value == off {
				return usagef("there is nowhere to send to; name the receiver with --tcp or --unix")
			}
			return p.send(cmd.Context(), flags, args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.VarP(&flags.level, "level", "l", "`LEVEL` of the record (INFO)")
	f.StringVarP(&flags.logger, "logger", "n", record.RootLogger, "`NAME` of its logger (root)")
	f.Var(&flags.tcp, "tcp", "`ADDR` of the receiver ("+p.tcp+")")
	f.Var(&flags.unix, "unix", "`PATH` of the receiver's unix socket, instead of --tcp")
	f.StringVar(&flags.demo, "demo", "", "send `RATE` records a second of a shop that is not there, until Ctrl-C (10)")
	f.Lookup("demo").NoOptDefVal = strconv.Itoa(defaultDemo)
	words := []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
	_ = cmd.RegisterFlagCompletionFunc("level", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// to returns the receiver.
func (s *sendFlags) to() *address {
	if s.unix.value != off {
		return &s.unix
	}
	return &s.tcp
}

// send sends what the arguments say, or what comes on the standard input.
func (p *program) send(ctx context.Context, s *sendFlags, args []string) error {
	if s.demo != "" {
		rate, err := demoRate(s.demo, args)
		if err != nil {
			return err
		}
		return p.sendDemo(ctx, s.to(), rate)
	}
	if len(args) == 0 && p.stdin == nil {
		return usagef(`there is no message; write for example: jackdaw send "deployed" version=1.4.2`)
	}
	var attrs []slog.Attr
	for i, arg := range args {
		if i == 0 {
			continue
		}
		a, err := parseAttr(arg)
		if err != nil {
			return err
		}
		attrs = append(attrs, a)
	}
	if p.stdin != nil && (len(args) == 0 || args[0] == "-") {
		return s.sendLines(ctx, p.stdin, attrs)
	}
	r := s.plain(args[0])
	r.Attrs = attrs
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return sendError(s.to(), sender.Once(ctx, s.to().network, s.to().value, &r))
}

// sendError says what to do about an error of [sender.Once].
func sendError(to *address, err error) error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w\nnobody listens there; start \"jackdaw serve\", or name the receiver with --%s", err, to.network)
	case errors.Is(err, sender.ErrUnconfirmed):
		return fmt.Errorf("%w\nthe record may be lost; see what the receiver says, and send it again", err)
	}
	return err
}

// parseAttr reads KEY=VALUE.
func parseAttr(arg string) (slog.Attr, error) {
	key, value, ok := strings.Cut(arg, "=")
	if !ok {
		return slog.Attr{}, usagef("%q is no KEY=VALUE; put a message of several words in quotes: jackdaw send \"two words\"", arg)
	}
	if key == "" {
		return slog.Attr{}, usagef("%q has no key before the =", arg)
	}
	return slog.Attr{Key: key, Value: parseValue(value)}, nil
}

// parseValue reads a value as the type it looks like. What begins with a zero or a plus, as postcodes
// and telephone numbers do, looks like text.
func parseValue(s string) slog.Value {
	digits := strings.TrimPrefix(s, "-")
	number := digits != "" && digits[0] != '+' && strings.Trim(digits, "+-.0123456789eE") == "" &&
		strings.ContainsAny(digits, "0123456789") && (len(digits) == 1 || digits[0] != '0' || digits[1] == '.')
	if n, err := strconv.ParseInt(s, 10, 64); number && err == nil {
		return slog.Int64Value(n)
	}
	if f, err := strconv.ParseFloat(s, 64); number && err == nil {
		return slog.Float64Value(f)
	}
	switch n := len(s); {
	case s == "true" || s == "false":
		return slog.BoolValue(s == "true")
	case n >= 2 && s[0] == '"' && s[n-1] == '"':
		s = s[1 : n-1]
	}
	return slog.StringValue(s)
}

// levelValue is the value of a flag that is one level.
type levelValue struct{ level slog.Level }

// String returns the level's name.
func (l *levelValue) String() string { return record.LevelName(l.level) }

// Type returns how the flag's value is called in the help.
func (l *levelValue) Type() string { return "LEVEL" }

// Set takes a level.
func (l *levelValue) Set(word string) (err error) {
	l.level, err = record.ParseLevel(word)
	return err
}
