package filter

import (
	"encoding/hex"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// The functions here ask a tester about what is known of one field, and report whether it took it. A nil
// tester takes anything.

func takes(t tester, v slog.Value) bool { return t == nil || t.test(v) }

func text(s string, t tester) bool { return s != "" && takes(t, slog.StringValue(s)) }

func whole(n int, t tester) bool { return n != 0 && takes(t, slog.IntValue(n)) }

func hexadecimal(id []byte, t tester) bool {
	for _, b := range id {
		if b != 0 {
			return t == nil || t.test(slog.StringValue(hex.EncodeToString(id)))
		}
	}
	return false
}

func message(r *record.Record, t tester) bool { return text(r.Message, t) }

func stack(r *record.Record, t tester) bool { return text(r.Stack, t) }

func exceptionValues(r *record.Record, t tester) bool {
	return exceptionType(r, t) || exceptionMessage(r, t) || traceback(r, t)
}

func exceptionType(r *record.Record, t tester) bool {
	return r.Exception != nil && text(r.Exception.Type, t)
}

func exceptionMessage(r *record.Record, t tester) bool {
	return r.Exception != nil && text(r.Exception.Message, t)
}

func traceback(r *record.Record, t tester) bool {
	return r.Exception != nil && text(r.Exception.Traceback, t)
}

func source(r *record.Record, t tester) bool { return function(r, t) || file(r, t) || line(r, t) }

func function(r *record.Record, t tester) bool {
	src := r.Caller()
	return src != nil && text(src.Function, t)
}

func file(r *record.Record, t tester) bool {
	src := r.Caller()
	return src != nil && text(src.File, t)
}

func line(r *record.Record, t tester) bool {
	src := r.Caller()
	return src != nil && whole(max(src.Line, 0), t)
}

func process(r *record.Record, t tester) bool { return pid(r, t) || processName(r, t) }

func pid(r *record.Record, t tester) bool { return whole(max(r.Process.PID, 0), t) }

func processName(r *record.Record, t tester) bool { return text(r.Process.Name, t) }

func thread(r *record.Record, t tester) bool { return threadID(r, t) || threadName(r, t) }

func threadID(r *record.Record, t tester) bool {
	return r.Thread.ID != 0 && takes(t, slog.Uint64Value(r.Thread.ID))
}

func threadName(r *record.Record, t tester) bool { return text(r.Thread.Name, t) }

func task(r *record.Record, t tester) bool { return text(r.Task, t) }

func host(r *record.Record, t tester) bool { return text(r.Host, t) }

func peer(r *record.Record, t tester) bool { return text(r.Peer, t) }

func traceID(r *record.Record, t tester) bool { return hexadecimal(r.Trace.ID[:], t) }

func spanID(r *record.Record, t tester) bool { return hexadecimal(r.Trace.Span[:], t) }

func traceFlags(r *record.Record, t tester) bool { return hexadecimal([]byte{r.Trace.Flags}, t) }

func levelNo(r *record.Record, t tester) bool { return whole(r.LevelNo, t) }

func levelName(r *record.Record, t tester) bool { return text(r.LevelName, t) }
