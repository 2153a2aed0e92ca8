package otlp

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"

	"github.com/jackdaw-log/jackdaw/record"
)

// AppendJSON appends batch to dst as one ExportLogsServiceRequest in JSON, as OTLP has it: names in
// lowerCamelCase, 64-bit integers as strings, enums as numbers, ids in hexadecimal digits. It says the
// same as [Append]. The result is valid JSON and valid UTF-8, on one line, without a newline at its end.
func AppendJSON(dst []byte, batch []record.Record) []byte {
	return appendMessage(dst, Append(nil, batch), kindRequest)
}

// appendMessage appends the JSON of a message that this package wrote: with the fields in the order of
// their numbers, and those of a repeated one next to each other.
func appendMessage(dst, p []byte, of kind) []byte {
	members := schema[of]
	dst = append(dst, '{')
	var open *member // the repeated member whose array is open
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		for members[0].number < byte(tag>>3) {
			members = members[1:]
		}
		m := &members[0]
		switch {
		case m == open:
			dst = append(dst, ',')
		case open != nil:
			dst = append(dst, ']')
			fallthrough
		default:
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(append(dst, '"'), m.name...), `":`...)
			if open = nil; m.repeated {
				open = m
				dst = append(dst, '[')
			}
		}
		dst = appendShape(dst, m, p[from:to])
		i = to
	}
	if open != nil {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendShape appends the JSON of a field's value.
func appendShape(dst []byte, m *member, value []byte) []byte {
	n := uint64(0)
	switch m.shape.wire() {
	case wireVarint:
		n, _ = varint(value, 0)
	case wireEight:
		n = binary.LittleEndian.Uint64(value)
	case wireFour:
		n = uint64(binary.LittleEndian.Uint32(value))
	}
	switch m.shape {
	case shapeText:
		return record.AppendJSONString(dst, string(value))
	case shapeBytes:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), value), '"')
	case shapeID:
		return append(hex.AppendEncode(append(dst, '"'), value), '"')
	case shapeBool:
		return strconv.AppendBool(dst, n != 0)
	case shapeInt64:
		return append(strconv.AppendInt(append(dst, '"'), int64(n), 10), '"')
	case shapeEight:
		return append(strconv.AppendUint(append(dst, '"'), n, 10), '"')
	case shapeDouble:
		return appendDouble(dst, math.Float64frombits(n))
	case shapeMessage:
		return appendMessage(dst, value, m.of)
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}
