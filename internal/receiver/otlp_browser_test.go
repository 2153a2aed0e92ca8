package receiver

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A page in a browser whose own name leads here sends from the same origin, and is nevertheless not let in.
// Programs call the port by any name.
func TestOTLPByName(t *testing.T) {
	var s sink
	_, addr := listenAll(t, &s, Options{})
	_, port, _ := strings.Cut(addr, ":")
	f := func(want int, host string, header ...string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+logsPath, strings.NewReader(exportJSON("a")))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Content-Type", jsonType)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := client(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("host %s, %q: got %d, want %d", host, header, resp.StatusCode, want)
		}
	}
	f(http.StatusForbidden, "evil.example:"+port, "Origin", "http://evil.example:"+port)
	f(http.StatusForbidden, "evil.example:"+port, "Origin", "http://evil.example:"+port, "Sec-Fetch-Site", "same-origin")
	f(http.StatusForbidden, "localhost.evil.example", "Origin", "http://localhost.evil.example")
	f(http.StatusOK, "jackdaw:"+port)
	f(http.StatusOK, "localhost:"+port, "Origin", "http://localhost:"+port)
	f(http.StatusOK, addr, "Origin", "http://"+addr)
	f(http.StatusOK, "[::1]:"+port, "Origin", "http://[::1]:"+port)
}

// A record whose time nobody knows has the time at which it was observed first; one that was not observed either
// has none.
func TestOTLPObserved(t *testing.T) {
	var s sink
	_, addr := listenAll(t, &s, Options{})
	post(t, addr, logsPath, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[
		{"observedTimeUnixNano":"1700000000000000001","body":{"stringValue":"a"}},
		{"timeUnixNano":"1600000000000000001","observedTimeUnixNano":"1700000000000000001","body":{"stringValue":"b"}},
		{"body":{"stringValue":"c"}}]}]}]}`, "Content-Type", jsonType)
	want := []time.Time{time.Unix(1_700_000_000, 1), time.Unix(1_600_000_000, 1), {}}
	for i, r := range s.records {
		if !r.Time.Equal(want[i]) || time.Since(r.Received) > time.Hour {
			t.Errorf("%s: got time %v, received %v, want %v, and just now", r.Message, r.Time, r.Received, want[i])
		}
	}
	if len(s.records) != len(want) {
		t.Errorf("got %d records, want %d", len(s.records), len(want))
	}
}
