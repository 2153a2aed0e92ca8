package otlp

import (
	"math"
	"strconv"

	"github.com/jackdaw-log/jackdaw/record"
)

// Answer is what a receiver says of a request that it took: ExportLogsServiceResponse. The zero Answer
// means that all of it was taken.
type Answer struct {
	// Rejected is how many records of the request were not taken, and will not be.
	Rejected int64
	// Message says why, in words for people.
	Message string
}

// Status is what a receiver says of a request that it did not take: google.rpc.Status.
type Status struct {
	// Code is one of gRPC's, such as 3, invalid argument.
	Code int32
	// Message says why, in words for people.
	Message string
}

const (
	// ExportLogsServiceResponse
	tagPartialSuccess = 1<<3 + wireBytes

	// ExportLogsPartialSuccess
	tagRejected        = 1<<3 + wireVarint
	tagRejectedMessage = 2<<3 + wireBytes

	// google.rpc.Status
	tagStatusCode    = 1<<3 + wireVarint
	tagStatusMessage = 2<<3 + wireBytes
)

// AppendAnswer appends a as protobuf, which is nothing for the zero Answer.
func AppendAnswer(dst []byte, a Answer) []byte {
	if a == (Answer{}) {
		return dst
	}
	inner := appendNumbered(nil, tagRejected, uint64(a.Rejected), tagRejectedMessage, a.Message)
	dst = appendVarint(append(dst, tagPartialSuccess), uint64(len(inner)))
	return append(dst, inner...)
}

// ParseAnswer reads an Answer from protobuf. What is not one counts as the zero Answer: the status
// of the HTTP answer has said by then that the request was taken.
func ParseAnswer(p []byte) (a Answer) {
	eachField(p, func(tag, _ uint64, value []byte) {
		if tag == tagPartialSuccess {
			eachField(value, func(tag, n uint64, value []byte) {
				switch tag {
				case tagRejected:
					a.Rejected = int64(n)
				case tagRejectedMessage:
					a.Message = string(value)
				}
			})
		}
	})
	return a
}

// AppendStatus appends s as protobuf.
func AppendStatus(dst []byte, s Status) []byte {
	return appendNumbered(dst, tagStatusCode, uint64(int64(s.Code)), tagStatusMessage, s.Message)
}

// ParseStatus reads a Status from protobuf. What is not one counts as the zero Status.
func ParseStatus(p []byte) (s Status) {
	eachField(p, func(tag, n uint64, value []byte) {
		switch tag {
		case tagStatusCode:
			s.Code = int32(n)
		case tagStatusMessage:
			s.Message = string(value)
		}
	})
	return s
}

// AppendAnswerJSON appends a in the protocol's JSON form.
func AppendAnswerJSON(dst []byte, a Answer) []byte {
	if a == (Answer{}) {
		return append(dst, "{}"...)
	}
	dst = append(dst, `{"partialSuccess":{`...)
	if a.Rejected != 0 {
		dst = append(dst, `"rejectedLogRecords":"`...)
		dst = append(strconv.AppendInt(dst, a.Rejected, 10), '"')
		if a.Message != "" {
			dst = append(dst, ',')
		}
	}
	if a.Message != "" {
		dst = record.AppendJSONString(append(dst, `"errorMessage":`...), a.Message)
	}
	return append(dst, "}}"...)
}

// AppendStatusJSON appends s in the protocol's JSON form.
func AppendStatusJSON(dst []byte, s Status) []byte {
	dst = strconv.AppendInt(append(dst, `{"code":`...), int64(s.Code), 10)
	dst = record.AppendJSONString(append(dst, `,"message":`...), s.Message)
	return append(dst, '}')
}

// appendNumbered appends a number and a text as fields; what is zero is left out.
func appendNumbered(dst []byte, tag byte, n uint64, textTag byte, text string) []byte {
	if n != 0 {
		dst = appendVarint(append(dst, tag), n)
	}
	if text != "" {
		dst = appendVarint(append(dst, textTag), uint64(len(text)))
		dst = append(dst, text...)
	}
	return dst
}

// eachField calls field with each field of a message up to the first fault: with its number, or with
// its bytes.
func eachField(p []byte, field func(tag, n uint64, value []byte)) {
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if to < 0 {
			return
		}
		n := uint64(math.MaxUint64)
		if tag&7 == wireVarint {
			n, _ = varint(p, from)
		}
		field(tag, n, p[from:to])
		i = to
	}
}
