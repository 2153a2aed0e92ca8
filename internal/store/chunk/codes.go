package chunk

// Codes are small numbers, such as places in a dictionary, of which it is known how many different ones there may
// be. Up to one, nothing is written; up to 256, a byte each; else the lowest bytes of all, then the second
// ones, and so on, so that what is alike lies together.

func codeBytes(kinds int) (n int) {
	for kinds > 1 {
		n++
		kinds = (kinds + 255) >> 8
	}
	return n
}

func appendCodes(dst []byte, codes []uint32, kinds int) []byte {
	for i := range codeBytes(kinds) {
		for _, c := range codes {
			dst = append(dst, byte(c>>(8*i)))
		}
	}
	return dst
}

// codes reads n codes, each less than kinds.
func (r *reader) codes(n, kinds int) []uint32 {
	codes := make([]uint32, n)
	for i := range codeBytes(kinds) {
		plane := r.bytes(n)
		if r.err != nil {
			return codes
		}
		if i == 0 {
			for j, b := range plane {
				codes[j] = uint32(b)
			}
			continue
		}
		for j, b := range plane {
			codes[j] |= uint32(b) << (8 * i)
		}
	}
	for _, c := range codes {
		if c >= uint32(kinds) {
			r.fail("code %d of %d", c, kinds)
			clear(codes)
			break
		}
	}
	return codes
}
