package pickle

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// libraryRule returns the rules of other types of Python's library.
func libraryRule(name []byte) rule {
	switch string(name) {
	case "decimal.Decimal", "ipaddress.IPv4Network", "ipaddress.IPv6Network", "ipaddress.IPv4Interface", "ipaddress.IPv6Interface":
		return itsText
	case "ipaddress.IPv4Address", "ipaddress.IPv6Address":
		return address
	case "fractions.Fraction":
		return fraction
	case "uuid.UUID":
		return uuid
	case "pathlib.PosixPath", "pathlib.PurePosixPath":
		return posixPath
	case "pathlib.WindowsPath", "pathlib.PureWindowsPath":
		return windowsPath
	case "re._compile":
		return pattern
	case "logging.getLogger":
		return logger
	case "http.HTTPStatus":
		return itsNumber
	}
	return nil
}

// itsText is for what is made of its own text.
func itsText(d *Decoder, o *object, args []value) bool {
	if len(args) != 1 {
		return false
	}
	text, ok := d.textArg(args[0])
	return ok && d.note(o, text)
}

// itsNumber is for an enum of numbers.
func itsNumber(_ *Decoder, o *object, args []value) bool {
	return len(args) == 1 && args[0].kind == kindInt && o.become(args[0])
}

// fraction has one text, or since Python 3.12 two numbers.
func fraction(d *Decoder, o *object, args []value) bool {
	if len(args) != 2 {
		return itsText(d, o, args)
	}
	for _, v := range args {
		if k := v.kind; k != kindInt && k != kindUint && k != kindDigits && k != kindNegative && k != kindBinary {
			return false
		}
	}
	out := d.appendShown(nil, args[0], false, 1)
	if args[1] != signed(1) {
		out = d.appendShown(append(out, '/'), args[1], false, 1)
	}
	return d.note(o, out)
}

// bits128 returns a number of 128 bits, big endian.
func (d *Decoder) bits128(v value) (b [16]byte, ok bool) {
	switch v.kind {
	case kindInt, kindUint:
		binary.BigEndian.PutUint64(b[8:], v.num)
		return b, v.kind == kindUint || int64(v.num) >= 0
	case kindDigits, kindNegative, kindBinary:
		n, isInt := new(big.Int).SetString(string(d.appendBig(nil, v)), 10)
		if !isInt || n.Sign() < 0 || n.BitLen() > 128 {
			return b, false
		}
		n.FillBytes(b[:])
		return b, true
	}
	return b, false
}

// uuid has its number as an attribute.
func uuid(d *Decoder, o *object, _ []value) bool {
	v, ok := d.attribute(o.state, "int")
	if !ok {
		return false
	}
	b, ok := d.bits128(v)
	if !ok {
		return false
	}
	var text []byte
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, b[(len(text)-i)/2:end])
	}
	return d.note(o, text)
}

func posixPath(d *Decoder, o *object, args []value) bool { return d.path(o, args, '/') }

func windowsPath(d *Decoder, o *object, args []value) bool { return d.path(o, args, '\\') }

// path joins the parts that Python up to 3.11 writes; later ones write a whole path as one part. The
// first of several parts may end in a separator: it is the root.
func (d *Decoder) path(o *object, args []value, separator byte) bool {
	var out []byte
	for _, v := range args {
		text, ok := d.textArg(v)
		if !ok {
			return false
		}
		if n := len(out); n > 0 && out[n-1] != separator {
			out = append(out, separator)
		}
		out = append(out, text...)
	}
	if len(out) == 0 {
		out = append(out, '.')
	}
	return d.note(o, out)
}

// pattern shows re.compile('a+', re.IGNORECASE).
func pattern(d *Decoder, o *object, args []value) bool {
	if len(args) != 2 {
		return false
	}
	flags, ok := d.integer(args[1])
	if !ok {
		return false
	}
	out := []byte("re.compile(")
	v := d.resolve(args[0])
	text, isText := d.textOf(v)
	switch {
	case isText:
		out = logrecord.AppendQuoted(out, string(text))
		flags &^= 32 // UNICODE goes without saying
	case v.kind == kindBytes || v.kind == kindMadeBytes:
		out = d.appendShown(out, v, true, 1)
	default:
		return false
	}
	between := ", "
	for _, f := range [...]struct {
		bit  int64
		name string
	}{{1, "TEMPLATE"}, {2, "IGNORECASE"}, {4, "LOCALE"}, {8, "MULTILINE"}, {16, "DOTALL"}, {32, "UNICODE"}, {64, "VERBOSE"}, {128, "DEBUG"}, {256, "ASCII"}} {
		if flags&f.bit != 0 {
			out = append(append(append(out, between...), "re."...), f.name...)
			flags, between = flags&^f.bit, "|"
		}
	}
	if flags != 0 {
		out = strconv.AppendInt(append(append(out, between...), "0x"...), flags, 16)
	}
	return d.note(o, append(out, ')'))
}

// logger shows <Logger app.db>: its level is not in the pickle.
func logger(d *Decoder, o *object, args []value) bool {
	if len(args) == 0 {
		return d.note(o, []byte("<RootLogger root>"))
	}
	name, ok := d.textArg(args[0])
	return ok && d.note(o, append(append([]byte("<Logger "), name...), '>'))
}

// address is made of a number, or of its text.
func address(d *Decoder, o *object, args []value) bool {
	if len(args) != 1 {
		return false
	}
	v := d.resolve(args[0])
	name, _ := d.calleeName(o.callee)
	if string(name) == "ipaddress.IPv4Address" && v.kind == kindInt && v.num <= math.MaxUint32 {
		text := strconv.AppendUint(nil, v.num>>24, 10)
		for shift := 16; shift >= 0; shift -= 8 {
			text = strconv.AppendUint(append(text, '.'), v.num>>shift&255, 10)
		}
		return d.note(o, text)
	}
	b, ok := d.bits128(v)
	if !ok || string(name) != "ipaddress.IPv6Address" {
		return itsText(d, o, args)
	}
	return d.note(o, appendIPv6(nil, b))
}

// appendIPv6 appends an address with its longest run of zeros, of two groups at least, left out.
func appendIPv6(dst []byte, b [16]byte) []byte {
	group := func(i int) uint64 { return uint64(b[2*i])<<8 | uint64(b[2*i+1]) }
	from, to := -1, -1
	for i := 0; i < 8; i++ {
		end := i
		for end < 8 && group(end) == 0 {
			end++
		}
		if end-i > max(to-from, 1) {
			from, to = i, end
		}
		i = max(i, end-1)
	}
	for i := 0; i < 8; i++ {
		if i == from {
			dst, i = append(dst, "::"...), to-1
			continue
		}
		if i > 0 && i != to {
			dst = append(dst, ':')
		}
		dst = strconv.AppendUint(dst, group(i), 16)
	}
	return dst
}
