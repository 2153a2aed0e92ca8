package handler

import (
	"context"

	"github.com/jackdaw-log/jackdaw/record"
)

// Null is a [record.Handler] that takes every record and does nothing with it, as Python's NullHandler.
type Null struct{}

// Handle implements [record.Handler].
func (Null) Handle(context.Context, []record.Record) error { return nil }
