package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
)

// idDigits finds the ids in a message in JSON.
var idDigits = regexp.MustCompile(`"(traceId|spanId)":\s*"([^"]*)"`)

// ids rewrites the ids of a message in JSON, which are base64 in protobuf's JSON and hexadecimal in OTLP's.
func ids(t *testing.T, p []byte, decode func(string) ([]byte, error), encode func([]byte) string) []byte {
	t.Helper()
	return idDigits.ReplaceAllFunc(p, func(found []byte) []byte {
		m := idDigits.FindSubmatch(found)
		id, err := decode(string(m[2]))
		if err != nil {
			t.Errorf("%s: %v", found, err)
		}
		return fmt.Appendf(nil, `"%s":"%s"`, m[1], encode(id))
	})
}

func TestAppendJSON(t *testing.T) {
	for i, batch := range batches() {
		ours := otlp.AppendJSON(nil, batch)
		if !json.Valid(ours) {
			t.Errorf("batch %d: got invalid JSON %s", i, ours)
		}
		var want, got logspb.LogsData
		if err := proto.Unmarshal(otlp.Append(nil, batch), &want); err != nil {
			t.Errorf("batch %d: %v", i, err)
		}
		if err := protojson.Unmarshal(ids(t, ours, hex.DecodeString, base64.StdEncoding.EncodeToString), &got); err != nil {
			t.Errorf("batch %d: %v\n%.1000s", i, err, ours)
			continue
		}
		if !proto.Equal(&got, &want) {
			t.Errorf("batch %d: the forms differ:\nJSON     %.2000v\nprotobuf %.2000v", i, &got, &want)
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	var d otlp.Decoder
	for seed := range uint64(rounds) {
		theirs := random{rand.New(rand.NewPCG(seed, 2))}.logs()
		p, err := proto.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		text, err := protojson.MarshalOptions{UseEnumNumbers: true, EmitUnpopulated: seed%3 == 0, Multiline: seed%2 == 0}.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		text = ids(t, text, base64.StdEncoding.DecodeString, hex.EncodeToString)
		got, err := d.DecodeJSON(text, nil)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		want, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got, want := otlp.Append(nil, got), otlp.Append(nil, want); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: the forms differ for %s:\nJSON     %x\nprotobuf %x", seed, text, got, want)
		}
	}
}
