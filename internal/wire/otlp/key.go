package otlp

import (
	"log/slog"
	"strings"
)

// Wire format: the keys of the attributes that carry the fields of a record. Where OpenTelemetry's
// semantic conventions (of version 1.43) name what a field is, it is under that name.
const (
	keyFunction         = "code.function.name"
	keyFile             = "code.file.path"
	keyLine             = "code.line.number"
	keyStack            = "code.stacktrace"
	keyExceptionType    = "exception.type"
	keyExceptionMessage = "exception.message"
	keyTraceback        = "exception.stacktrace"
	keyThreadID         = "thread.id"
	keyThreadName       = "thread.name"
	keyUID              = "log.record.uid"
	keyBigThreadID      = "jackdaw.thread.id"
	keyTask             = "jackdaw.task"
	keyPeer             = "jackdaw.peer"
	keyLevel            = "jackdaw.level"
	keyLevelNo          = "jackdaw.levelno"
	keyLevelName        = "jackdaw.levelname"
	keyTime             = "jackdaw.time"
	keyTimeOffset       = "jackdaw.time.offset"
	keyReceived         = "jackdaw.received"
	keyReceivedOffset   = "jackdaw.received.offset"

	// The names that conventions before version 1.30 had are read as well.
	keyOldFunction = "code.function"
	keyOldFile     = "code.filepath"
	keyOldLine     = "code.lineno"

	// In a Resource.
	keyHost        = "host.name"
	keyPID         = "process.pid"
	keyProcessName = "jackdaw.process.name"

	// In a LogRecord, a Resource and a Scope.
	keyTypes   = "jackdaw.types"
	keyEscaped = "jackdaw.escaped"
	// ownKey stands in front of the key of an attr that would be read as one of these keys.
	ownKey = "jackdaw.attr."
)

// The keys of the attrs, at the head of a record's, that are not among the attributes of its
// LogRecord. Those that OpenTelemetry defines for forms other than OTLP have its names.
const (
	keyResource        = ""
	keyResourceSchema  = "otel.resource.schema_url"
	keyResourceDropped = "otel.resource.dropped_attributes_count"
	keyScopeVersion    = "otel.scope.version"
	keyScopeSchema     = "otel.scope.schema_url"
	keyScopeAttrs      = "otel.scope.attributes"
	keyScopeDropped    = "otel.scope.dropped_attributes_count"
	keyEventName       = "otel.event.name"
	keyFlags           = "otel.flags"
	keyDropped         = "otel.dropped_attributes_count"
	keyBody            = "otel.body"

	headPrefix = "otel."
)

// field is a field of a record that an attribute carries.
type field uint8

const (
	noField field = iota
	fieldFunction
	fieldFile
	fieldLine
	fieldStack
	fieldExceptionType
	fieldExceptionMessage
	fieldTraceback
	fieldThreadID
	fieldThreadName
	fieldBigThreadID
	fieldUID
	fieldTask
	fieldPeer
	fieldLevel
	fieldLevelNo
	fieldLevelName
	fieldTime
	fieldTimeOffset
	fieldReceived
	fieldReceivedOffset
	fieldHost
	fieldPID
	fieldProcessName
	fieldTypes
	fieldEscaped

	numFields
)

// fieldSet is a set of fields.
type fieldSet uint32

func (s fieldSet) has(f field) bool { return s&(1<<f) != 0 }

// Where attributes stand: each place knows other keys.
const (
	recordFields   fieldSet = 1<<(fieldReceivedOffset+1) - 1<<fieldFunction | scopeFields
	resourceFields          = 1<<fieldHost | 1<<fieldPID | 1<<fieldProcessName | scopeFields
	scopeFields             = 1<<fieldTypes | 1<<fieldEscaped
)

// fieldOf returns the field that the key stands for.
func fieldOf(key string) field {
	if len(key) < len(keyThreadID) { // the shortest
		return noField
	}
	switch key {
	case keyFunction, keyOldFunction:
		return fieldFunction
	case keyFile, keyOldFile:
		return fieldFile
	case keyLine, keyOldLine:
		return fieldLine
	case keyStack:
		return fieldStack
	case keyExceptionType:
		return fieldExceptionType
	case keyExceptionMessage:
		return fieldExceptionMessage
	case keyTraceback:
		return fieldTraceback
	case keyThreadID:
		return fieldThreadID
	case keyThreadName:
		return fieldThreadName
	case keyBigThreadID:
		return fieldBigThreadID
	case keyUID:
		return fieldUID
	case keyTask:
		return fieldTask
	case keyPeer:
		return fieldPeer
	case keyLevel:
		return fieldLevel
	case keyLevelNo:
		return fieldLevelNo
	case keyLevelName:
		return fieldLevelName
	case keyTime:
		return fieldTime
	case keyTimeOffset:
		return fieldTimeOffset
	case keyReceived:
		return fieldReceived
	case keyReceivedOffset:
		return fieldReceivedOffset
	case keyHost:
		return fieldHost
	case keyPID:
		return fieldPID
	case keyProcessName:
		return fieldProcessName
	case keyTypes:
		return fieldTypes
	case keyEscaped:
		return fieldEscaped
	}
	return noField
}

// isHidden reports whether an attr of this key and value could be read as a field of those in known, so that
// its key needs ownKey in front. The fields that are written already hide no second one.
func isHidden(key string, v slog.Value, known, written fieldSet) bool {
	f := fieldOf(key)
	if f == noField {
		return strings.HasPrefix(key, ownKey)
	}
	if !known.has(f) || written.has(f) {
		return false
	}
	switch kind := v.Kind(); kind {
	case slog.KindDuration:
		return f.kind() == slog.KindInt64
	case slog.KindTime:
		return f.kind() == slog.KindString
	case slog.KindUint64, slog.KindAny:
		return true
	default:
		return f.kind() == kind
	}
}

// kind returns the kind of value that a field has.
func (f field) kind() slog.Kind { return fieldKinds[f] }

var fieldKinds = func() (kinds [numFields]slog.Kind) {
	for f := range kinds {
		kinds[f] = slog.KindString
	}
	for _, f := range [...]field{fieldLine, fieldThreadID, fieldLevel, fieldLevelNo, fieldTimeOffset, fieldReceivedOffset, fieldPID} {
		kinds[f] = slog.KindInt64
	}
	kinds[fieldTime], kinds[fieldReceived] = slog.KindAny, slog.KindAny
	kinds[fieldTypes], kinds[fieldEscaped] = slog.KindGroup, slog.KindBool
	return kinds
}()
