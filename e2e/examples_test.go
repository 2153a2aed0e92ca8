package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// exampleConfig returns the path of a copy of one of the configurations in examples, with places of the test for its own.
func exampleConfig(t *testing.T, name string, places ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", "config", name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.NewReplacer(places...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// logCookbook runs the program of Python's cookbook, which logs five records.
func logCookbook(t *testing.T, s *server) {
	t.Helper()
	_, port := s.tcp()
	if out, err := child(t, testenv.Python(t), filepath.Join("testdata", "cookbook.py"), port).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// The configurations for a machine are started as they are, but for their files and ports, and take what a program logs.
func TestExampleConfigs(t *testing.T) {
	f := func(name, file string, lines int) {
		t.Helper()
		dir := t.TempDir()
		config := exampleConfig(t, name, "filename: ", "filename: "+dir+"/", "mailhost: localhost", "mailhost: 127.0.0.1:1")
		s := start(t, "", "serve", "--config", config, "--tcp", "127.0.0.1:0", "--udp", "off", "--http", "off", "--otlp", "off", "--otlp-grpc", "off",
			"--web", "off", "--data", filepath.Join(dir, "data"))
		logCookbook(t, s)
		if file != "" {
			awaitLines(t, filepath.Join(dir, file), lines)
		} else {
			s.find("How quickly daft jumping zebras vex")
		}
		s.stop()
	}
	f("developer.yaml", "errors.log", 5)
	f("django.yaml", "", 0)
	f("uvicorn.yaml", "", 0)
	f("gunicorn.yaml", "", 0)
	f("celery.yaml", "", 0)
}

// What the page on the configuration shows of an explanation is what is said.
func TestExplanationOnPage(t *testing.T) {
	out, err := child(t, executable, "check", "../examples/config/developer.yaml", "--explain", "urllib3.pool", "INFO").Output()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil || !strings.Contains(string(page), "\n"+string(out)+"```\n") {
		t.Errorf("docs/configuration.md does not show, %v:\n%s", err, out)
	}
}

// The agent brings what is logged on its machine to the team's server, by the configurations of both: under TLS, with a token.
func TestExampleAgentAndTeam(t *testing.T) {
	certs, dir := newCertificates(t), t.TempDir()
	tokens := filepath.Join(dir, "tokens")
	if err := os.WriteFile(tokens, []byte("a-token-of-the-team\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAIL_PASSWORD", "secret")
	t.Setenv("LOGS_TOKEN", "a-token-of-the-team")
	s := start(t, "", "serve", "--config", exampleConfig(t, "team.yaml",
		"/var/log/jackdaw/", dir+"/", "/var/lib/jackdaw", dir+"/team", "/etc/jackdaw/server.pem", certs.cert, "/etc/jackdaw/server.key", certs.key,
		"/etc/jackdaw/audit-ca.pem", certs.ca, "/etc/jackdaw/tokens", tokens, "mail.example.com:587", "127.0.0.1:1", "audit.example.com:6514", "127.0.0.1:1",
		"0.0.0.0:4318", "127.0.0.1:0", "0.0.0.0:9020", "127.0.0.1:0", "0.0.0.0:5514", "127.0.0.1:0", "0.0.0.0:9024", "127.0.0.1:0"),
		"--otlp-grpc", "off", "--http", "off")
	agent := start(t, "", "serve", "--config", exampleConfig(t, "agent.yaml",
		"/var/log/jackdaw/", dir+"/", "/var/lib/jackdaw", dir+"/agent", "/etc/jackdaw/ca.pem", certs.ca, "/run/jackdaw/", dir+"/",
		"logs.example.com:4318", s.address("otlp"), "127.0.0.1:4318", "127.0.0.1:0", "127.0.0.1:9020", "127.0.0.1:0", "127.0.0.1:9024", "127.0.0.1:0"),
		"--otlp-grpc", "off")
	logCookbook(t, agent)
	archive := awaitLines(t, filepath.Join(dir, "all.jsonl"), 4)
	for _, want := range []string{`"logger":"myapp.area1","message":"How quickly daft jumping zebras vex."`, `"level":"ERROR"`} {
		if !strings.Contains(archive, want) {
			t.Errorf("the team's archive: got %s, want %s in it", archive, want)
		}
	}
	if strings.Contains(archive, "DEBUG") {
		t.Errorf("the team's archive: got %s, want nothing below INFO", archive)
	}
	if got := awaitLines(t, filepath.Join(dir, "local.jsonl"), 2); strings.Contains(got, "INFO") {
		t.Errorf("the agent's own file: got %s, want WARNING and above", got)
	}
	agent.stop()
	s.stop()
}
