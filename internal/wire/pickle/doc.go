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
// What the keys mean is the business of package logrecord.
package pickle

// MaxFrame is the default of the largest length a frame may claim. Who cuts frames from a stream
// checks it before reading on.
const MaxFrame = 16 << 20
