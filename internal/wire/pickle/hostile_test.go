package pickle

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// sized is a length in front of what follows it.
func sized(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

// What programs do that are made to hurt. Each is either a record or rejected, with the reason, and
// allocates no more than the bound says.
func TestHostile(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	for _, c := range []struct {
		name    string
		payload []byte
		want    string // in the record's JSON form, or in the error
		bound   uint64
	}{
		{"a command", []byte("cposix\nsystem\n(" + text("touch /pwned") + "tR0}" + text("msg") + text("hi") + "s."),
			`"message":"hi"`, 8 * kib},
		{"a command as the value of a key", with("cposix\nsystem\n(" + text("touch /pwned") + "tR"),
			`"a":"<posix.system 'touch /pwned'>"`, 8 * kib},
		{"a command out of the memo", with(text("system") + "\x94" + text("posix") + "\x9400h\x01h\x00\x93" + text("id") + "\x85R"),
			`"a":"<posix.system 'id'>"`, 8 * kib},
		{"builtins.eval", with("cbuiltins\neval\n" + text("1+1") + "\x85R"), `"a":"<eval '1+1'>"`, 8 * kib},
		{"a global that is called and called", with("cos\nfork\n" + strings.Repeat(")R", 50)), `<<<<`, 64 * kib},
		{"LONG_BINPUT 100,000,000", []byte("Nr\x00\xe1\xf5\x05."), "memo entry 100000000, at most 7 are taken", 8 * kib},
		{"PUT 999,999,999", []byte("Np999999999\n."), "memo entry 999999999", 8 * kib},
		{"BINUNICODE of 4 GiB", []byte("X\xff\xff\xff\xffabc."), "wants 4294967295 bytes", 8 * kib},
		{"BINBYTES8 of 2^63", []byte("\x8e\x00\x00\x00\x00\x00\x00\x00\x80abc."), "wants 9223372036854775808 bytes", 8 * kib},
		{"BYTEARRAY8 of 2^64-1", []byte("\x96" + strings.Repeat("\xff", 8)), "wants 18446744073709551615 bytes", 8 * kib},
		{"LONG4 of 2 GiB", []byte("\x8b\xff\xff\xff\x7f\x01"), "wants 2147483647 bytes", 8 * kib},
		{"LONG of 200,000 digits", with("L" + strings.Repeat("9", 200_000) + "L\n"), "an integer of 200000 digits, at most 4300 are taken", 8 * kib},
		{"INT of 200,000 digits", with("I" + strings.Repeat("9", 200_000) + "\n"), "an integer of 200000 digits", 8 * kib},
		{"LONG4 of 100,000 bytes", with("\x8b" + sized(100_000) + strings.Repeat("9", 100_000)), "an integer of 100000 bytes", 8 * kib},
		{"a number of 4,300 digits, 10,000 times", with("L" + strings.Repeat("9", 4300) + "L\n\x940](" + strings.Repeat("h\x00", 10_000) + "e"),
			"bytes of text", 64 * mib},
		{"200,000 lists in each other", with(strings.Repeat("]", 200_000) + strings.Repeat("a", 199_999)), "more than 131072 values", 64 * mib},
		{"100,000 lists in each other", with(strings.Repeat("]", 65_000) + strings.Repeat("a", 64_999)), "nested deeper than 100", 32 * mib},
		{"1,000 tuples in each other", with(")" + strings.Repeat("\x85", 1000)), "nested deeper than 100", mib},
		{"1,000 calls in each other", with("capp\nA\n" + strings.Repeat(")R", 1000)), "nested deeper than 100", mib},
		{"1,000 decimals in each other", with(nested("cdecimal\nDecimal\n", 1000)), "nested deeper than 100", mib},
		{"200 KB of dicts", with(strings.Repeat("}", 200_000)), "more than 131072 values", 64 * mib},
		{"16 MiB of None", with("(" + strings.Repeat("N", 16*mib) + "t"), "more than 131072 values", 16 * mib},
		{"16 MiB of marks", []byte(strings.Repeat("(", 16*mib)), "more than 131072 marks", 8 * mib},
		{"a billion laughs", with("(" + text("ha") + text("ha") + "t" + strings.Repeat("22\x87", 60)), "shows more than 131072 values", 64 * mib},
		{"a billion laughs in the memo", with(laughing(30)), "shows more than 131072 values", 64 * mib},
		{"a billion laughs in a set", with("cbuiltins\nset\n(" + text("ha") + "t" + strings.Repeat("22\x87", 60) + "\x85R"), "shows more than 131072 values", 64 * mib},
		{"a mebibyte of text, 10,000 times", with("X" + sized(mib) + strings.Repeat("x", mib) + "\x940](" + strings.Repeat("h\x00", 10_000) + "e"),
			"shows more than 33554432 bytes of text", 48 * mib},
		{"a mebibyte of text in 10,000 objects", with("X" + sized(mib) + strings.Repeat("x", mib) + "\x940cdecimal\nDecimal\n\x940](" + strings.Repeat("h\x01h\x00\x85R", 10_000) + "e"),
			"shows more than 33554432 bytes of text", 160 * mib},
		{"a mebibyte of bytes, 10,000 times", with("B" + sized(mib) + strings.Repeat("\x00", mib) + "\x940](" + strings.Repeat("h\x00", 10_000) + "e"),
			"shows more than 33554432 bytes of text", 400 * mib},
		{"30,000 keys that collide", with(colliding(30_000)), `"a":{"2305843009213693951":null,`, 16 * mib},
		{"70,000 keys", with(colliding(70_000)), "more than 131072 values", 16 * mib},
		{"a list within itself", with("]\x94h\x00a"), `"a":["[...]"]`, 8 * kib},
		{"a dict within itself", with("}\x94" + text("k") + "h\x00s"), `"a":{"k":"{...}"}`, 8 * kib},
		{"an object within itself", with("capp\nA\n)R\x94}" + text("me") + "h\x00sb"), `"a":"<app.A me=...>"`, 8 * kib},
		{"a decimal of a list that holds it", with("]\x94cdecimal\nDecimal\nh\x00\x85Ra"), `"a":["<decimal.Decimal [...]>"]`, 8 * kib},
		{"a set within itself", with("\x8f\x94(h\x00\x90"), `"a":"{{...}}"`, 8 * kib},
		{"the record within itself", []byte("}q\x00(" + text("msg") + "q\x01" + text("m") + "q\x02" + text("a") + "q\x03h\x00u."), `"a":"{...}"`, 8 * kib},
		{"a method of LogRecord as a key", with("Nu(" + text("getMessage") + "N" + text("__class__") + "K\x01"), `"getMessage":null,"__class__":1`, 8 * kib},
		{"created that is no number", []byte("}(" + text("msg") + text("m") + text("created") + "G\x7f\xf8\x00\x00\x00\x00\x00\x00u."), `"created":"NaN"`, 8 * kib},
		{"an array that claims 2^60 elements", with(array2D(1<<30, 1<<30)), `"a":"<numpy`, 8 * kib},
		{"JSON", []byte(`{"msg": "x"}`), `0x7b is no opcode`, 8 * kib},
		{"HTTP", []byte("GET / HTTP/1.1\r\n\r\n"), `no opcode`, 8 * kib},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r record.Record
			var err error
			d := NewDecoder(Limits{})
			_ = d.Decode(with("N"), &r)
			got := allocated(func() { err = d.Decode(c.payload, &r) })
			if got > c.bound {
				t.Errorf("got %d bytes allocated for a frame of %d, want at most %d", got, len(c.payload), c.bound)
			}
			text := fmt.Sprint(err)
			if err == nil {
				text = string(record.AppendJSON(nil, &r))
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("got %.300s, want %s", text, c.want)
			}
			if kept := cap(d.stack)*16 + cap(d.memo)*16 + len(d.objects.chunks)*chunkObjects*136 + cap(d.made) + cap(d.scratch) + cap(d.out); kept > mib {
				t.Errorf("got %d bytes kept for the next frame", kept)
			}
		})
	}
}

