// Package stream keeps records durable until they are handled.
//
//	Handle ─┐                                           ┌▶ cursor ─▶ handler
//	Handle ─┼▶ group ─▶ publisher ─▶ JetStream ─┬─ ring ─┼▶ cursor ─▶ handler
//	Handle ─┘   one message for many calls      └─ replay ┴▶ follower
//
// A stream is a NATS JetStream stream: of a server inside this process, which listens on nothing and
// keeps its files in a directory, or of a cluster. Calls of Handle that come at the same time are
// gathered into one message, and return when that message is as durable as the stream's [Level] says.
//
// Each handler reads with a [Cursor] of its own, tries again by itself without end, and holds back
// nobody. A cursor that keeps up takes the records from the ring, the last messages in memory, as they
// were handed in; one that is behind reads them from JetStream. What one cursor has handled is kept
// with the stream, so that it goes on there after a restart: it sees a record again if it was handled in
// the last moments before a crash, and never misses one.
//
// # A message
//
// One message holds one batch. Its payload is an OTLP ExportLogsServiceRequest (package otlp), its
// headers are
//
//	Jackdaw: 1 <epoch> <bytes> <d> <i> <w> <e> <c> <nd> <ni> <nw> <ne> <nc>
//	Jackdaw-Once: <id>#<part>
//	Nats-Expected-Last-Sequence: <sequence before this one>
//
// with decimal numbers. 1 is the version. The epoch is part of the records' ids. bytes and d to c are
// running totals, of the bytes of all payloads up to this message's end and of all records of each level,
// DEBUG to CRITICAL; nd to nc are how many records of each level are in this message. Two messages
// therefore say how many records lie between them, of each level, also when those are gone. Jackdaw-Once
// is there for HandleOnce alone.
//
// A record's id is <epoch>-<sequence of its message>-<place in its message>. The epoch is new whenever
// it cannot be ruled out that the sequence went back: when the stream is made, and at every start that
// does not follow a Close.
package stream
