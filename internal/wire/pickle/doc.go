// Package pickle reads and writes log records as Python's logging puts them on a wire: the frame of
// logging.handlers.SocketHandler and DatagramHandler.
//
// # The frame
//
// One record is one frame. There is no handshake, no version and no acknowledgement; on a stream,
// frame follows frame, and a datagram holds one frame, length included.
//
//	0       4                                          4+length
//	┌───────┬──────────────────────────────────────────────┐
//	│length │ pickle of a dict                             │
//	└───────┴──────────────────────────────────────────────┘
//	         ┌───┬──────┬───┬─────────────────────────┬───┬───┐
//	         │ } │ q 00 │ ( │ key value key value …   │ u │ . │
//	         └───┴──────┴───┴─────────────────────────┴───┴───┘
//
//	length   4 bytes, big endian: of the pickle alone, at most MaxFrame by default
//	}        EMPTY_DICT: the record's attributes become its keys
//	q 00     BINPUT: the dict is entry 0 of the memo
//	(        MARK: pairs follow
//	key      X, 4 bytes of length (little endian), UTF-8, then q and its memo index
//	value    by type, see below
//	u .      SETITEMS, STOP
//
// SocketHandler writes protocol 1, whose plain values are
//
//	N                       None
//	I01\n  I00\n            True, False
//	K u8  M u16  J i32      integers, little endian
//	L digits L\n            an integer that fits none of them, as decimal text: each thread id is one
//	G                       a float, 8 bytes, big endian
//	X u32 text              a string in UTF-8; lone surrogates stand as ED A0..BF 80..BF
//	]  (…e                  a list: its items between MARK and APPENDS
//	}  (…u                  a dict
//	(…t  )                  a tuple
//	c module\nname\n …R     an object: a name, its arguments as a tuple, REDUCE
//
// What the keys mean is the business of package logrecord. Each frame is a pickle of its own: a
// memo does not outlive it. Newer protocols, which a subclass may choose, have PROTO 80 nn in
// front, from 4 on FRAME 95 with 8 bytes of length, and opcodes of their own for the same values.
//
// # Objects
//
// A [Decoder] makes no objects. What a value becomes in a record:
//
//	None, bool, int, float, str     as it is; an int beyond 64 bits is a json.Number
//	list, tuple, deque, array       a list
//	dict, OrderedDict, defaultdict, a group, in its order; the keys are what str() shows of them
//	Counter, UserDict
//	bytes, bytearray, set,          the text that str() shows: b'x', {1, 2}, 1.50, 1 day, 2:03:04,
//	frozenset, complex, range,      re.compile('a+'), namespace(a=1) …
//	Decimal, Fraction, UUID, paths,
//	timedelta, ipaddress, re,
//	SimpleNamespace, partial …
//	datetime, date, time            isoformat(): 2026-11-22T10:41:41.702000+00:00; a zone whose offset
//	                                is not in the pickle follows: 2026-11-22T10:41:41[Europe/Berlin]
//	an exception of Python's own    ValueError: bad
//	numpy scalars and arrays        a number, lists; of a large array the type and shape
//	a subclass of a built-in type   as that type, where the pickle says so
//	a class or function             <app.models.Point>
//	any other object                <app.models.Point x=1 y=2.5>: its name, arguments and attributes
//
// Within a text, such as that of a set, each of these stands as it would by itself. A container
// within itself is [...], (...) or {...}. A str of Python 2 is read as UTF-8, or else as Latin-1.
package pickle

// MaxFrame is the default of the largest length a frame may claim. Who cuts frames from a stream
// checks it before reading on.
const MaxFrame = 16 << 20
