package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/internal/wire/jsonl"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxSendLine bounds a line of the standard input, maxSendBatch the records that are sent at once.
	maxSendLine  = 8 << 20
	maxSendBatch = 1000
)

// lineReader reads records from lines: JSON objects, and text.
type lineReader struct {
	r     *bufio.Reader
	plain func(message string) record.Record
	attrs []slog.Attr // of each record
	json  jsonl.Decoder
	line  []byte
	n     int
}

// next returns the records that are there, one at least; io.EOF when there are no more.
func (l *lineReader) next() (batch []record.Record, err error) {
	for len(batch) < maxSendBatch && (len(batch) == 0 || bytes.IndexByte(buffered(l.r), '\n') >= 0) {
		line, err := l.readLine()
		if text := strings.TrimRight(string(line), "\r\n"); strings.TrimSpace(text) != "" {
			batch = append(batch, l.record(text))
		}
		if err != nil {
			return batch, err
		}
	}
	return batch, nil
}

// buffered returns what can be read without a wait.
func buffered(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered()) // as much as there is
	return b
}

// readLine returns the next line, which is valid until the one after. The last one may come with io.EOF.
func (l *lineReader) readLine() ([]byte, error) {
	l.n++
	l.line = l.line[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.line)+len(part) > maxSendLine {
			return nil, fmt.Errorf("line %d is longer than %s; what came before it is sent", l.n, bytesText(maxSendLine))
		}
		l.line = append(l.line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.line, err
		}
	}
}

// record returns the record of a line. What looks like JSON and is no record is a text.
func (l *lineReader) record(line string) (r record.Record) {
	plain := l.plain(line)
	if strings.HasPrefix(strings.TrimLeft(line, " \t"), "{") && l.json.Decode([]byte(line), &r) == nil {
		if r.Logger == "" {
			r.Logger = plain.Logger
		}
		if r.Time.IsZero() {
			r.Time = plain.Time
		}
	} else {
		r = plain
	}
	r.Attrs = append(r.Attrs, l.attrs...)
	return r
}

// sendLines sends a record for each line of the standard input, and returns when the receiver has them all.
func (s *sendFlags) sendLines(ctx context.Context, in io.Reader, attrs []slog.Attr) error {
	lines := &lineReader{r: bufio.NewReaderSize(in, 64<<10), plain: s.plain, attrs: attrs}
	batches, failed := make(chan []record.Record), make(chan error, 1)
	go func() { // nothing ends a Read of a terminal: it ends with the process
		for {
			batch, err := lines.next()
			if len(batch) > 0 {
				select {
				case batches <- batch:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	w := lineSender{to: s.to()}
	for {
		var err error
		select {
		case batch := <-batches:
			err = w.send(ctx, batch)
		case err = <-failed:
			if errors.Is(err, io.EOF) {
				return w.close(nil)
			}
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			return w.close(err)
		}
	}
}

// lineSender sends many records to a receiver.
type lineSender struct {
	to     *address
	socket *sender.Socket // nil before the first record has arrived
	first  uint64         // records that arrived before there was a socket
	sent   uint64
}

// send sends records, the first of all by itself, which shows whether there is a receiver.
func (w *lineSender) send(ctx context.Context, batch []record.Record) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if w.socket == nil {
		if err := sender.Once(ctx, w.to.network, w.to.value, &batch[0]); err != nil {
			return sendError(w.to, err)
		}
		w.first, w.sent = 1, 1
		if w.socket, err = sender.NewSocket(sender.Options{Network: w.to.network, Address: w.to.value}); err != nil {
			return err
		}
		batch = batch[1:]
	}
	if err := w.socket.Handle(ctx, batch); err != nil {
		if partial, ok := errors.AsType[*record.PartialError](err); ok {
			w.sent += uint64(partial.Handled)
		}
		return err
	}
	w.sent += uint64(len(batch))
	return nil
}

// close waits until the receiver has what was sent, and says what is missing.
func (w *lineSender) close(err error) error {
	if w.socket == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	flushed := w.socket.Flush(ctx)
	confirmed := w.first + w.socket.Stats().Confirmed
	err = errors.Join(err, w.socket.Close())
	switch {
	case confirmed == w.sent && err == nil, strings.HasPrefix(w.to.network, "udp") && flushed == nil:
		return err
	case confirmed == w.sent:
		return fmt.Errorf("%w\n%s arrived, and no more were sent", err, of(confirmed, "record"))
	}
	return fmt.Errorf("%w\nof %s sent %s arrived for certain", errors.Join(err, flushed), of(w.sent, "record"), count(confirmed))
}

// plain returns the record of a message.
func (s *sendFlags) plain(message string) record.Record {
	return record.Record{
		Time: time.Now(), Level: s.level.level, Logger: s.logger, Message: message,
		Process: record.Process{PID: syscall.Getpid(), Name: "jackdaw send"},
	}
}
