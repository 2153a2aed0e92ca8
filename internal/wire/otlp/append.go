package otlp

import "github.com/jackdaw-log/jackdaw/record"

// Append appends batch to dst as one ExportLogsServiceRequest, in protobuf, and returns the result. An
// empty batch is an empty message.
//
// Records keep their order: where the Resource (host and process) or the Scope (the logger) of a record is not
// that of the one before it, another is begun. A Decoder makes the same records of it: see the package
// documentation for how, and for what is not the same. The bytes are those that any encoder writes
// which has the fields in the order of their numbers.
//
// The message is as large as it gets: who bounds messages bounds batches. It keeps nothing of batch, and
// the result shares no memory with it.
func Append(dst []byte, batch []record.Record) []byte {
	e := encoder{dst: dst}
	var (
		before                  *record.Record
		hBefore                 head
		resourceLogs, scopeLogs message
		resourceGuess           = 2
	)
	if len(batch) > 50 {
		resourceGuess = 3
	}
	for i := range batch {
		r := &batch[i]
		h := e.headOf(r, plainAttrs(r.Attrs))
		newResource := before == nil || !e.sameResource(before, r, &hBefore, &h)
		newScope := newResource || !e.sameScope(before, r, &hBefore, &h)
		if newScope && before != nil {
			e.closeScopeLogs(scopeLogs, &hBefore)
		}
		if newResource {
			if before != nil {
				e.closeResourceLogs(resourceLogs, resourceGuess, &hBefore)
			}
			resourceLogs = e.open(tagResourceLogs, resourceGuess)
			e.part((*encoder).resource, r, &h)
		}
		if newScope {
			scopeLogs = e.open(tagScopeLogs, 2)
			e.part((*encoder).scope, r, &h)
		}
		e.part((*encoder).logRecord, r, &h)
		before, hBefore = r, h
	}
	if before != nil {
		e.closeScopeLogs(scopeLogs, &hBefore)
		e.closeResourceLogs(resourceLogs, resourceGuess, &hBefore)
	}
	return e.dst
}

// part appends a part of the message, with its texts escaped if any of them must be.
func (e *encoder) part(appendPart func(*encoder, *record.Record, *head), r *record.Record, h *head) {
	from := len(e.dst)
	appendPart(e, r, h)
	if e.invalid {
		e.dst, e.escaping, e.invalid = e.dst[:from], true, false
		appendPart(e, r, h)
		e.escaping = false
	}
}

func (e *encoder) closeScopeLogs(m message, h *head) {
	e.optional(tagScopeSchema, h.text(keyScopeSchema))
	e.close(m, 2)
}

func (e *encoder) closeResourceLogs(m message, guess int, h *head) {
	e.optional(tagResourceSchema, h.text(keyResourceSchema))
	e.close(m, guess)
}
