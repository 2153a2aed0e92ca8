package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// What a server says at /metrics is what Prometheus' own parser reads, with names that Prometheus' own linter
// finds right, and with the counts of what was sent.
func TestMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), `a "file"\with odd names.jsonl`)
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--otlp", "off", "--otlp-grpc", "off", "--web", "127.0.0.1:0", "--file", path)
	web := s.find(`web (127\.0\.0\.1:[0-9]+)`)
	resp, err := http.Post("http://"+web+"/ingest", "", strings.NewReader(`{"message":"one"}`+"\nno record\n"+`{"message":"two"}`))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("ingest: got %v, %v", resp, err)
	}
	resp.Body.Close()
	s.wait(2)

	resp, err = http.Get("http://" + web + "/metrics")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("metrics: got %v, %v", resp, err)
	}
	defer resp.Body.Close()
	if got := expfmt.ResponseFormat(resp.Header); got.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("Content-Type %q: got a format of type %v, want the text format", resp.Header.Get("Content-Type"), got.FormatType())
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string, labels ...string) float64 {
		t.Helper()
		for _, m := range families[name].GetMetric() {
			if labelled(m, labels) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		t.Errorf("there is no %s with %q", name, labels)
		return -1
	}
	f := func(want float64, name string, labels ...string) {
		t.Helper()
		if got := value(name, labels...); got != want {
			t.Errorf("%s with %q: got %v, want %v", name, labels, got, want)
		}
	}
	f(3, "jackdaw_receiver_frames_total", "receiver", "ingest")
	f(2, "jackdaw_receiver_records_accepted_total", "receiver", "ingest")
	f(1, "jackdaw_receiver_frames_rejected_total", "receiver", "ingest", "reason", "undecodable")
	f(2, "jackdaw_stream_records_handled_total")
	f(1, "jackdaw_stream_up")
	f(1, "jackdaw_handler_present", "handler", "file "+path)
	f(0, "jackdaw_handler_records_dropped_total", "handler", "file "+path, "reason", "stream full", "level", "ERROR")
	if got := value("jackdaw_start_time_seconds"); got < 1.7e9 || got > 1e11 {
		t.Errorf("start time: got %v", got)
	}
	var all []*dto.MetricFamily
	for _, family := range families {
		all = append(all, family)
	}
	problems, err := promlint.NewWithMetricFamilies(all).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// labelled reports whether m has the labels, names and values in turn, and no others.
func labelled(m *dto.Metric, labels []string) bool {
	have := map[string]string{}
	for _, l := range m.GetLabel() {
		have[l.GetName()] = l.GetValue()
	}
	for i := 0; i < len(labels); i += 2 {
		if have[labels[i]] != labels[i+1] {
			return false
		}
	}
	return len(have) == len(labels)/2
}
