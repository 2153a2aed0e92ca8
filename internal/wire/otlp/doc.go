// Package otlp reads and writes log records as OTLP carries them, OpenTelemetry's protocol: the
// ExportLogsServiceRequest in protobuf and in its JSON form. It is the one encoding of what is kept in a stream
// and of what leaves for other log systems.
//
// # The message
//
//	ExportLogsServiceRequest
//	└ 1 ResourceLogs …            begun anew where host, process or resource change
//	  ├ 1 Resource
//	  │ └ 1 KeyValue …            host.name, process.pid, jackdaw.process.name
//	  ├ 2 ScopeLogs …             begun anew where the logger changes
//	  │ ├ 1 InstrumentationScope
//	  │ │ └ 1 name                Logger
//	  │ └ 2 LogRecord …           in the order of the batch
//	  │   ├ 1 time_unix_nano      Time
//	  │   ├ 2 severity_number     Level
//	  │   ├ 3 severity_text       LevelName, else the level's name
//	  │   ├ 5 body                Message
//	  │   ├ 6 KeyValue …          what else is known, then Attrs
//	  │   ├ 8 flags               Trace.Flags
//	  │   ├ 9 trace_id            Trace.ID
//	  │   ├ 10 span_id            Trace.Span
//	  │   └ 11 observed…_nano     Received
//	  └ 3 schema_url
//
// Each field of these messages is, on the wire,
//
//	┌────────┬──────────┬───────┐   tag     a varint: number·8 + type
//	│ tag    │ length   │ bytes │   length  a varint, where the type is 2: texts, bytes and messages
//	└────────┴──────────┴───────┘   bytes   the value: a varint (type 0), 8 bytes (1), 4 bytes (5)
//
// and a varint is seven bits a byte, the lowest first, with the high bit set on all but the last.
//
// The attributes of a LogRecord that are fields of the record have the names of OpenTelemetry's semantic
// conventions:
//
//	code.function.name, code.file.path, code.line.number    Source
//	code.stacktrace                                          Stack
//	exception.type, exception.message, exception.stacktrace  Exception
//	thread.id, thread.name                                   Thread
//	log.record.uid                                           ID
//
// and where there is no such name, for what only this program has:
//
//	jackdaw.process.name  Process.Name: what the process calls itself, which is not always its executable
//	jackdaw.task          Task
//	jackdaw.peer          Peer: from where the record came; network.peer.address is about the event
//	jackdaw.thread.id     Thread.ID in digits, where it fits no signed integer
//	jackdaw.level         Level, where it is not one of -8 to 15, which are all that severity_number has
//	jackdaw.levelno       LevelNo
//	jackdaw.levelname     LevelName, where it is what the level is called anyway
//	jackdaw.time          Time as [seconds, nanoseconds] since 1970, where time_unix_nano cannot hold it
//	jackdaw.time.offset   the seconds that Time's zone is east of UTC, where it is not UTC
//	jackdaw.received, jackdaw.received.offset
//	                      the same for Received
//	jackdaw.types         the types of attrs where a value does not tell: see types.go
//	jackdaw.escaped       texts are escaped, because one of them is no UTF-8: see escape.go
//	jackdaw.attr.KEY      an attr whose key is one of these
//
// A value of an attr is a string, a bool, an int, a double, bytes, an array (a list), a list of pairs (a group or
// a map) or nothing (nil). A time is its RFC 3339 text, a duration its nanoseconds, an unsigned integer that
// fits no signed one and a number of any size its digits: jackdaw.types says so. Any other value is
// what encoding/json makes of it, an error and a [fmt.Stringer] without a JSON form its text. Values nested
// deeper than 300, and those beyond the 262,144th of a record, are the text "!ERROR: …".
//
// # There and back
//
// What Append has written a [Decoder] reads as it was, to the last type and bit, save that PC, which means
// nothing elsewhere, is resolved to Source, that the name of a time zone is lost, and its rules if it has any,
// that a value of no plain type stays what it was written as, and that a nil slice or map is an empty one.
//
// # Messages of others
//
// Where an attribute is one of those above, and of the right type, it is the field. Of the names that older
// semantic conventions had, code.function, code.filepath and code.lineno are known. Everything else becomes
// an attr, in this order:
//
//	""                           the attributes of the Resource, as a group without a key: as slog has it,
//	                             they are attrs of the record like any other; service.name is one of them
//	otel.resource.schema_url, otel.resource.dropped_attributes_count
//	otel.scope.version, otel.scope.schema_url, otel.scope.attributes, otel.scope.dropped_attributes_count
//	otel.event.name              event_name
//	otel.flags                   flags, if there are more than the eight of the trace
//	otel.dropped_attributes_count
//	otel.body                    a body that is no text; Message is its JSON then
//	…                            the other attributes
//
// Append puts them back where they came from, as long as they stand first and in this order. The level is that of
// severity_number; without one, that which severity_text names; else INFO. severity_text is LevelName
// where it says something else. A record without a time has none, even if it was observed at one: who needs a
// time takes Received, as a receiver does before it puts its own. Ids of a wrong length, which OTLP declares invalid, and what later versions add are dropped.
package otlp
