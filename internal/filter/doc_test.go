package filter_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/wire/jsonl"
	"github.com/jackdaw-log/jackdaw/record"
)

// block is a part of a document between three backquotes and three more.
var block = regexp.MustCompile("(?s)```(\\w*)\n(.*?)```")

// example is a row of a table: a filter, its meaning, and the numbers of the records that match.
var example = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]*\\| (none|[0-9 ]+) \\|$")

// What docs/filter.md says is so.
func TestDocument(t *testing.T) {
	page, err := os.ReadFile("../../docs/filter.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	at := time.Date(2026, 11, 22, 10, 45, 0, 0, time.FixedZone("", 3600))
	var records []record.Record
	pictures := 0
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		if b[1] == "json" {
			records = append(records, readRecords(t, b[2])...)
			continue
		}
		line, _, _ := strings.Cut(b[2], "\n")
		f, err := filter.Parse(line, at)
		if e, ok := errors.AsType[*filter.Error](err); ok {
			if pictures++; e.Picture() != b[2] {
				t.Errorf("the error of %s: got\n%swant\n%s", line, e.Picture(), b[2])
			}
		} else if strings.Contains(b[2], "^") {
			t.Errorf("%s: got filter %s, want an error", line, f)
		}
	}
	// In a table a bar has a backslash before it.
	examples := example.FindAllStringSubmatch(strings.ReplaceAll(text, `\|`, "\x00"), -1)
	for _, row := range examples {
		line := strings.ReplaceAll(row[1], "\x00", "|")
		f, err := filter.Parse(line, at)
		if err != nil {
			t.Error(err)
			continue
		}
		var got []string
		for i := range records {
			if f.Match(&records[i]) {
				got = append(got, fmt.Sprint(i+1))
			}
		}
		if want := strings.ReplaceAll(row[2], "none", ""); strings.Join(got, " ") != want {
			t.Errorf("%s: got records %q, want %q", line, got, want)
		}
	}
	if rows := strings.Count(text, "\n| `"); len(examples) != rows || rows < 60 || pictures != 4 || len(records) != 6 {
		t.Errorf("got %d examples of %d rows, %d errors and %d records: the page has more than that, or this test cannot read it", len(examples), rows, pictures, len(records))
	}
	for _, limit := range []string{"the text, in bytes | 8192", "terms | 256", "parentheses in parentheses | 32", "all together | 500", "sees, in bytes | 65536"} {
		if !strings.Contains(text, limit) {
			t.Errorf("the table of limits lacks %s", limit)
		}
	}
	if filter.MaxLength != 8192 || filter.MaxNodes != 256 || filter.MaxDepth != 32 || filter.MaxRegexp != 500 || filter.MaxRegexpText != 65536 || filter.MaxTerm != 64 {
		t.Error("the limits are others than the page says")
	}
}

func readRecords(t *testing.T, lines string) (records []record.Record) {
	var d jsonl.Decoder
	for line := range strings.Lines(lines) {
		var r record.Record
		if err := d.Decode([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// Every name that means something is on the page of the JSON form, or in the table here.
func TestFieldsOfTheJSONForm(t *testing.T) {
	page, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, form, _ := strings.Cut(string(page), "## The JSON form")
	form, _, _ = strings.Cut(form, "\n## ")
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(form, -1) {
		for _, key := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
			known := false
			for _, name := range filter.Fields() {
				known = known || name == key[1]
			}
			if !known {
				t.Errorf("%s is a key of the JSON form, but no field of a filter", key[1])
			}
		}
	}
}
