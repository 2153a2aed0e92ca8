package otlp

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// What one record has tells a Decoder what the next one may have, and never what it has: a record is read as by a
// Decoder that has read nothing before.
func TestPlaces(t *testing.T) {
	attrs := []string{
		pair(6, "a", str("x")), pair(6, "a", str("y")), pair(6, "a", integer(1)), pair(6, "a", integer(2)), pair(6, "b", str("x")),
		pair(6, ownKey+"a", str("x")), pair(6, ownKey+keyPeer, str("x")), pair(6, keyHost, str("x")), pair(6, string(make([]byte, 2*logrecord.LongestKnown)), str("x")),
		pair(6, keyPeer, str("p")), pair(6, keyPeer, integer(1)), pair(6, keyThreadID, integer(7)), pair(6, keyThreadID, integer(-7)), pair(6, keyThreadID, str("7")),
		pair(6, keyFunction, str("f")), pair(6, keyOldFunction, str("g")), pair(6, keyFile, str("/f")), pair(6, keyThreadName, str("t")), pair(6, keyTask, str("u")),
		pair(6, keyBigThreadID, str("9223372036854775808")), pair(1, "", ""), pair(6, keyFunction, str("\uef80")),
		pair(6, keyLevel, integer(3)), pair(6, keyUID, str("1-2-3")), pair(6, keyUID, str("no id")), pair(6, keyExceptionType, str("E")), pair(6, keyExceptionType, str("")),
		pair(6, "list", array(str("x"), integer(1))), pair(6, "group", list(pair(1, "k", str("v")))), pair(6, "nil", ""), pair(6, "bytes", raw("x")),
		pair(6, keyEscaped, boolean(true)), pair(6, "\uefff", str("\uef80")), pair(6, keyTypes, list(pair(1, "a", str(typeUint)))), pair(6, "bad\xff", str("bad\xff")), "",
	}
	random := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	before := []string{}
	for range 20_000 {
		// Mostly the record before, with a few changes, and now and then many attributes.
		now := slices.Clone(before)
		for range random.IntN(3) {
			if len(now) > 0 && random.IntN(2) == 0 {
				now[random.IntN(len(now))] = attrs[random.IntN(len(attrs))]
			} else if len(now) < 2*numPlaces {
				now = append(now, attrs[random.IntN(len(attrs))])
			}
		}
		if random.IntN(100) == 0 {
			now = now[:random.IntN(len(now)+1)]
		}
		p := []byte(logged(now...))
		got, err := d.Decode(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := new(Decoder).Decode(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "by a decoder that has read others", got, want)
		if t.Failed() {
			t.Fatalf("the message: %q", p)
		}
		before = now
	}
}

// The attrs of a record stay what they are when others are read.
func TestPlacesShareNothing(t *testing.T) {
	g := newGenerator(3)
	var d Decoder
	var all, want []record.Record
	for range 200 {
		p := Append(nil, g.batch())
		got, err := d.Decode(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got...)
		clear(p)
		for i := range got {
			want = append(want, got[i].Clone())
		}
	}
	same(t, "after others", all, want)
}
