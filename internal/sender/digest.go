package sender

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// digest is what of records is in a mail: the text of the first of them, and the counts of all. The zero digest is
// empty. A digest is never changed, so that one can be gone back to.
type digest struct {
	total, shown int
	body         []byte
	subject      string
	worst        slog.Level
	first, last  time.Time
	levels       [5]int // from DEBUG to CRITICAL
	loggers      map[string]int
	refused      error // why the server did not take the text, which is then not there
}

const (
	// maxCounted bounds the loggers that are told apart.
	maxCounted = 1000
	// mostLoggers is how many of them a mail names.
	mostLoggers = 10
	// maxSubject bounds a subject, and the name of a logger, in characters.
	maxSubject = 200
)

// with returns the digest with further records.
func (d *digest) with(batch []record.Record, p *smtpPlan) digest {
	n := *d
	n.body, n.loggers = slices.Clip(n.body), maps.Clone(n.loggers)
	if n.loggers == nil {
		n.loggers = map[string]int{}
	}
	form := p.Format
	if form == nil {
		form = format.Pretty(false)
	}
	for i := range batch {
		n.add(&batch[i], p, form)
	}
	return n
}

func (d *digest) add(r *record.Record, p *smtpPlan, form format.Format) {
	if d.total == 0 || r.Level > d.worst {
		d.worst, d.subject = r.Level, strings.Clone(cutTitle(strings.TrimRight(string(p.subject(nil, r)), "\n")))
	}
	if d.total++; !r.Time.IsZero() {
		if d.first.IsZero() {
			d.first = r.Time
		}
		d.last = r.Time
	}
	d.levels[min(max(int(r.Level-record.LevelDebug)/4, 0), len(d.levels)-1)]++
	name := r.Logger
	if name == "" {
		name = record.RootLogger
	}
	name = cutTitle(name)
	if _, known := d.loggers[name]; !known && len(d.loggers) >= maxCounted {
		name = "…"
	} else if !known {
		name = strings.Clone(name) // the record is not kept for it
	}
	d.loggers[name]++
	if d.shown < d.total-1 || d.shown >= p.MailRecords || d.refused != nil {
		return
	}
	from := len(d.body)
	if d.body = form(d.body, r); len(d.body) > p.MailBytes && d.shown > 0 {
		d.body = d.body[:from]
		return
	}
	d.shown++
	if most := 2 * p.MailBytes; len(d.body) > most { // one huge record
		d.body = append(bytes.ToValidUTF8(d.body[:most], nil), "…\n"...)
	}
}

// withoutText returns the digest with counts alone.
func (d *digest) withoutText(why error) digest {
	n := *d
	n.body, n.shown, n.refused = nil, 0, why
	return n
}

// title is the subject of the mail.
func (d *digest) title() string {
	if d.total == 1 {
		return d.subject
	}
	return fmt.Sprintf("%s (and %s more)", d.subject, thousands(d.total-1))
}

// cutTitle cuts a text to the length of a subject, or of a name.
func cutTitle(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxSubject {
			return s[:i] + "…"
		}
	}
	return s
}

// text is the body of the mail.
func (d *digest) text() []byte {
	var b []byte
	if d.total > 1 {
		b = fmt.Appendf(b, "%s records", thousands(d.total))
		if !d.first.IsZero() {
			b = fmt.Appendf(b, ", %s to %s", d.first.Local().Format("2006-01-02 15:04:05"), d.last.Local().Format("2006-01-02 15:04:05 -07:00"))
		}
		b = append(append(b, ": "...), d.counts()...)
		b = append(b, ".\n\n"...)
	}
	b = append(b, d.body...)
	if more := d.total - d.shown; more > 0 {
		why := ""
		if d.refused != nil {
			why = ", because the server refused their text: " + printable(d.refused.Error())
		}
		b = fmt.Appendf(b, "\n%s more are not shown here%s. All %s are of\n", thousands(more), why, thousands(d.total))
		names := slices.SortedFunc(maps.Keys(d.loggers), func(x, y string) int {
			return cmp.Or(cmp.Compare(d.loggers[y], d.loggers[x]), cmp.Compare(x, y))
		})
		for i, name := range names {
			if i == mostLoggers {
				b = fmt.Appendf(b, "  and %s other loggers\n", thousands(len(names)-i))
				break
			}
			b = fmt.Appendf(b, "%9s  %s\n", thousands(d.loggers[name]), printable(name))
		}
	}
	return b
}

// counts says how many records there are of each level, the most severe first.
func (d *digest) counts() string {
	var parts []string
	for i, n := range slices.Backward(d.levels[:]) {
		if n > 0 {
			parts = append(parts, thousands(n)+" "+record.LevelName(record.LevelDebug+4*slog.Level(i)))
		}
	}
	return strings.Join(parts, ", ")
}

// thousands writes n with a comma after each thousand.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
