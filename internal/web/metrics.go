package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// levels are the names of the levels by which dropped records are counted.
var levels = []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}

// AppendMetrics appends the counts in the text format of Prometheus, version 0.0.4:
//
//	# HELP name text
//	# TYPE name counter
//	name{label="value",…} number
func AppendMetrics(dst []byte, s *Stats) []byte {
	m := metrics{dst: dst}
	m.family("jackdaw_build_info", "gauge", "The version that runs; always 1.")
	m.sample(1, "version", s.Version)
	m.family("jackdaw_start_time_seconds", "gauge", "When the server was started, in seconds since 1970.")
	m.dst = append(m.dst, m.name...)
	m.dst = append(strconv.AppendFloat(append(m.dst, ' '), float64(s.Started.UnixMilli())/1e3, 'f', 3, 64), '\n')
	m.family("jackdaw_problems", "gauge", "Errors at present: a stream that takes no records, handlers that fail.")
	m.sample(uint64(len(s.Problems)))
	m.receivers(s)
	if s.Stream != nil {
		m.stream(s.Stream)
	}
	m.queue(&s.Queue)
	m.handlers(s.Handlers)
	if s.Store != nil {
		m.store(s.Store)
	}
	if s.Viewers != nil {
		m.viewers(s.Viewers)
	}
	return m.dst
}

// metrics writes families of samples, each at once.
type metrics struct {
	dst  []byte
	name string
}

// family begins one.
func (m *metrics) family(name, kind, help string) {
	m.name = name
	m.dst = append(m.dst, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+kind+"\n"...)
}

// sample writes one of the family, with labels and their values in turn.
func (m *metrics) sample(value uint64, labels ...string) {
	m.dst = append(m.dst, m.name...)
	for i := 0; i < len(labels); i += 2 {
		m.dst = append(m.dst, "{,"[min(i, 1)])
		m.dst = append(m.dst, labels[i]...)
		m.dst = append(m.dst, `="`...)
		m.dst = append(m.dst, labelEscapes.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD"))...)
		m.dst = append(m.dst, '"')
	}
	if len(labels) > 0 {
		m.dst = append(m.dst, '}')
	}
	m.dst = append(strconv.AppendUint(append(m.dst, ' '), value, 10), '\n')
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// reasons writes a sample for each reason, and for those that are known.
func (m *metrics) reasons(counts ByReason, known []string, labels ...string) {
	for _, reason := range with(maps.Keys(counts), known) {
		m.sample(counts[reason], append(slices.Clip(labels), "reason", reason)...)
	}
}

// dropped writes a sample for each reason and level.
func (m *metrics) dropped(c *Counts, labels ...string) {
	for _, reason := range with(maps.Keys(c.Dropped), c.Known) {
		for _, level := range levels {
			m.sample(c.Dropped[reason][level], append(slices.Clip(labels), "reason", reason, "level", level)...)
		}
	}
}

// with returns names with others, sorted, each once.
func with(names func(func(string) bool), others []string) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for name := range names {
			if !yield(name) {
				return
			}
		}
		for _, name := range others {
			if !yield(name) {
				return
			}
		}
	}))
}

func (m *metrics) receivers(s *Stats) {
	each := func(name, kind, help string, value func(*Receiver) uint64) {
		m.family("jackdaw_receiver_"+name, kind, help)
		for i := range s.Receivers {
			m.sample(value(&s.Receivers[i]), "receiver", s.Receivers[i].Name)
		}
	}
	by := func(name, help string, value func(*Receiver) (ByReason, []string)) {
		m.family("jackdaw_receiver_"+name, "counter", help)
		for i := range s.Receivers {
			counts, known := value(&s.Receivers[i])
			m.reasons(counts, known, "receiver", s.Receivers[i].Name)
		}
	}
	each("frames_total", "counter", "Frames, lines and records of requests that were read.", func(r *Receiver) uint64 { return r.Read })
	each("records_accepted_total", "counter", "Records that the stream, or the queue, has taken custody of.", func(r *Receiver) uint64 { return r.Accepted })
	by("frames_rejected_total", "Frames that never became a record.", func(r *Receiver) (ByReason, []string) { return r.Rejected, r.Known.Rejected })
	by("records_dropped_total", "Records that were not taken.", func(r *Receiver) (ByReason, []string) { return r.Dropped, r.Known.Dropped })
	by("records_returned_total", "Records given back to a sender that was told to come again.", func(r *Receiver) (ByReason, []string) { return r.Returned, r.Known.Returned })
	each("records_waiting", "gauge", "Records on their way from the socket to the stream.", func(r *Receiver) uint64 { return r.Waiting })
	each("read_bytes_total", "counter", "Bytes that were read.", func(r *Receiver) uint64 { return r.Bytes })
	each("kernel_dropped_datagrams_total", "counter", "Datagrams that the kernel dropped before they were read.", func(r *Receiver) uint64 { return r.KernelDropped })
	each("connections_total", "counter", "Connections that were let in.", func(r *Receiver) uint64 { return r.ConnectionsTotal })
	by("connections_refused_total", "Connections that were closed at once.", func(r *Receiver) (ByReason, []string) { return r.ConnectionsRefused, nil })
	each("open_connections", "gauge", "Connections that are open.", func(r *Receiver) uint64 { return uint64(max(r.Connections, 0)) })
	each("requests_total", "counter", "Requests that were begun.", func(r *Receiver) uint64 { return r.Requests })
	by("requests_refused_total", "Requests that were refused before their body was taken in.", func(r *Receiver) (ByReason, []string) { return r.RequestsRefused, nil })
	m.family("jackdaw_receivers_held_bytes", "gauge", "What all receivers hold of what has not arrived whole.")
	m.sample(uint64(max(s.HeldBytes, 0)))
}

