package receiver

import (
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxRequests is how many requests may be under way at once, and a quarter of it how many of one peer.
const maxRequests = 1024

// aSecond is when a client is to come again, where nobody knows better.
const aSecond = time.Second

// refusal is why a request, or the rest of it, was not taken.
type refusal struct {
	status int // of HTTP
	reason Reason
	text   string
	// retryAfter is when the client is to send the same again; zero where that is of no use.
	retryAfter time.Duration
}

// setHeaders sets what goes with the status.
func (no *refusal) setHeaders(h http.Header) {
	if no.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((no.retryAfter+time.Second-1)/time.Second)))
	}
	switch no.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusUnsupportedMediaType:
		h.Set("Accept-Encoding", "gzip, zstd")
	}
}

// mediaType returns the type of a request's body without its parameters, in lower case.
func mediaType(req *http.Request) string {
	name, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// request is a request under way.
type request struct {
	r    *Receiver
	l    *ledger
	w    http.ResponseWriter
	req  *http.Request
	rc   *http.ResponseController
	peer string
	// of is with whom its bytes and it are counted; zero where they are not limited by peer.
	of netip.Addr
	// held is what it has of the budget, and small of the one for small requests.
	held, small int64
	// bodies are what room has given, of which held is the sum, and what charge took.
	bodies [][]byte

	mu      sync.Mutex // guards what follows, and the read deadline
	reading bool
	drainAt time.Time // when reading ends; zero until Close is called
}

// requests are the requests under way.
type requests struct {
	origin *http.CrossOriginProtection
	// Slots for unpacking and decoding: small ones are for what is no longer than smallRequest.
	work, smallWork chan struct{}

	mu    sync.Mutex // guards what follows
	open  map[*request]struct{}
	peers map[netip.Addr]int
}

// smallRequest is the longest that has slots and memory of its own, which those who send much cannot take: unpacked,
// and with about what its records take.
const smallRequest = 1 << 20

// smallShare is the part of HeldBytes that small requests have besides.
const smallShare = 8

// init makes room for the requests. Unpacking and decoding keep the processors busy, so there are as many slots
// for that, and as many again for small requests.
func (s *requests) init() {
	s.origin = http.NewCrossOriginProtection()
	s.work, s.smallWork = make(chan struct{}, runtime.GOMAXPROCS(0)), make(chan struct{}, runtime.GOMAXPROCS(0))
	s.open, s.peers = make(map[*request]struct{}), make(map[netip.Addr]int)
}

// enter begins a request that l counts, or says why not. The caller calls leave at its end.
func (r *Receiver) enter(l *ledger, w http.ResponseWriter, req *http.Request) (*request, *refusal) {
	host := netip.Addr{}
	if at, err := netip.ParseAddrPort(req.RemoteAddr); err == nil {
		host = at.Addr().Unmap().WithZone("")
	}
	q := &request{r: r, l: l, w: w, req: req, rc: http.NewResponseController(w), peer: req.RemoteAddr, of: countedAs(host, r.o.peerBytesSet)}
	l.requests.Add(1)
	if no := q.permitted(); no != nil {
		return nil, q.turnAway(no)
	}
	s := &r.requests
	s.mu.Lock()
	full, crowded := len(s.open) >= maxRequests, q.of.IsValid() && s.peers[q.of] >= maxRequests/4
	if !full && !crowded {
		s.open[q] = struct{}{}
		s.peers[q.of]++
	}
	s.mu.Unlock()
	switch {
	case full:
		return nil, q.turnAway(&refusal{http.StatusServiceUnavailable, RequestLimit, fmt.Sprintf("%d requests are under way, which is the limit", maxRequests), aSecond})
	case crowded:
		return nil, q.turnAway(&refusal{http.StatusTooManyRequests, PeerLimit, fmt.Sprintf("%d requests from this address are under way, which is the limit for one", maxRequests/4), aSecond})
	}
	r.mu.Lock()
	at := r.drainAt
	r.mu.Unlock()
	q.drain(at)
	return q, nil
}

// permitted says why the request may not be made.
func (q *request) permitted() *refusal {
	if t := q.r.o.Tokens; t != nil && !t.Has(q.req.Header.Get("Authorization")) {
		return &refusal{http.StatusUnauthorized, NoToken, "a token is needed: Authorization: Bearer TOKEN", 0}
	}
	if err := q.r.requests.origin.Check(q.req); err != nil {
		return &refusal{http.StatusForbidden, CrossOrigin, "a page of another origin may not send here", 0}
	}
	if q.r.isStopping() {
		return &refusal{http.StatusServiceUnavailable, Closed, "the receiver is closing", aSecond}
	}
	return nil
}

// turnAway counts a request that was refused before its body was read. The server reads a little of it
// nevertheless, which is not to take for ever.
func (q *request) turnAway(no *refusal) *refusal {
	q.rc.SetReadDeadline(time.Now().Add(headTimeout))
	q.l.turnedAway(no.reason, q.peer, "a request was refused: "+no.text)
	return no
}

// notRead counts a request whose body was not taken in: as turned away where the client is to send it
// again, as a frame that was rejected where that is of no use.
func (q *request) notRead(no *refusal) *refusal {
	if no.retryAfter > 0 || no.reason == Unsupported {
		return q.turnAway(no)
	}
	q.reject(no, nil)
	return no
}

// reject counts a body that is none as a frame that was rejected.
func (q *request) reject(no *refusal, body []byte) {
	length := max(int(q.req.ContentLength), len(body))
	q.l.frames.Add(1)
	q.l.reject(Reject{Reason: no.reason, Peer: q.peer, Detail: no.text, Length: length, First: body})
}

// leave is the end of a request.
func (q *request) leave() {
	q.release()
	s := &q.r.requests
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, q)
	s.peers[q.of]--
	if s.peers[q.of] == 0 {
		delete(s.peers, q.of)
	}
}

