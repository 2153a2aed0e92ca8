package sender

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
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
	// idleTimeout is how long a connection without requests is kept.
	idleTimeout = 90 * time.Second
)

// exchange makes requests to one server over HTTP, and remembers what it asked for.
type exchange struct {
	url    string
	client *http.Client
	header http.Header // of each request
	gzip   bool
	keys   keys

	mu     sync.Mutex // guards below
	notYet time.Time  // the receiver asked for no request before
	closed bool
}

// open makes the exchange ready.
func (x *exchange) open(url string, timeout time.Duration, config *tls.Config, inFlight int) {
	x.url, x.keys.limit = url, keptKeys
	_, _ = rand.Read(x.keys.own[:]) // never fails
	x.client = &http.Client{
		Timeout: timeout,
		// A redirect would make a GET of a POST, whose answer says nothing of the records.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     config,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: inFlight,
			IdleConnTimeout:     idleTimeout,
		},
	}
}

// authorize has each request say who sends it.
func (x *exchange) authorize(value string) {
	if x.header == nil {
		x.header = http.Header{}
	}
	x.header.Set("Authorization", value)
}

// ready waits until the receiver may be asked again.
func (x *exchange) ready(ctx context.Context) error {
	x.mu.Lock()
	closed, wait := x.closed, time.Until(x.notYet)
	x.mu.Unlock()
	if closed {
		return record.Permanent(x.about(ErrClosed))
	}
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// putOff notes that the receiver asked for no request for a while.
func (x *exchange) putOff(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if until := time.Now().Add(d); until.After(x.notYet) {
		x.notYet = until
	}
}

// Close closes idle connections; what is under way goes on until its context ends. Handle returns
// [ErrClosed] from then on. Closing twice is fine.
func (x *exchange) Close() error {
	x.mu.Lock()
	x.closed = true
	x.mu.Unlock()
	x.client.CloseIdleConnections()
	return nil
}

// about says what err is about.
func (x *exchange) about(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // which names the URL as well
	}
	return fmt.Errorf("send to %s: %w", x.url, err)
}

// post sends a body and returns the answer, if it is one of 2xx. The body must not be changed afterwards. An error
// is permanent where what was sent is at fault; answer is then what there is of it.
func (x *exchange) post(ctx context.Context, contentType string, body []byte) (answer []byte, err error) {
	sum := x.keys.sum(body)
	req, err := x.request(ctx, contentType, body, x.keys.of(sum))
	if err != nil {
		return nil, err
	}
	answer, err = x.do(req)
	if err == nil {
		x.keys.acknowledged(sum)
	}
	return answer, err
}

// do makes a request.
func (x *exchange) do(req *http.Request) (answer []byte, err error) {
	resp, err := x.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		// What was acknowledged stays so, whatever became of the rest of the answer.
		if err != nil {
			answer = nil
		}
		return answer, nil
	}
	return answer, x.refusal(resp, answer)
}

func (x *exchange) request(ctx context.Context, contentType string, body []byte, key string) (*http.Request, error) {
	if x.gzip {
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
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	x.sign(req)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Idempotency-Key", strconv.Quote(key))
	if x.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	return req, nil
}

// sign gives a request the headers that all have.
func (x *exchange) sign(req *http.Request) {
	for name, values := range x.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("User-Agent", "jackdaw")
}

// refusal returns the error that an answer stands for. It is permanent where the records are at fault. What the
// receiver's operator can mend, such as a wrong token, is tried again.
func (x *exchange) refusal(resp *http.Response, answer []byte) error {
	if d := putOffFor(resp.Header.Get("Retry-After"), time.Now()); d > 0 {
		x.putOff(d)
	}
	err := fmt.Errorf("answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	if to := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && to != "" {
		err = fmt.Errorf("%w: the URL is now %s", err, printable(to))
	} else if why := reason(resp.Header.Get("Content-Type"), answer); why != "" {
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
