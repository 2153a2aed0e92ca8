package receiver

import (
	"errors"

	"github.com/jackdaw-log/jackdaw/record"
)

// newDecode returns a decoder of payloads.
func newDecode() decodeFunc {
	return func(payload []byte, r *record.Record) error { return errNoDecoder }
}

var errNoDecoder = errors.New("no decoder knows this payload")
