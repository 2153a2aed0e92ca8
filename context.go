package jackdaw

import (
	"context"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// asksContext reports whether calls are to be asked for what their context holds.
func (h *Hierarchy) asksContext() bool { return h.o.ContextAttrs != nil || h.o.ContextTrace != nil }

// stackAttrs is for how many attrs a call with a context needs no memory but the stack's.
const stackAttrs = 24

// lead appends to dst what the hooks find in ctx, and says in call how much that is.
func (h *Hierarchy) lead(ctx context.Context, call *queue.Call, dst []slog.Attr) []slog.Attr {
	if ctx == nil {
		ctx = context.Background()
	}
	from := len(dst)
	trace, fault := h.askTrace(ctx)
	if trace != (record.Trace{}) {
		dst = queue.AppendTrace(dst, &trace)
		call.Traced = true
	}
	attrs, faults := h.askAttrs(ctx)
	for _, a := range attrs {
		dst = append(dst, h.taken(a))
	}
	for _, fault := range []any{fault, faults} {
		if fault != nil {
			dst = append(dst, slog.Attr{Key: "context", Value: snapshot.Panic(fault)})
		}
	}
	call.Lead = int32(len(dst) - from)
	return dst
}

// askTrace calls the hook, and returns what it panicked with if it did.
func (h *Hierarchy) askTrace(ctx context.Context) (trace record.Trace, fault any) {
	if h.o.ContextTrace == nil {
		return trace, nil
	}
	defer func() { fault = recover() }()
	return h.o.ContextTrace(ctx), nil
}

func (h *Hierarchy) askAttrs(ctx context.Context) (attrs []slog.Attr, fault any) {
	if h.o.ContextAttrs == nil {
		return nil, nil
	}
	defer func() { fault = recover() }()
	return h.o.ContextAttrs(ctx), nil
}

// taken returns the attr with its value as it is now.
func (h *Hierarchy) taken(a slog.Attr) slog.Attr {
	if h.o.TrustValues && h.flight.Load() == nil {
		return a
	}
	return snapshot.Attr(a)
}
