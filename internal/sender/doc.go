// Package sender writes records to another process: a [Socket] over Python's own wire, as logging.handlers.SocketHandler
// and DatagramHandler do, to Jackdaw's receiver or to one in Python; an [OTLP] and an [HTTP] by requests, each of which is
// acknowledged; a [Syslog] to a syslog daemon, by a Socket with other frames; an [SMTP] by mail. A frame of Python's wire
// is what package pickle draws. TCP and unix streams carry frames one after another, UDP and unix datagrams one each.
// All that follows is about the Socket.
//
// # What the wire can tell
//
// The wire has no acknowledgement. A write that succeeded says that this machine's kernel has the
// bytes; the process at the other end may die before it reads them. But a stream has an end, and that
// can be used as one: when the sender closes its own side, a receiver reads everything, sees the end,
// and closes the connection in turn. So a connection is confirmed by closing our side and waiting for
// the receiver's: by Flush and Close, when no record came for a while, and under load whenever
// [Options.ConfirmBytes] were written. The next connection is written on only when the one before has
// its verdict, so order is kept, and what is at risk at any moment is what was written on one
// connection:
//
//	Handled = Confirmed + Unconfirmed + Waiting
//
// Confirmed means that the receiving process has read the record. Jackdaw's receiver closes its side
// in answer only when it also has custody, and resets the connection where it had to drop records. A
// process killed between reading and custody is not noticed; a proxy in between answers for itself.
// What is unconfirmed is not sent again: the receiver may have it, and nothing on this wire would let
// it see that a record came twice. It is counted, and told through [Options.OnError].
//
// # The verdict
//
// What is known of a connection when it is over, on TCP:
//
//	our side  the receiver's side       what it means                                   booked as
//	closed    closed after that         it read to the end, then closed                 confirmed
//	open      closed, alive             it is going away in good order, and reads on    confirmed
//	open      closed, process ended     it had read all that had arrived by then        see below
//	any       reset (ECONNRESET)        it closed with bytes unread, or bytes came      unconfirmed
//	                                    after it had closed
//	open      a write failed            as a reset                                      unconfirmed
//	closed    open until the timeout    nothing                                         unconfirmed
//
// A process that is killed has its sockets closed by the kernel, and that is how it shows: with bytes
// unread the kernel sends a reset in place of the end; with none it sends the end, which is right as
// far as it goes. Bytes that were still on their way then arrive at a socket that nobody owns, and are
// answered with a reset, which follows the end. A program that reads does not see it: once the end was
// read, reading says nothing else. So when both ends have been closed, the kernel is asked for the
// state of the connection. Only when it says that our own end was acknowledged, and with it every byte
// before, and that no reset came, is the connection confirmed. (A reset discards the connection, so
// none can be missed that way: either our end is acknowledged by a socket that took all the bytes, or
// a reset was sent for the first byte that it did not take.)
//
// When the receiver closes its side first, the frame being written is finished, and our own side is
// held open for a tenth of a second before it is closed: a receiver that leaves in good order uses
// that to read on, and one that dies meanwhile with bytes unread still shows by its reset. After that
// our end is acknowledged by the kernel, whether the process has read it or not. Hence a receiver that is
// further behind than that is not noticed if it is killed while it is leaving, and what the next one
// gets may overtake what it still reads. Only there, and after a timeout, order may be lost.
//
// A unix stream has nothing on its way: what is written is in the receiver's queue, and a process that
// dies with an unread queue resets the connection at once. On systems other than Linux the kernel is
// not asked: a receiver that closes its side after ours has confirmed, and a connection that it closed
// first is unconfirmed.
//
// # When it is away
//
// Handle waits, and connects again with growing, jittered pauses; the queue before it bounds what
// gathers meanwhile, and keeps callers from waiting. A frame that was cut by the end of its connection
// is sent again, whole, on the next; the receiver never had it. A frame that is cut by the end of a
// call's context is kept and finished by the next call, or by the Socket itself, so that no receiver
// is left with half a frame: one of Python's cookbook's design spins for ever then.
//
// After a connection that broke with unconfirmed records, a single record goes ahead on the next one
// and must be confirmed before others follow. A server that accepts everything and reads nothing, as
// a load balancer without servers does, so costs a record a connection and not a queue.
//
// Some receivers never close their side. One that has not done so within [Options.ConfirmTimeout], and
// not before, is told of once and then used without confirmation, until its connection breaks: its
// records stay waiting, and become unconfirmed by Close.
//
// Each connection that is confirmed leaves a socket in TIME_WAIT on this machine, for a minute on
// Linux: one for each MiB by default, and at most one a second for a program that logs now and then.
package sender
