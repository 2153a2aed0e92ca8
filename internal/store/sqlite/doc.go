// Package sqlite keeps records in SQLite files, and finds them there: the engine of a single machine.
//
// Records are kept by the thousand in chunks (package chunk): a chunk is a few rows of bytes, which hold the
// records by columns. SQLite gives what an engine of one's own would have to be trusted with: transactions,
// readers that never hold up the writer, and files that are whole again after a crash.
//
//	Handle ─▶ pending ──────────────▶ chunk          4,096 pending records become a chunk,
//	          (a batch, row by row)   (by columns)   in the background
//
// Handle returns when its records are in the file, as pending rows, and with them the position: the id of
// the last record of the stream that is kept. Both are in one transaction, so that after a crash the stream goes
// on right behind what is there, without a loss and without a double. Pending records are in memory too, where
// queries find them.
//
// # Files
//
// There is a file for each day on which records were received, and more than one if they get large:
//
//	2026-11-22.db  2026-11-22.2.db  2026-11-23.db
//
// Only the newest one is written to. Old ones are removed whole, by age and by size. Each file is complete by itself:
//
//	pending   id, data                 batches that are in no chunk yet
//	chunk     id, data                 the summary of each chunk, from 1 on
//	part      chunk·8 + part, data     its parts; 4 is its sieve, as long as it is in no grid
//	grid      id, first, chunks, lots  the chunks whose sieves were turned over
//	lot       grid·65536 + lot, data   the lots of grids
//	pair      id, logger, level        the loggers and levels of the chunks
//	position  epoch, sequence, item    the last record kept of each epoch; epoch 0 is of this package's own ids
//
// PRAGMA user_version is the version of this layout, and PRAGMA application_id says whose it is. What the data are
// is said in package chunk: each is versioned by itself, and has a checksum.
package sqlite
