package jackdaw_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// state is what a program goes on to change after it has logged it.
type state struct {
	N    int
	List []int
	Next *state
}

// Its other faces: as an error, a Stringer, a LogValuer, and what marshals itself.
type (
	stateError   struct{ *state }
	stateText    struct{ *state }
	stateValuer  struct{ *state }
	stateGroup   struct{ *state }
	stateJSON    struct{ *state }
	stateMarshal struct{ *state }
)

func (s stateError) Error() string                  { return fmt.Sprint("n=", s.N, s.List) }
func (s stateText) String() string                  { return fmt.Sprint("n=", s.N, s.List) }
func (s stateValuer) LogValue() slog.Value          { return slog.AnyValue(s.state) }
func (s stateGroup) LogValue() slog.Value           { return slog.GroupValue(slog.Any("list", s.List)) }
func (s stateJSON) MarshalJSON() ([]byte, error)    { return json.Marshal(s.List) }
func (s stateMarshal) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%v", s.List), nil }

// change makes all that hangs on s say i.
func (s *state) change(i int) {
	s.N = i
	for j := range s.List {
		s.List[j] = i
	}
	if s.Next != nil {
		s.Next.change(i)
	}
}

// What a program changes after a call is neither seen by a handler nor read by it at the same time: the
// race detector has nothing to say, and each record says what was true when it was logged.
func TestValuesThatChange(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{ContextAttrs: ofRequest})
	var mu sync.Mutex
	var got []string
	add(t, h, "", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range batch { // read here, while the program goes on
			r.Time, r.Source, r.PC = time.Time{}, slog.Source{}, 0
			got = append(got, string(record.AppendJSON(nil, &r)))
		}
		return nil
	}), jackdaw.HandlerOptions{})

	s := &state{List: []int{0}, Next: &state{List: []int{0}}}
	dict, raw, text := map[string]any{}, []byte("{}"), []byte("t")
	large, place, buffer := new(big.Int), new(url.URL), new(bytes.Buffer)
	members := []slog.Attr{{}}
	ctx := request(slog.Any("ctx", s))
	log, direct := h.Logger("x"), h.Direct("x")
	const records = 300
	var want []string
	for i := range records {
		s.change(i)
		dict["n"], dict["list"] = i, s.List
		raw = fmt.Appendf(raw[:0], `{"n":%d}`, i)
		text = append(text[:0], byte('0'+i%10))
		large.SetInt64(int64(i))
		place.Path = fmt.Sprint("/", i)
		buffer.Reset()
		fmt.Fprint(buffer, i)
		members[0] = slog.Any("list", s.List)
		args := []any{
			"pointer", s, "map", dict, "slice", s.List, "number", &s.N, "struct", *s, "any", []any{s.List}, "array", [1]*int{&s.N},
			"raw", json.RawMessage(raw), "bytes", text, "error", stateError{s}, "wrapped", fmt.Errorf("call: %w", stateError{s}),
			"stringer", stateText{s}, "valuer", stateValuer{s}, "group valuer", stateGroup{s}, "json", stateJSON{s}, "marshal", stateMarshal{s},
			"big", large, "url", place, "buffer", buffer,
			slog.Group("group", "list", s.List), slog.Attr{Key: "members", Value: slog.GroupValue(members...)},
		}
		if i%2 == 0 {
			log.With("bound", s.List).InfoContext(ctx, "m", args...)
		} else {
			direct.With("bound", s.List).InfoContext(ctx, "m", args...)
		}
		state := strings.ReplaceAll(`{"N":#,"List":[#],"Next":{"N":#,"List":[#],"Next":null}}`, "#", fmt.Sprint(i))
		line := `{"level":"INFO","logger":"x","message":"m","attrs":{"ctx":` + state + `,"bound":[#],"pointer":` + state +
			`,"map":{"list":[#],"n":#},"slice":[#],"number":#,"struct":` + state + `,"any":[[#]],"array":[#],"raw":{"n":#},"bytes":"` + base64.StdEncoding.EncodeToString(text) + `",` +
			`"error":"n=# [#]","wrapped":"call: n=# [#]","stringer":"n=# [#]","valuer":` + state + `,"group valuer":{"list":[#]},"json":[#],"marshal":"[#]",` +
			`"big":#,"url":"/#","buffer":"#","group":{"list":[#]},"members":{"list":[#]}}}`
		want = append(want, strings.ReplaceAll(line, "#", fmt.Sprint(i)))
	}
	s.change(-1)
	flush(t, h)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("record %d:\ngot  %s\nwant %s", i, got[i], want[i])
		}
	}
}