// colliding is a program of a dict of n integers that Python's hash function makes 0: its modulus,
// 2^61-1, times 1, 2, 3 …
func colliding(n int) string {
	var b strings.Builder
	b.WriteString("}(")
	for i := range n {
		key := new(big.Int).Mul(big.NewInt(1<<61-1), big.NewInt(int64(i+1)))
		fmt.Fprintf(&b, "L%vL\nN", key)
	}
	return b.String() + "u"
}

// nested is a program of n calls of a global, each the argument of the next.
func nested(global string, n int) string {
	return strings.Repeat(global, n) + text("1") + strings.Repeat("\x85R", n)
}

// laughing is a program of n lists, each of which holds the one before ten times.
func laughing(n int) string {
	var b strings.Builder
	b.WriteString("](" + strings.Repeat(text("ha"), 10) + "e\x94")
	for i := range n {
		b.WriteString("0](" + strings.Repeat(string([]byte{opBinGet, byte(i)}), 10) + "e\x94")
	}
	return b.String()
}

// array2D is a program of a numpy array of two dimensions with eight bytes of data.
func array2D(rows, columns int) string {
	number := func(n int) string { return fmt.Sprintf("L%dL\n", n) }
	return "cnumpy\n_reconstruct\n" + "0cnumpy.core.multiarray\n_reconstruct\n)R(K\x01" + number(rows) + number(columns) + "\x86" +
		"cnumpy\ndtype\n(" + text("f8") + "\x89\x88tR\x89C\x0812345678tb"
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		for _, c := range goldens(f, file) {
			f.Add(c.payload)
		}
	}
	for _, c := range opcodeCases {
		f.Add(with(c.program))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var r record.Record
		var err error
		d := NewDecoder(Limits{})
		// Every opcode makes a value or two, and a value is at most some hundred bytes.
		if got, most := allocated(func() { err = d.Decode(payload, &r) }), uint64(1<<20+2048*len(payload)); got > most {
			t.Errorf("got %d bytes allocated for a frame of %d, want at most %d", got, len(payload), most)
		}
		if err != nil {
			return
		}
		first := string(record.AppendJSON(nil, &r))
		if second := decoded(d, payload); second != first {
			t.Errorf("a fresh and a used decoder differ:\n%s\n%s", first, second)
		}
	})
}
