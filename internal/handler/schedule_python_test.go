package handler

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite what the golden files expect, by the Python that JACKDAW_PYTHON names")

// pythonRollovers lets Python's own handler rotate at a moment that is given: a JSON object in, a line
// "moment name surely" out. The moment is when it would rotate next, the name is that of the file it
// then makes. The last word is "?" where older Pythons are known to be wrong: they compute some times
// across a change to or from summer time twice over, know an interval of one day or week only, and
// rotate at once where AtTime is now (mended in 3.11.9 and 3.12.3), and every Python names files of
// hours and days by the clock of another season.
const pythonRollovers = `
import datetime, json, logging.handlers, os, sys, tempfile, time

class Clock:
    def __getattr__(self, name):
        return getattr(time, name)
    def time(self):
        return self.now

clock = logging.handlers.time = Clock()
base = os.path.join(tempfile.mkdtemp(), "app.log")

def handler(when, interval, at, utc):
    if at is not None:
        at = datetime.time(at // 3600, at // 60 % 60, at % 60)
    h = logging.handlers.TimedRotatingFileHandler(base, when, interval, delay=True, utc=utc, atTime=at)
    h.rotator = lambda source, dest: names.append(dest[len(base) + 1:])
    return h

clock.now, names = 0, []
mended = handler("midnight", 1, 3600, True).computeRollover(3600) > 3600
for line in sys.stdin:
    c = json.loads(line)
    os.environ["TZ"] = c["tz"]
    time.tzset()
    clock.now = c["now"]
    h = handler(c["when"], c["interval"], c["at"], c["utc"])
    h.doRollover()
    clock.now = next = h.rolloverAt
    h.doRollover()
    days = c["when"][0] in "mW"
    dst = {c["utc"] or time.localtime(t)[-1] for t in (c["now"], next - 3600, next, next + 3600)}
    surely = (mended or not days or c["interval"] == 1 and len(dst) == 1)
    if not days and not c["utc"]:
        surely = time.localtime(next)[-1] == time.localtime(next - h.interval)[-1]
    print(next, names[-1], "!" if surely else "?")
os.rmdir(os.path.dirname(base))
`

// pythonZones are zones, and what Python is told so that both have the same rules from 2013 on.
var pythonZones = []struct{ name, tz string }{
	{"UTC", "UTC0"},
	{"Asia/Kolkata", "IST-5:30"},
	{"America/New_York", "EST5EDT,M3.2.0,M11.1.0"},
	{"Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"},
	{"Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"},
	{"America/Havana", "CST5CDT,M3.2.0/0,M11.1.0/1"}, // one midnight comes twice
	{"Asia/Beirut", "EET-2EEST,M3.5.0/0,M10.5.0/0"},  // one midnight does not come
}

// rollover is a question for Python.
type rollover struct {
	Zone     string `json:"zone"`
	TZ       string `json:"tz"`
	When     string `json:"when"`
	Interval int    `json:"interval"`
	At       *int   `json:"at"`
	UTC      bool   `json:"utc"`
	Now      int64  `json:"now"`
}

// ask returns what Python says to each of the questions.
func ask(t *testing.T, questions []rollover) (answers []string) {
	t.Helper()
	var in bytes.Buffer
	for _, q := range questions {
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(b, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), testenv.Python(t), "-c", pythonRollovers)
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers = strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(answers) != len(questions) {
		t.Fatalf("Python answered %d of %d", len(answers), len(questions))
	}
	return answers
}

// answer returns what our schedule says.
func (q *rollover) answer(t *testing.T) string {
	t.Helper()
	o := FileOptions{When: q.When, Interval: q.Interval, UTC: q.UTC}
	if q.At != nil {
		o.AtTime = time.Duration(*q.At) * time.Second
	}
	s, err := newSchedule(&o)
	if err != nil {
		t.Fatal(err)
	}
	setLocal(t, q.Zone)
	next := s.next(time.Unix(q.Now, 999_999_999))
	return fmt.Sprint(next.Unix(), " ", s.stamp(next))
}

