package sender

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
	// maxPutOff bounds the pause that a receiver may ask for.
	maxPutOff = 5 * time.Minute
	// keptKeys is how many acknowledged requests are remembered.
	keptKeys = 4096
)

// send sends the records in one request and returns nil when they were acknowledged.
func (s *OTLP) send(ctx context.Context, part []record.Record) error {
	// The transport may read from a body after it returned: it cannot be used again.
	body := otlp.Append(make([]byte, 0, s.size.Load()*9/8), part)
	s.size.Store(int64(len(body)))
	sum := s.keys.sum(body)
	s.counts.requests.Add(1)
	err := s.post(ctx, body, s.keys.of(sum), len(part))
	if err != nil {
		s.counts.failed.Add(1)
		return s.about(err)
	}
	s.keys.acknowledged(sum)
	return nil
}

// about says what err is about.
func (s *OTLP) about(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // which names the URL as well
	}
	return fmt.Errorf("send to %s: %w", s.o.URL, err)
}

func (s *OTLP) post(ctx context.Context, body []byte, key string, records int) error {
	req, err := s.request(ctx, body, key)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		// What was acknowledged stays so, whatever became of the rest of the answer.
		if err != nil {
			answer = nil
		}
		s.took(uint64(records), otlp.ParseAnswer(answer))
		return nil
	}
	return s.refusal(resp, answer)
}

// took counts an acknowledged request.
func (s *OTLP) took(records uint64, a otlp.Answer) {
	rejected := min(uint64(max(a.Rejected, 0)), records)
	s.counts.acknowledged.Add(records - rejected)
	s.counts.rejected.Add(rejected)
	if rejected > 0 && s.o.OnError != nil {
		s.o.OnError(s.about(fmt.Errorf("%d of %d records were rejected: %s", rejected, records, printable(a.Message))))
	}
}

func (s *OTLP) request(ctx context.Context, body []byte, key string) (*http.Request, error) {
	encoding := ""
	if !s.o.NoGzip {
		encoding = "gzip"
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err == nil {
			_, err = w.Write(body)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("compress the request: %w", err)
		}
		body = b.Bytes()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range s.o.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("User-Agent", "jackdaw")
	req.Header.Set("Idempotency-Key", strconv.Quote(key))
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	if s.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.o.Token)
	}
	return req, nil
}

// refusal returns the error that an answer stands for. It is permanent where the records are at fault. What the
// receiver's operator can mend, such as a wrong token, is tried again.
func (s *OTLP) refusal(resp *http.Response, answer []byte) error {
	if d := putOffFor(resp.Header.Get("Retry-After"), time.Now()); d > 0 {
		s.putOff(d)
	}
	err := fmt.Errorf("answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	if why := reason(resp.Header.Get("Content-Type"), answer); why != "" {
		err = fmt.Errorf("%w: %s", err, why)
	}
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return record.Permanent(err)
	}
	return err
}

// putOffFor reads the header Retry-After: seconds, or a date.
func putOffFor(header string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(header); err == nil && n > 0 {
		return min(time.Duration(min(n, 1<<20))*time.Second, maxPutOff)
	}
	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return min(at.Sub(now), maxPutOff)
	}
	return 0
}

// reason returns what an answer says about why, as one printable line.
func reason(contentType string, answer []byte) string {
	if strings.HasPrefix(contentType, "application/x-protobuf") {
		return printable(otlp.ParseStatus(answer).Message)
	}
	if strings.Contains(contentType, "html") {
		return ""
	}
	return printable(string(answer))
}

// printable returns the beginning of text, without what is not printable.
func printable(text string) string {
	const most = 200
	text = strings.TrimSpace(text)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// keys gives requests their keys. The key of a request is that of its content, so that it is the same when
// it is sent again; and another one where the same content was acknowledged before, which is then
// not the same records.
type keys struct {
	limit int
	own   [16]byte // differs from sender to sender

	mu     sync.Mutex // guards below
	count  map[[sha256.Size]byte]uint64
	oldest [][sha256.Size]byte
}

func (k *keys) sum(body []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(k.own[:])
	h.Write(body)
	h.Sum(sum[:0])
	return sum
}

func (k *keys) of(sum [sha256.Size]byte) string {
	k.mu.Lock()
	n := k.count[sum]
	k.mu.Unlock()
	if n > 0 {
		sum = sha256.Sum256(binary.BigEndian.AppendUint64(sum[:], n))
	}
	return hex.EncodeToString(sum[:16])
}

func (k *keys) acknowledged(sum [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count == nil {
		k.count = map[[sha256.Size]byte]uint64{}
	}
	if k.count[sum]++; k.count[sum] > 1 {
		return
	}
	if k.oldest = append(k.oldest, sum); len(k.oldest) > k.limit {
		delete(k.count, k.oldest[0])
		k.oldest = k.oldest[1:]
	}
}
