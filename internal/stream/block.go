package stream

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minio/highwayhash"
	"github.com/nats-io/nats.go"
)

// JetStream keeps a stream in files of some megabytes, its blocks, which are read here as they are: so
// that they can be looked into while no process has them, and while one has, and because JetStream itself
// says nothing about what it found damaged and left out. A block is one of these after another:
//
//	0      4         12      20     22
//	┌──────┬─────────┬───────┬──────┬─────────┬──────────────────┬─────────┬──────┐
//	│length│sequence │time   │length│ subject │ length, headers  │ payload │ hash │
//	└──────┴─────────┴───────┴──────┴─────────┴──────────────────┴─────────┴──────┘
//	 uint32 uint64    int64   uint16            uint32, if any              8 bytes
//
// in little endian. The first length is of all, and has its highest bit set if there are headers. The
// highest bit of the sequence marks a message that was erased, the one below a note of one that was removed.
// The hash is HighwayHash-64 of sequence, time, subject, headers and payload, keyed by the SHA-256 of
// the stream's name, "-" and the block's number. These are JetStream's, and a test holds them against
// it.
const (
	blockHead    = 22
	blockHash    = 8
	headersBit   = 1 << 31
	erasedBit    = 1 << 63
	removedBit   = 1 << 62
	maxBlock     = 64 << 20 // the largest file that is read
	maxInBlock   = 32 << 20 // the largest message in one
	blockPattern = "*.blk"
)

// block is a file of a stream.
type block struct {
	path   string
	number int
	name   string // of the stream
	// subject is what all messages of ours begin with, after the fixed part.
	subject []byte
}

// blocks returns the files of the stream of that name below dir, in their order.
func blocks(dir, name string) ([]block, error) {
	if name == "" {
		name = DefaultName
	}
	at := filepath.Join(dir, "jetstream", "$G", "streams", name, "msgs")
	if _, err := os.Stat(at); err != nil {
		return nil, fmt.Errorf("there is no stream %s in %s: %w", name, dir, err)
	}
	paths, err := filepath.Glob(filepath.Join(strings.ReplaceAll(at, "[", `\[`), blockPattern))
	if err != nil {
		return nil, err
	}
	o := Options{Name: name}
	var all []block
	for _, path := range paths {
		number, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".blk"))
		if err == nil {
			all = append(all, block{path: path, number: number, name: name, subject: []byte(o.subject(""))})
		}
	}
	slices.SortFunc(all, func(a, b block) int { return a.number - b.number })
	return all, nil
}

// visitor is told what is in a block.
type visitor struct {
	// message gets a message, whose payload is good until message returns. Its error ends the scan.
	message func(m *stored, offset int64) error
	// damaged is told that so many bytes are not a message.
	damaged func(offset, bytes int64, what string)
}

// scan reads a block from its beginning to its end, over what is damaged.
func (b *block) scan(v visitor) error {
	text, err := b.read(nil)
	if err != nil {
		return err
	}
	return b.scanText(text, v)
}

// read returns what is in the file, in the memory of buffer if there is enough.
func (b *block) read(buffer []byte) ([]byte, error) {
	f, err := os.Open(b.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBlock {
		return nil, fmt.Errorf("%s has %d bytes, want %d at most", b.path, info.Size(), maxBlock)
	}
	buffer = slices.Grow(buffer[:0], int(info.Size()))[:info.Size()]
	n, err := io.ReadFull(f, buffer)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) { // it has become shorter
		err = nil
	}
	return buffer[:n], err
}

// first returns the sequence of the first message in the file that was not removed, if it stands near its beginning. The
// hash is not looked at.
func (b *block) first() (seq uint64, ok bool) {
	f, err := os.Open(b.path)
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }()
	text := make([]byte, 16<<10)
	n, err := io.ReadFull(f, text)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, false
	}
	for text = text[:n]; len(text) >= blockHead; {
		seq := binary.LittleEndian.Uint64(text[4:])
		if seq&(erasedBit|removedBit) == 0 && seq != 0 {
			return seq, true
		}
		length := int(binary.LittleEndian.Uint32(text) &^ headersBit)
		text = text[min(max(length, blockHead), len(text)):]
	}
	return 0, false
}

func (b *block) scanText(text []byte, v visitor) error {
	key := sha256.Sum256([]byte(b.name + "-" + strconv.Itoa(b.number)))
	for offset := 0; offset < len(text); {
		m, n, what := b.parse(text[offset:], key[:])
		if what != "" {
			n = b.resume(text[offset:], key[:])
			v.damaged(int64(offset), int64(n), what)
		} else if m != nil {
			if err := v.message(m, int64(offset)); err != nil {
				return err
			}
		}
		offset += n
	}
	return nil
}

// resume returns the distance to the next message that can be read, or to the end.
func (b *block) resume(text, key []byte) int {
	for from := blockHead + 1; from < len(text); {
		i := bytes.Index(text[from:], b.subject)
		if i < 0 {
			break
		}
		at := from + i - blockHead
		if _, _, what := b.parse(text[at:], key); what == "" {
			return at
		}
		from += i + 1
	}
	return len(text)
}

// parse reads the message at the beginning of text, and returns its length. The message is nil if it was
// removed. what says why there is none that can be read.
func (b *block) parse(text, key []byte) (m *stored, n int, what string) {
	if len(text) < blockHead+blockHash {
		return nil, 0, "the file is cut off"
	}
	length := binary.LittleEndian.Uint32(text)
	n = int(length &^ headersBit)
	subject := int(binary.LittleEndian.Uint16(text[20:]))
	body := blockHead + subject
	switch {
	case n < body+blockHash || n > maxInBlock:
		return nil, 0, "the length of a message is wrong"
	case n > len(text):
		return nil, 0, "the file is cut off"
	}
	seq := binary.LittleEndian.Uint64(text[4:])
	payload := text[body : n-blockHash]
	var headers []byte
	if length&headersBit != 0 {
		if len(payload) < 4 {
			return nil, 0, "the length of headers is wrong"
		}
		h := int(binary.LittleEndian.Uint32(payload))
		if payload = payload[4:]; h > len(payload) {
			return nil, 0, "the length of headers is wrong"
		}
		headers, payload = payload[:h], payload[h:]
	}
	hash, err := highwayhash.NewDigest64(key)
	if err != nil {
		return nil, 0, err.Error()
	}
	for _, part := range [][]byte{text[4:20], text[blockHead:body], headers, payload} {
		_, _ = hash.Write(part)
	}
	if !bytes.Equal(hash.Sum(nil), text[n-blockHash:n]) {
		return nil, 0, "the hash of a message is wrong"
	}
	if seq&(erasedBit|removedBit) != 0 || seq == 0 {
		return nil, n, ""
	}
	m = &stored{seq: seq, at: time.Unix(0, int64(binary.LittleEndian.Uint64(text[12:]))), payload: payload}
	h, err := nats.DecodeHeadersMsg(headers)
	if err == nil {
		m.mark, m.err = markOf(h)
		m.once, m.header = h.Get(headerOnce), h
	} else {
		m.err = err
	}
	return m, n, ""
}
