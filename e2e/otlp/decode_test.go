package otlp

import (
	"log/slog"
	"math/rand/v2"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// What the official types write is read as it is, and loses nothing on its way on: read and written
// here it is the same message but for what a record has no place for.
func TestDecode(t *testing.T) {
	var d otlp.Decoder
	for seed := range uint64(rounds) {
		theirs := random{rand.New(rand.NewPCG(seed, 1))}.logs()
		p, err := proto.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		records, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var back logspb.LogsData
		if err := proto.Unmarshal(otlp.Append(nil, records), &back); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, got := flat(theirs), flat(&back)
		if len(got) != len(want) {
			t.Fatalf("seed %d: got %d records, want %d", seed, len(got), len(want))
		}
		for i := range want {
			if !proto.Equal(got[i], want[i]) {
				t.Fatalf("seed %d, record %d:\n got %v\nwant %v", seed, i, got[i], want[i])
			}
		}
	}
}

// flat returns the records of a message, each in a Resource and a Scope of its own, so that it does not matter
// how they are grouped, in the form in which Append has them.
func flat(data *logspb.LogsData) (records []*logspb.ResourceLogs) {
	for _, rl := range data.ResourceLogs {
		for _, sl := range rl.ScopeLogs {
			for _, r := range sl.LogRecords {
				one := proto.CloneOf(&logspb.ResourceLogs{Resource: rl.Resource, SchemaUrl: rl.SchemaUrl, ScopeLogs: []*logspb.ScopeLogs{{Scope: sl.Scope, SchemaUrl: sl.SchemaUrl, LogRecords: []*logspb.LogRecord{r}}}})
				if proto.Size(one.Resource) == 0 {
					one.Resource = nil
				}
				scope := one.ScopeLogs[0]
				if proto.Size(scope.Scope) == 0 {
					scope.Scope = nil
				}
				r := scope.LogRecords[0]
				if r.SeverityNumber == 0 {
					r.SeverityNumber = 9 // a record has a level
				}
				if r.SeverityText == "" {
					r.SeverityText = record.LevelName(slog.Level(r.SeverityNumber - 9))
				}
				if r.Body.GetValue() == nil {
					r.Body = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{}} // and a message
				}
				for _, attributes := range [][]*commonpb.KeyValue{r.Attributes, one.Resource.GetAttributes(), scope.Scope.GetAttributes()} {
					for _, a := range attributes {
						if a.Value == nil {
							a.Value = &commonpb.AnyValue{}
						}
					}
				}
				records = append(records, one)
			}
		}
	}
	return records
}

// What the official types take is taken here, whatever it looks like.
func TestDecodeTakesAll(t *testing.T) {
	var d otlp.Decoder
	taken := 0
	for seed := range uint64(10 * rounds) {
		g := random{rand.New(rand.NewPCG(seed, 3))}
		p, err := proto.Marshal(g.logs())
		if err != nil {
			t.Fatal(err)
		}
		if len(p) == 0 {
			continue
		}
		for range 1 + g.IntN(3) {
			p[g.IntN(len(p))] = byte(g.Uint32() >> g.IntN(32))
		}
		var theirs logspb.LogsData
		if proto.Unmarshal(p, &theirs) != nil {
			_, _ = d.Decode(p, nil)
			continue
		}
		taken++
		records, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v\n%x", seed, err, p)
		}
		if want := flat(&theirs); len(records) != len(want) {
			t.Fatalf("seed %d: got %d records, want %d\n%x", seed, len(records), len(want), p)
		}
	}
	if taken < rounds {
		t.Errorf("got %d messages that are taken, want more", taken)
	}
}
