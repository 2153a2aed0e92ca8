// Package chunk packs records into chunks, some thousand at a time, and finds records in them. It is pure functions
// of bytes: where the bytes are kept is known elsewhere.
//
// A chunk holds its records by columns, so that what is alike lies together and packs well, and what is not asked
// for is not read. It has four parts, each of which is read by itself ([Part]), and is a list of sections, each
// of which is decompressed by itself:
//
//	┌─ head ──────┐ ┌─ said ───────┐ ┌─ attrs ─────┐ ┌─ origin ────┐
//	│ id          │ │ message      │ │ schema      │ │ host, task… │
//	│ time        │ │ exception    │ │ a column for│ │ process     │
//	│ logger,level│ │ stack, trace │ │ each key    │ │ source      │
//	└─────────────┘ └──────────────┘ └─────────────┘ └─────────────┘
//
// Texts that differ in numbers alone are kept as a pattern and the numbers (pattern.go, texts.go), attrs by their
// shape (shape.go), numbers in as few bits as they need (ints.go, times.go). Each format is drawn where it is
// written.
//
// Beside a chunk there are its [Summary], which says how many records it has of which logger, level and minute,
// and its sieve (sieve.go), which says what terms it may have: by these most chunks are passed over without a
// look ([Need]). In the others a [Plan] finds the rows that match a filter: just those that
// [filter.Filter.Match] takes.
//
// Before there are enough records for a chunk they are kept in batches, row by row (batch.go).
//
// Whatever is read is checked: a checksum says whether bytes are those that were written, and bytes that are not
// what they should be make an error that wraps [ErrCorrupt].
package chunk