// panicky panics in each of the methods by which a value may be taken.
type (
	panickyValuer  struct{}
	panickyText    struct{}
	panickyMarshal struct{}
	panickyError   struct{}
	panickyJSON    struct{}
	panickyInside  struct{ V panickyJSON }
	panickyPanic   struct{}
)

func (panickyValuer) LogValue() slog.Value          { panic("valuer") }
func (panickyText) String() string                  { panic(fmt.Errorf("stringer: %w", errors.ErrUnsupported)) }
func (panickyMarshal) MarshalText() ([]byte, error) { panic(1) }
func (panickyError) Error() string                  { return []string{}[len(panickyJSON{}.text())] }
func (panickyJSON) MarshalJSON() ([]byte, error)    { panic("json") }
func (panickyJSON) text() string                    { return "" }
func (panickyPanic) String() string                 { panic(panickyPanic{}) }

// cycle returns values that contain themselves.
func cycle() (asMap map[string]any, asSlice []any, asPointer *state) {
	asMap, asSlice, asPointer = map[string]any{"n": 1}, []any{nil}, &state{N: 1}
	asMap["self"], asSlice[0], asPointer.Next = asMap, asSlice, asPointer
	return asMap, asSlice, asPointer
}

// A value that cannot be taken costs its own attr, and nothing else.
func TestValuesThatPanic(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{ContextAttrs: ofRequest})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	// want is the JSON of the value, or begins with it.
	f := func(value any, want string) {
		t.Helper()
		m.records = nil
		log := h.Logger("x")
		log.Info("m", "before", 1, "v", value, "after", 2)
		log.With("before", 1, "v", value, "after", 2).Info("m")
		log.Info("m", slog.Group("g", "before", 1, "v", value, "after", 2))
		log.InfoContext(request(slog.Int("before", 1), slog.Any("v", value), slog.Int("after", 2)), "m")
		direct := h.Direct("x")
		direct.Info("m", "before", 1, "v", value, "after", 2)
		direct.LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Int("before", 1), slog.Any("v", value), slog.Int("after", 2))
		direct.With("before", 1, "v", value, "after", 2).Info("m")
		flush(t, h)
		objects := m.objects()
		if len(objects) != 7 {
			t.Fatalf("%T: got %d records, want 7", value, len(objects))
		}
		for _, got := range objects {
			if !strings.Contains(got, `"before":1,"v":`+want) || !strings.Contains(got, `,"after":2}`) {
				t.Errorf("%T: got %s, want %s between the others", value, got, want)
			}
		}
	}
	f(panickyValuer{}, `"!PANIC: valuer"`)
	f(panickyText{}, `"!PANIC: stringer: unsupported operation"`)
	f(panickyMarshal{}, `"!PANIC: 1"`)
	f(panickyError{}, `"!PANIC: runtime error: index out of range [0] with length 0"`)
	f(panickyJSON{}, `"!PANIC: json"`)
	f(panickyInside{}, `"!PANIC: json"`)
	f(panickyPanic{}, `"!PANIC: `)
	f([]any{panickyJSON{}}, `"!PANIC: json"`)
	f((*stateError)(nil), `null`)
	f((*big.Int)(nil), `null`)
	f(make(chan int), `"0x`)
	asMap, asSlice, asPointer := cycle()
	f(asMap, `"!ERROR: `)
	f(asSlice, `"!ERROR: `)
	f(asPointer, `"&{N:1 List:[] Next:0x`) // fmt does not follow it
	f(map[string]any{"f": func() {}, "m": asMap}, `"!ERROR: `)
}
