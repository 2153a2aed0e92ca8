// Package syslog reads and writes messages of syslog.
//
// An [Appender] writes records:
//
//	<PRI>1 time host app procid msgid [jackdaw@32473 name="value" …] text   RFC 5424; "-" stands for what is not known
//	<PRI>Mmm dd hh:mm:ss host app[pid]: text                                RFC 3164
//	<PRI>text                                                               as Python's SysLogHandler
//
//	PRI      8 · facility + severity, by the table of package record
//	app      App; for a record that was received the first part of its logger's name
//	msgid    Logger, whole as the parameter logger too where it is longer than 32 or has blanks
//	[…]      Attrs, those of groups by names with dots; trace_id, span_id, task, thread; omitted, the number of those
//	         for which there was no room
//
// A [Decoder] reads what Python's SysLogHandler sends, and what is written by RFC 3164 and RFC 5424. A message begins
// with its priority; what follows tells the form.
//
//	<PRI>text                                                   Python's SysLogHandler: all of it is the message
//	<PRI>Mmm dd hh:mm:ss [host] tag[pid]: text                  RFC 3164, and what logger(1) writes to /dev/log
//	<PRI>1 time host app procid msgid [id name="value" …] text  RFC 5424; "-" stands for what is not known
//
//	PRI      8 · facility + severity, 0 to 191
//	on the record
//	severity Level, by the table of package record
//	facility attr "facility": user, local0 …
//	time     Time. That of RFC 3164 has neither year nor zone: it is taken for the one nearest to now, in the
//	         zone of now. It may have a year or a fraction, and it may be one of RFC 5424
//	host     Host
//	tag, app Logger
//	pid      Process.PID; a procid that is no number is the attr "procid"
//	msgid    attr "msgid"
//	[id …]   attr id, a group of its parameters, which are strings; of [jackdaw@32473 …], the parameters are what an
//	         Appender made of Attrs, Logger, Trace, Task and Thread
//	text     Message, without the byte order mark before it and the NUL or newlines behind it. A traceback of Python
//	         at its end, as Formatter puts it there, is the Exception
//
// A stream carries messages in one of three ways, which [Framer] tells apart.
package syslog
