package format_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// pythonAccepts says by a text whether Python's Formatter takes a format string, and null where not.
const pythonAccepts = `
import json, logging, sys
for line in sys.stdin:
    style, format = json.loads(line)
    try:
        logging.Formatter(format, style=style)
        print('""')
    except ValueError:
        print("null")
`

// A format string that Python refuses is refused here. What is refused here and not there would lose records
// there, or is a slip: those rows say so.
func TestAcceptsAsPython(t *testing.T) {
	python := testenv.Python(t)
	const (
		same     = ""
		stricter = "refused here: Python loses the records"
		slip     = "refused here: a slip of a key"
		wider    = "taken here only: group members and attrs by their names"
	)
	rows := []struct {
		style  format.Style
		text   string
		differ string
	}{
		{"%", "%(process)s %(message)s", same}, {"%", "%(asctime)-15s|%(levelno)+05d|%(created)#.3E", same}, {"%", "%(message)a", same},
		{"%", "${process} - {message}", same}, {"%", "{message}", same}, {"%", "%s", same}, {"%", "%(process)", same}, {"%", "%(message)Z", same},
		{"%", "%(process)s %s", stricter}, {"%", "%(process)s 100%", stricter}, {"%", "%(process)s %(message)", stricter}, {"%", "%(message)*s", stricter},
		{"%", "%(name)d", stricter}, {"%", "%(mesage)s", slip}, {"%", "%(http.status)s", wider},

		{"{", "{process} {message!r:>20} {{}}", same}, {"{", "$%{message}%$: {levelname}", same}, {"{", "{process:.2f}-{lineno:>+#06x}", same},
		{"{", "{customfield[1]}{process.__class__}", same}, {"{", "{message:{width}.{precision}}", same}, {"{", "{asctime:^30}{msecs:,.1f}{created:_.0%}", same},
		{"{", "{process!r:4.2}", same}, {"{", "{message:10.5s}", same}, {"{", "{lineno:_x}", same}, {"{", "{created:%H}", same},
		{"{", "{}", same}, {"{", "no field", same}, {"{", "{process", same}, {"{", "process}", same}, {"{", "{{foo!r:4.2}", same}, {"{", "{{foo!r:4.2}}", same},
		{"{", "{foo/bar}", wider}, {"{", "{foo:{{w}}.{{p}}}}", same}, {"{", "{foo!X:{{w}}.{{p}}}", same}, {"{", "{foo!a:random}", same}, {"{", "{foo!a:ran{dom}", same},
		{"{", "{foo!a:ran{d}om}", same}, {"{", "{foo.!a:d}", same}, {"{", "{process:>}", same}, {"{", "{message!}", same}, {"{", "{message!rr}", same}, {"{", "{message:.}", same},
		{"{", "{message:5.5.5}", same}, {"{", "{message:,_}", same}, {"{", "{0}", stricter}, {"{", "{name:d}", stricter}, {"{", "{name:+}", stricter},
		{"{", "{lineno:.3d}", stricter}, {"{", "{lineno:s}", stricter}, {"{", "{created:x}", stricter}, {"{", "{lineno:,x}", stricter}, {"{", "{levelName}", slip},
		{"{", "{k-v}", wider}, {"{", "{http.status}", same},

		{"$", "${process} $message $$", same}, {"$", "$$%(message)s ${message}", same}, {"$", "$message.x", same}, {"$", "$shop_no_1", same},
		{"$", "bar $$$", same}, {"$", "foo $.", same}, {"$", "foo $", same}, {"$", "no field", same}, {"$", "$$", same}, {"$", "${asctime", same}, {"$", "${}", same}, {"$", "$1", same},
		{"$", "${http.status}", wider}, {"$", "$levelName", slip},
	}
	var in bytes.Buffer
	for _, row := range rows {
		fmt.Fprintf(&in, "[%q,%s]\n", string(row.style), record.AppendJSONString(nil, row.text))
	}
	for i, answer := range answers(t, python, "UTC", pythonAccepts, &in, len(rows)) {
		row := rows[i]
		_, err := format.New(format.Options{Style: row.style, Format: row.text})
		ours, theirs := err == nil, answer != nil
		if row.differ == same && ours != theirs || row.differ == wider && (!ours || theirs) || (row.differ == stricter || row.differ == slip) && (ours || !theirs) {
			t.Errorf("style %s, %s: we take it: %v (%v), Python takes it: %v; want %q", row.style, row.text, ours, err, theirs, row.differ)
		}
	}
}
