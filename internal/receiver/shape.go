package receiver

import "bytes"

// shapeLen is how many bytes must be there to tell a record's frame from what is none.
const shapeLen = prefixLen + 2

// beginsRecord reports whether b, at least two bytes, begins as the payload of a record does: a
// pickled dict of any protocol, or a JSON object.
func beginsRecord(b []byte) bool {
	switch b[0] {
	case 0x80: // PROTO, protocols 2 to 5
		return b[1] >= 2 && b[1] <= 5
	case '}': // EMPTY_DICT, protocol 1; then it is memoized, or filled, or ends
		return b[1] == 'q' || b[1] == 'r' || b[1] == '(' || b[1] == '.'
	case '(': // MARK DICT, protocol 0
		return b[1] == 'd'
	case '{':
		return bytes.IndexByte([]byte("\" \t\r\n}"), b[1]) >= 0
	}
	return false
}

// isSwapped reports whether b begins with the length of an ordinary record, less than 64 KiB, written
// little-endian. Read big-endian, such a length is some multiple of 64 KiB, 16 MiB at least.
func isSwapped(b []byte) bool { return b[0] != 0 && b[2] == 0 && b[3] == 0 }

// shape is what bytes that are no frame look like, and what to do about it.
type shape struct{ name, advice string }

var (
	withPrefix = "put the length before each record: 4 bytes, big-endian"

	tlsHello   = shape{"a TLS hello", "this port speaks no TLS; have the sender connect without it"}
	httpCall   = shape{"an HTTP request", "this port takes Python's SocketHandler; an HTTPHandler or a browser needs another one"}
	sshBanner  = shape{"an SSH banner", "this port takes log records; have the SSH client connect elsewhere"}
	proxyHello = shape{"a PROXY protocol header", "turn the PROXY protocol off for this port at the load balancer"}
	syslogLine = shape{"a syslog message", "use Python's SocketHandler, or send syslog to a port that takes it"}
	bareJSON   = shape{"JSON without a length before it", withPrefix}
	barePickle = shape{"a pickle without a length before it", withPrefix}
	swapped    = shape{"a frame whose length is little-endian", "write the length big-endian, as struct.pack('>L', n) does"}
	plainText  = shape{"plain text", "this port takes the frames of Python's SocketHandler; " + withPrefix}
	binaryData = shape{"binary data that is no frame", "this port takes the frames of Python's SocketHandler; " + withPrefix}
)

// prefixes are the shapes that their first bytes tell. The longest text of HTTP comes with a blank, so
// that a plain word is not taken for a method.
var prefixes = []struct {
	text string
	shape
}{
	{"\x16\x03", tlsHello}, {"\x16\xfe", tlsHello},
	{"GET ", httpCall}, {"POST", httpCall}, {"PUT ", httpCall}, {"HEAD", httpCall}, {"DELE", httpCall},
	{"OPTI", httpCall}, {"PATC", httpCall}, {"CONN", httpCall}, {"TRAC", httpCall}, {"PRI ", httpCall},
	{"SSH-", sshBanner}, {"PROX", proxyHello}, {"\r\n\r\n\x00\r\nQUIT\n", proxyHello},
}

// shapeOf tells what b, the first bytes of what is no frame, looks like.
func shapeOf(b []byte) shape {
	for _, p := range prefixes {
		if bytes.HasPrefix(b, []byte(p.text)) {
			return p.shape
		}
	}
	if b[0] == '<' && len(b) > 1 && isDigit(b[1]) {
		return syslogLine
	}
	if digits := len(b) - len(bytes.TrimLeft(b, "0123456789")); digits > 0 && bytes.HasPrefix(b[digits:], []byte(" <")) {
		return syslogLine // with its octets counted, RFC 6587
	}
	if len(b) >= shapeLen && isSwapped(b) && beginsRecord(b[prefixLen:]) {
		return swapped
	}
	if len(b) > 1 && (b[0] == '[' || b[0] == '{') && printable(b) {
		return bareJSON
	}
	if len(b) > 1 && beginsRecord(b) {
		return barePickle
	}
	if printable(b) {
		return plainText
	}
	return binaryData
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// printable reports whether b reads as text: ASCII or UTF-8, maybe cut off, without odd controls.
func printable(b []byte) bool {
	for _, c := range b[:min(len(b), 64)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return true
}