// setLocal makes a zone the local one for the test.
func setLocal(t *testing.T, name string) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Local
	t.Cleanup(func() { time.Local = before })
	time.Local = zone
}

// changes returns when the zone's clocks are set, from 2013 to 2021.
func changes(t *testing.T, name string) (at []int64) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	for now := time.Date(2013, 1, 1, 0, 0, 0, 0, zone); now.Year() < 2022; {
		_, end := now.ZoneBounds()
		if end.IsZero() {
			break
		}
		at, now = append(at, end.Unix()), end
	}
	return at
}

// rollovers makes questions, most of them about the days on which clocks are set.
func rollovers(t *testing.T, r *rand.Rand, count int) (all []rollover) {
	t.Helper()
	set := map[string][]int64{}
	for _, z := range pythonZones {
		set[z.name] = changes(t, z.name)
	}
	for range count {
		z := pythonZones[r.IntN(len(pythonZones))]
		q := rollover{Zone: z.name, TZ: z.tz, Interval: 1, UTC: r.IntN(8) == 0}
		q.When = []string{"S", "M", "H", "D", "midnight", "midnight", "midnight", "W0", "W3", "W5", "W6"}[r.IntN(11)]
		if r.IntN(3) == 0 {
			q.Interval = 1 + r.IntN(4)
		}
		if r.IntN(2) == 0 && len(q.When) > 1 {
			at := []int{1800, 5400, 7200, 9000, 10800, 49510, 86399}[r.IntN(7)]
			q.At = &at
		}
		q.Now = time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC).Unix() + r.Int64N(9*365*86400)
		if at := set[z.name]; len(at) > 0 && r.IntN(4) > 0 {
			near := []int64{0, -1, 1, 1800, -1800, 3599, 3600, -3600, -3601, 7200, -86400, 86400, -5 * 86400}
			q.Now = at[r.IntN(len(at))] + near[r.IntN(len(near))] - r.Int64N(2)*r.Int64N(3*86400)
		}
		all = append(all, q)
	}
	return all
}

// Files are rotated when the Python of this machine rotates them, and called as it calls them.
func TestScheduleAsPython(t *testing.T) {
	count := 4000
	if testenv.Long() {
		count = 200_000
	}
	questions := rollovers(t, rand.New(rand.NewPCG(2013, 3)), count)
	compared := 0
	for i, want := range ask(t, questions) {
		want, surely := strings.CutSuffix(want, " !")
		if !surely {
			continue
		}
		compared++
		if got := questions[i].answer(t); got != want {
			t.Errorf("%+v (%v): got %s, want %s", questions[i], questions[i].At, got, want)
		}
	}
	if compared < count/2 {
		t.Errorf("compared %d of %d, want half at least", compared, count)
	}
}

// golden holds questions about days on which clocks are set, and what Python 3.13 answered.
const golden = "testdata/rollovers.jsonl"

func TestScheduleGolden(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	file, err := os.Open(filepath.FromSlash(golden))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	n := 0
	for ; lines.Scan(); n++ {
		question, want, _ := strings.Cut(lines.Text(), " ---- ")
		var q rollover
		if err := json.Unmarshal([]byte(question), &q); err != nil {
			t.Fatal(err)
		}
		if got := q.answer(t); got != want {
			t.Errorf("%s: got %s, want %s", question, got, want)
		}
	}
	if n < 400 {
		t.Errorf("got %d answers in %s, want 400 at least", n, golden)
	}
}

func writeGolden(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	questions := rollovers(t, rand.New(rand.NewPCG(3, 13)), 800)
	for i, answer := range ask(t, questions) {
		want, surely := strings.CutSuffix(answer, " !")
		if q := questions[i]; surely && q.When != "S" && q.When != "M" {
			b, err := json.Marshal(q)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s ---- %s\n", b, want)
		}
	}
	if err := os.WriteFile(filepath.FromSlash(golden), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
