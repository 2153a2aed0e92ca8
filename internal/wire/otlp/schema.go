package otlp

// shape is how a field of a message is written, in protobuf and in JSON.
type shape uint8

const (
	shapeText   shape = iota
	shapeBytes        // base64 in JSON
	shapeID           // bytes, hexadecimal in JSON
	shapeBool         //
	shapeInt32        // a varint; an enum is one
	shapeUint32       //
	shapeInt64        // a varint, a string in JSON
	shapeFour         // four bytes, unsigned
	shapeEight        // eight bytes, unsigned, a string in JSON
	shapeDouble       // eight bytes
	shapeMessage
)

// wire returns the type of a field on the wire.
func (s shape) wire() byte {
	switch s {
	case shapeBool, shapeInt32, shapeUint32, shapeInt64:
		return wireVarint
	case shapeEight, shapeDouble:
		return wireEight
	case shapeFour:
		return wireFour
	}
	return wireBytes
}

// kind is a message.
type kind uint8

const (
	kindRequest kind = iota
	kindResourceLogs
	kindResource
	kindScopeLogs
	kindScope
	kindLogRecord
	kindKeyValue
	kindAnyValue
	kindArrayValue
	kindKeyValueList

	numKinds
)

// member is a field of a message: its name in JSON, its number, and what is in it.
type member struct {
	name     string
	number   byte
	shape    shape
	repeated bool
	of       kind // for a shapeMessage
}

func (m *member) tag() byte { return m.number<<3 + m.shape.wire() }

// schema has the members of each kind of message. What is not in it is passed over.
var schema = [numKinds][]member{
	kindRequest: {
		{"resourceLogs", 1, shapeMessage, true, kindResourceLogs},
	},
	kindResourceLogs: {
		{"resource", 1, shapeMessage, false, kindResource},
		{"scopeLogs", 2, shapeMessage, true, kindScopeLogs},
		{"schemaUrl", 3, shapeText, false, 0},
	},
	kindResource: {
		{"attributes", 1, shapeMessage, true, kindKeyValue},
		{"droppedAttributesCount", 2, shapeUint32, false, 0},
	},
	kindScopeLogs: {
		{"scope", 1, shapeMessage, false, kindScope},
		{"logRecords", 2, shapeMessage, true, kindLogRecord},
		{"schemaUrl", 3, shapeText, false, 0},
	},
	kindScope: {
		{"name", 1, shapeText, false, 0},
		{"version", 2, shapeText, false, 0},
		{"attributes", 3, shapeMessage, true, kindKeyValue},
		{"droppedAttributesCount", 4, shapeUint32, false, 0},
	},
	kindLogRecord: {
		{"timeUnixNano", 1, shapeEight, false, 0},
		{"severityNumber", 2, shapeInt32, false, 0},
		{"severityText", 3, shapeText, false, 0},
		{"body", 5, shapeMessage, false, kindAnyValue},
		{"attributes", 6, shapeMessage, true, kindKeyValue},
		{"droppedAttributesCount", 7, shapeUint32, false, 0},
		{"flags", 8, shapeFour, false, 0},
		{"traceId", 9, shapeID, false, 0},
		{"spanId", 10, shapeID, false, 0},
		{"observedTimeUnixNano", 11, shapeEight, false, 0},
		{"eventName", 12, shapeText, false, 0},
	},
	kindKeyValue: {
		{"key", 1, shapeText, false, 0},
		{"value", 2, shapeMessage, false, kindAnyValue},
	},
	kindAnyValue: {
		{"stringValue", 1, shapeText, false, 0},
		{"boolValue", 2, shapeBool, false, 0},
		{"intValue", 3, shapeInt64, false, 0},
		{"doubleValue", 4, shapeDouble, false, 0},
		{"arrayValue", 5, shapeMessage, false, kindArrayValue},
		{"kvlistValue", 6, shapeMessage, false, kindKeyValueList},
		{"bytesValue", 7, shapeBytes, false, 0},
	},
	kindArrayValue: {
		{"values", 1, shapeMessage, true, kindAnyValue},
	},
	kindKeyValueList: {
		{"values", 1, shapeMessage, true, kindKeyValue},
	},
}
