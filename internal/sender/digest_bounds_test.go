package sender

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// A digest keeps little of records, whatever strangers call their loggers.
func TestDigestIsBounded(t *testing.T) {
	p, err := SMTPOptions{Address: "localhost", From: "a@example.org", To: []string{"b@example.org"}}.plan()
	if err != nil {
		t.Fatal(err)
	}
	var d digest
	for i := range 2 * maxCounted {
		name := fmt.Sprintf("logger %d \n\x1b[2J", i) + strings.Repeat("x", 10_000)
		d = d.with([]record.Record{{Logger: name, Message: name, Level: record.LevelError}}, &p)
	}
	kept := len(d.subject) + len(d.body)
	for name := range d.loggers {
		kept += len(name)
	}
	if most := p.MailBytes + 20_000 + (maxCounted+2)*(maxSubject+4); kept > most || d.total != 2*maxCounted || len(d.loggers) > maxCounted+1 {
		t.Errorf("got %d bytes of %d records and %d loggers, want %d bytes at most", kept, d.total, len(d.loggers), most)
	}
	if text := d.text(); strings.ContainsAny(string(text), "\x1b\r") {
		t.Error("got control characters in a mail")
	}
}
