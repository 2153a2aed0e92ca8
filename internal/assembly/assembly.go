// Package assembly makes running handlers of a checked configuration: it is where the words of internal/config
// become the handlers and senders of the other rooms, for the server and for Go programs alike.
//
//	config.Handler ── [Open] ──▶ record.Handler
//	config.Config ── [Handlers], [Loggers] ──▶ who hangs where, queues taken apart
//	two of them ── [Amend] ──▶ what holds after an incremental one
//	a handler that runs ── [Seat] ──▶ one that may be exchanged while records come
//	a file that several of them have ── [Files] ──▶ one that is open once
//
// Whoever runs the handlers has a queue or a stream in front of each of them already. So a queue of the
// configuration is no handler that is opened: what is behind it hangs where it would hang.
package assembly