// drain lets the reading of all requests end at the given time.
func (s *requests) drain(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := range s.open {
		q.drain(at)
	}
}

func (q *request) drain(at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drainAt = at
	if q.reading {
		q.rc.SetReadDeadline(at)
	}
}

// take takes n bytes of the budget, and says no where there are none to be had.
func (q *request) take(n int) *refusal {
	if q.takeSmall(n) {
		return nil
	}
	if !q.r.budget.take(q.of, int64(n)) {
		return &refusal{http.StatusTooManyRequests, NoRoom, "there is no room for the request now: others hold it", aSecond}
	}
	q.held += int64(n)
	return nil
}

// takeSmall takes n bytes of what small requests have, if it is one and they are there.
func (q *request) takeSmall(n int) bool {
	if q.held > 0 || q.small+int64(n) > smallRequest || !q.r.smallBudget.try(q.of, int64(n)) {
		return false
	}
	q.small += int64(n)
	return true
}

// charge takes n bytes of the budget although there may be none: of what is held already.
func (q *request) charge(n int) {
	if !q.takeSmall(n) {
		q.r.budget.charge(q.of, int64(n))
		q.held += int64(n)
	}
}

// give gives n bytes of the budget back.
func (q *request) give(n int64) {
	if small := min(n, q.small); small > 0 {
		q.r.smallBudget.give(q.of, small)
		q.small, n = q.small-small, n-small
	}
	if n > 0 {
		q.r.budget.give(q.of, n)
		q.held -= n
	}
}

// release gives back what the request holds, its body with it.
func (q *request) release() {
	for _, b := range q.bodies {
		q.r.bodies.put(b)
	}
	q.bodies = nil
	q.give(q.small + q.held)
}

// listenError names the act and the thing.
func listenError(network, address string, err error) error {
	return fmt.Errorf("receive on %s %s: %w", network, address, err)
}
