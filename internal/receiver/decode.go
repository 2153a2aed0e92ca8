package receiver

import (
	"github.com/jackdaw-log/jackdaw/internal/wire/jsonl"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// newDecode returns a decoder of payloads of up to maxFrame bytes. The first byte tells the form:
// '{' is no opcode that a pickle begins with.
func newDecode(maxFrame int) decodeFunc {
	fromPickle := pickle.NewDecoder(pickle.Limits{Text: max(pickle.DefaultText, 2*maxFrame)})
	fromJSON := jsonl.NewDecoder(jsonl.Limits{})
	return func(payload []byte, r *record.Record) error {
		if payload[0] == '{' {
			return fromJSON.Decode(payload, r)
		}
		return fromPickle.Decode(payload, r)
	}
}
