package web

import "time"

// Stats are all counts of a server, since it was started. The names of the JSON form are stable; others may be
// added. Times are RFC 3339.
//
// The law that each part obeys by itself is written there. What a receiver accepted is accepted by the stream, or
// by the queue where there is no stream; either also accepts records that the server tells of itself. The parts are
// counted one after another, so that what moves meanwhile may be seen in two, or in none.
type Stats struct {
	Version string    `json:"version"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Time    time.Time `json:"time"`
	// Problems are the errors at present, a line each: a stream that takes no records, a handler that
	// fails. It is empty while all is well.
	Problems []string `json:"problems"`

	Receivers []Receiver `json:"receivers"`
	// HeldBytes is what receivers hold of what has not arrived whole.
	HeldBytes int64 `json:"held_bytes"`
	// Stream is null where nothing outlives the process.
	Stream   *Stream   `json:"stream"`
	Queue    Queue     `json:"queue"`
	Handlers []Handled `json:"handlers"`
	// Store is null where no records are kept to be found.
	Store *Store `json:"store"`
	// Viewers is null where nobody can look on.
	Viewers *Viewers `json:"viewers"`
}

// Viewers are those who are shown records as they arrive.
type Viewers struct {
	// Now is how many there are, Limit how many there may be.
	Now   int `json:"now"`
	Limit int `json:"limit"`
	// Unshown is how many records were not shown to one of them, and told as a gap: it was too slow, or they were more
	// than its share.
	Unshown uint64 `json:"unshown"`
}

// ByReason counts by a reason.
type ByReason map[string]uint64

// Total is the sum over all reasons.
func (b ByReason) Total() (n uint64) {
	for _, c := range b {
		n += c
	}
	return n
}

// Receiver is one way in. Its law is Read = Accepted + Rejected + Dropped + Returned + Waiting, with the sums over
// all reasons.
type Receiver struct {
	Name string `json:"name"`
	// Read is how many frames, lines, or records of requests came.
	Read uint64 `json:"read"`
	// Accepted is how many of them are in the custody of the stream, or of the queue.
	Accepted uint64 `json:"accepted"`
	// Waiting is how many are on their way there.
	Waiting uint64 `json:"waiting"`
	// Rejected never were a record. Dropped were, and were not taken. Returned were given back to a sender
	// that was told to come again.
	Rejected ByReason `json:"rejected"`
	Dropped  ByReason `json:"dropped"`
	Returned ByReason `json:"returned"`

	Bytes uint64 `json:"bytes"`
	// KernelDropped is how many datagrams the kernel dropped before they were read.
	KernelDropped uint64 `json:"kernel_dropped"`

	Connections        int      `json:"connections"`
	ConnectionsTotal   uint64   `json:"connections_total"`
	ConnectionsRefused ByReason `json:"connections_refused"`
	Requests           uint64   `json:"requests"`
	RequestsRefused    ByReason `json:"requests_refused"`

	// Known are reasons that metrics have from the beginning, with zero.
	Known Reasons `json:"-"`
}

// Reasons are those of a receiver.
type Reasons struct{ Rejected, Dropped, Returned []string }

// Counts obey the law Accepted = Handled + Dropped + Waiting, with the sum over all reasons and levels.
type Counts struct {
	Accepted uint64 `json:"accepted"`
	Handled  uint64 `json:"handled"`
	// Dropped counts by reason and level: DEBUG (and below), INFO, WARNING, ERROR, CRITICAL. What is zero
	// is absent.
	Dropped map[string]ByReason `json:"dropped"`
	Waiting uint64              `json:"waiting"`

	// Known are reasons that metrics have from the beginning, with zero.
	Known []string `json:"-"`
}

// DroppedTotal is the sum over all reasons and levels.
func (c *Counts) DroppedTotal() (n uint64) {
	for _, levels := range c.Dropped {
		n += levels.Total()
	}
	return n
}

// Stream is the durable stream. A record is handled there when it is as durable as Durability says.
type Stream struct {
	Counts
	// Repeated came again under the key of a request, and were not stored again. They are not among the
	// other counts.
	Repeated uint64 `json:"repeated"`
	// Unhandled is how many records some handler has not handled yet.
	Unhandled uint64 `json:"unhandled"`
	// Durability is sync, disk, memory or cluster.
	Durability string `json:"durability"`
	// Error is why the stream takes no records at present, empty while it does.
	Error string `json:"error,omitempty"`
	// Bytes is what it takes, MaxBytes its bound. DiskFree is what the disk had left when it was last looked
	// at, and DiskFloor what it must have.
	Bytes     int64 `json:"bytes"`
	MaxBytes  int64 `json:"max_bytes"`
	DiskFree  int64 `json:"disk_free"`
	DiskFloor int64 `json:"disk_floor"`
	// LastID is the id of the first record of the last message.
	LastID string `json:"last_id"`
}

// Queue is the queue in memory. A record is handled there when it was handed to the handlers behind it.
type Queue struct {
	Counts
	// Unrouted is how many of the handled records no handler wanted.
	Unrouted uint64 `json:"unrouted"`
	Bytes    int64  `json:"bytes"`
	MaxBytes int64  `json:"max_bytes"`
}

// Handled are the counts of a handler. What its level or filter keeps from it is not among them, once that is
// known: what waits in the stream has not been looked at.
type Handled struct {
	Name string `json:"name"`
	// Present is false for a handler that this server does not have: the stream knows it, or some of its records were
	// dropped when a reload took it out.
	Present  bool `json:"present"`
	Required bool `json:"required,omitempty"`
	Counts
	WaitingBytes int64 `json:"waiting_bytes"`
	// Error is what it fails with at present, empty while it is well.
	Error string `json:"error,omitempty"`
}

// Store is what is kept of the records, to be found. What became of them on the way there is among the handlers.
type Store struct {
	// Records are those kept, of them Pending in no chunk yet.
	Records uint64 `json:"records"`
	Pending uint64 `json:"pending"`
	// Expired were removed since the server was started, since they were too old, or too many.
	Expired uint64 `json:"expired"`
	Files   int    `json:"files"`
	Chunks  int    `json:"chunks"`
	// Bytes is what the files take, MaxBytes their bound, zero for none. DiskFree is what the disk had left when it
	// was last looked at, and zero before.
	Bytes    int64 `json:"bytes"`
	MaxBytes int64 `json:"max_bytes"`
	DiskFree int64 `json:"disk_free"`
	// Oldest and Newest are the times of the first and the last record, absent if there is none.
	Oldest *time.Time `json:"oldest,omitempty"`
	Newest *time.Time `json:"newest,omitempty"`
	// LastID is the id of the last record that came from the stream.
	LastID string `json:"last_id"`
	// Damaged is how many damaged places were found. Problems says where.
	Damaged int `json:"damaged"`
	// Error is why records cannot be put in order at present, empty while they can.
	Error string `json:"error,omitempty"`
}
