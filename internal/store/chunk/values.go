package chunk

import (
	"log/slog"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// Field tells what values a field or an attr has.
type Field struct {
	name    string
	of      func(*record.Record) string // of the record's own fields
	present *filter.Filter
}

// NewField returns the field of that name, as the filter language has it. An empty name is that of the names of
// attrs.
func NewField(name string) (*Field, error) {
	f := &Field{name: name, of: ownFields[name]}
	if name == "" || f.of != nil {
		return f, nil
	}
	var err error
	f.present, err = filter.New(filter.Present{Field: name})
	return f, err
}

// ownFields are the fields of a record whose values are worth being told.
var ownFields = map[string]func(*record.Record) string{
	"logger":         func(r *record.Record) string { return r.Logger },
	"host":           func(r *record.Record) string { return r.Host },
	"peer":           func(r *record.Record) string { return r.Peer },
	"task":           func(r *record.Record) string { return r.Task },
	"process.name":   func(r *record.Record) string { return r.Process.Name },
	"thread.name":    func(r *record.Record) string { return r.Thread.Name },
	"file":           func(r *record.Record) string { return r.Source.File },
	"source.file":    func(r *record.Record) string { return r.Source.File },
	"function":       func(r *record.Record) string { return r.Source.Function },
	"levelname":      func(r *record.Record) string { return r.LevelName },
	"exception.type": exceptionType,
}

func exceptionType(r *record.Record) string {
	if r.Exception == nil {
		return ""
	}
	return r.Exception.Type
}

// Of calls f with each value that the field has in the record: texts as they are, the rest as in the JSON form.
func (f *Field) Of(r *record.Record, tell func(value string)) {
	if f.of != nil {
		if v := f.of(r); v != "" {
			tell(v)
		}
		return
	}
	f.attrs(nil, r.Attrs, tell)
}

// attrs tells values of attrs that are in groups of these keys.
func (f *Field) attrs(keys []string, attrs []slog.Attr, tell func(value string)) {
	for i := range attrs {
		a := &attrs[i]
		if a.Value.Kind() == slog.KindGroup {
			if len(keys) < maxGroups {
				f.attrs(append(keys, a.Key), a.Value.Group(), tell)
			}
			continue
		}
		if f.name == "" {
			tell(dotted(keys, a.Key))
			continue
		}
		if f.present.Match(&record.Record{Attrs: inGroups(keys, attrs[i:i+1])}) {
			if text, ok := valueText(a.Value); ok {
				tell(text)
			}
		}
	}
}

func dotted(keys []string, key string) string {
	if len(keys) == 0 {
		return key
	}
	return strings.Join(keys, ".") + "." + key
}

// valueText returns a value as a text, if it is one or a number or the like.
func valueText(v slog.Value) (string, bool) {
	switch v.Kind() {
	case slog.KindString:
		return v.String(), true
	case slog.KindDuration:
		return slog.Int64Value(int64(v.Duration())).String(), true
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindBool:
		return v.String(), true
	}
	return "", false
}

// Values calls f with each value that the field has in the rows. A value is valid during the call only.
func (c *Chunk) Values(f *Field, rows Rows, tell func(value string)) error {
	for row := range rows.All {
		r, err := c.Record(row)
		if err != nil {
			return err
		}
		f.Of(&r, tell)
	}
	return nil
}
