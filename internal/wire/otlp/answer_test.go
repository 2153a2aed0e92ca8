package otlp

import "testing"

// The bytes are those of the official types, for {Rejected: 300, Message: "too old"}.
func TestAnswer(t *testing.T) {
	f := func(a Answer, wire, text string) {
		t.Helper()
		if got := string(AppendAnswer(nil, a)); got != wire {
			t.Errorf("%+v: got %q, want %q", a, got, wire)
		}
		if got := string(AppendAnswerJSON(nil, a)); got != text {
			t.Errorf("%+v: got %s, want %s", a, got, text)
		}
		if got := ParseAnswer([]byte(wire)); got != a {
			t.Errorf("%q: got %+v, want %+v", wire, got, a)
		}
	}
	f(Answer{}, "", "{}")
	f(Answer{Rejected: 300, Message: "too old"}, "\n\f\b\xac\x02\x12\atoo old", `{"partialSuccess":{"rejectedLogRecords":"300","errorMessage":"too old"}}`)
	f(Answer{Rejected: 1}, "\n\x02\b\x01", `{"partialSuccess":{"rejectedLogRecords":"1"}}`)
	f(Answer{Message: "a \"word\""}, "\n\n\x12\ba \"word\"", `{"partialSuccess":{"errorMessage":"a \"word\""}}`)
}

func TestStatus(t *testing.T) {
	s, wire := Status{Code: 3, Message: "field 2"}, "\b\x03\x12\afield 2"
	if got := string(AppendStatus(nil, s)); got != wire {
		t.Errorf("got %q, want %q", got, wire)
	}
	if got := ParseStatus([]byte(wire + "\x1a\x00")); got != s {
		t.Errorf("got %+v, want %+v", got, s)
	}
	if got, want := string(AppendStatusJSON(nil, s)), `{"code":3,"message":"field 2"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What is no message gives what stood before the fault, and no panic.
func TestAnswerOfGarbage(t *testing.T) {
	for _, p := range []string{"<html>", "\n\xff", "\n\x05\b", "\x0b\x0b", "\b"} {
		if got := ParseAnswer([]byte(p)); got != (Answer{}) {
			t.Errorf("%q: got %+v, want nothing", p, got)
		}
		ParseStatus([]byte(p))
	}
}