// counts writes the counts of a part that there is one of.
func (m *metrics) counts(prefix string, c *Counts) {
	m.family(prefix+"_records_accepted_total", "counter", "Records that came in.")
	m.sample(c.Accepted)
	m.family(prefix+"_records_handled_total", "counter", "Records that are done with here.")
	m.sample(c.Handled)
	m.family(prefix+"_records_dropped_total", "counter", "Records that were dropped.")
	m.dropped(c)
	m.family(prefix+"_records_waiting", "gauge", "Records that wait here.")
	m.sample(c.Waiting)
}

func (m *metrics) stream(s *Stream) {
	m.counts("jackdaw_stream", &s.Counts)
	one := func(name, kind, help string, value int64) {
		m.family("jackdaw_stream_"+name, kind, help)
		m.sample(uint64(max(value, 0)))
	}
	one("records_repeated_total", "counter", "Records that came again under the key of a request, and were not stored again.", int64(s.Repeated))
	one("records_unhandled", "gauge", "Records that some handler has not handled yet.", int64(s.Unhandled))
	one("up", "gauge", "1 while the stream takes records, 0 while it does not.", int64(flag(s.Error == "")))
	one("size_bytes", "gauge", "What the stream takes.", s.Bytes)
	one("size_limit_bytes", "gauge", "The bound of the stream.", s.MaxBytes)
	one("disk_free_bytes", "gauge", "What the disk of the stream has left.", s.DiskFree)
	one("disk_floor_bytes", "gauge", "What the disk must have left for records to be taken.", s.DiskFloor)
	m.family("jackdaw_stream_info", "gauge", "The level of durability; always 1.")
	m.sample(1, "durability", s.Durability)
}

func (m *metrics) queue(q *Queue) {
	m.counts("jackdaw_queue", &q.Counts)
	m.family("jackdaw_queue_records_unrouted_total", "counter", "Records, among the handled ones, that no handler wanted.")
	m.sample(q.Unrouted)
	m.family("jackdaw_queue_size_bytes", "gauge", "About the memory that waiting records take.")
	m.sample(uint64(max(q.Bytes, 0)))
	m.family("jackdaw_queue_size_limit_bytes", "gauge", "The bound of that memory.")
	m.sample(uint64(max(q.MaxBytes, 0)))
}

// handlers has no counter of accepted records: they are the handled, dropped and waiting ones, and of those that wait
// some may turn out not to be for the handler, so that the sum may shrink.
func (m *metrics) handlers(all []Handled) {
	each := func(name, kind, help string, value func(*Handled) uint64) {
		m.family("jackdaw_handler_"+name, kind, help)
		for i := range all {
			m.sample(value(&all[i]), "handler", all[i].Name)
		}
	}
	each("records_handled_total", "counter", "Records that the handler has taken.", func(h *Handled) uint64 { return h.Handled })
	m.family("jackdaw_handler_records_dropped_total", "counter", "Records that the handler will not get.")
	for i := range all {
		m.dropped(&all[i].Counts, "handler", all[i].Name)
	}
	each("records_waiting", "gauge", "Records that wait for the handler.", func(h *Handled) uint64 { return h.Waiting })
	each("waiting_bytes", "gauge", "What those take.", func(h *Handled) uint64 { return uint64(max(h.WaitingBytes, 0)) })
	each("failing", "gauge", "1 while the handler fails, 0 while it is well.", func(h *Handled) uint64 { return flag(h.Error != "") })
	each("present", "gauge", "0 for a handler that this server does not have, which the stream knows or a reload has taken out.", func(h *Handled) uint64 { return flag(h.Present) })
}

func (m *metrics) store(s *Store) {
	one := func(name, help string, value int64) {
		m.family("jackdaw_store_"+name, "gauge", help)
		m.sample(uint64(max(value, 0)))
	}
	one("records", "Records that are kept.", int64(s.Records))
	one("records_pending", "Records, among them, that are in no chunk yet.", int64(s.Pending))
	m.family("jackdaw_store_records_expired_total", "counter", "Records that were removed, since they were too old, or too many.")
	m.sample(s.Expired)
	one("files", "Files of the store.", int64(s.Files))
	one("size_bytes", "What the files take.", s.Bytes)
	one("size_limit_bytes", "The bound of that; 0 is none.", s.MaxBytes)
	one("damaged_places", "Damaged places that were found in the files.", int64(s.Damaged))
	one("up", "1 while records can be put in order, 0 while they cannot.", int64(flag(s.Error == "")))
	if s.Oldest != nil {
		one("oldest_record_time_seconds", "The time of the oldest record, in seconds since 1970.", s.Oldest.Unix())
	}
}

func flag(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}

func (m *metrics) viewers(v *Viewers) {
	m.family("jackdaw_viewers", "gauge", "Those who are shown records as they arrive.")
	m.sample(uint64(max(v.Now, 0)))
	m.family("jackdaw_viewers_limit", "gauge", "How many there may be.")
	m.sample(uint64(max(v.Limit, 0)))
	m.family("jackdaw_viewer_records_unshown_total", "counter", "Records that were not shown to a viewer, and told as a gap.")
	m.sample(v.Unshown)
}
