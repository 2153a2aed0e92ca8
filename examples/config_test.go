package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/config/yaml"
)

// check checks a configuration.
func check(file string, text []byte) (*config.Config, error) {
	parse := config.ParseJSON
	if filepath.Ext(file) == ".yaml" {
		parse = yaml.Parse
	}
	file = filepath.Base(file)
	node, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	return config.Check(node, config.Options{File: file, Env: func(string) (string, bool) { return "secret", true }})
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const configurationPage = "../docs/configuration.md"

// Each configuration is right, without anything to be noted, and docs/configuration.md names it. So is what the page shows.
func TestConfigs(t *testing.T) {
	page := read(t, configurationPage)
	texts := map[string]string{}
	for i, block := range regexp.MustCompile("(?s)\n```yaml\n(.*?)```\n").FindAllStringSubmatch(page, -1) {
		texts["block "+string(rune('1'+i))+".yaml"] = block[1]
	}
	files, err := filepath.Glob("config/*.yaml")
	if err != nil || len(files) < 7 || len(texts) < 1 {
		t.Fatalf("got %v and %d pieces of the page, %v", files, len(texts), err)
	}
	for _, file := range files {
		texts[file] = read(t, file)
		if !strings.Contains(page, "(../examples/"+filepath.ToSlash(file)+")") {
			t.Errorf("the page does not name %s", file)
		}
	}
	for name, text := range texts {
		c, err := check(name, []byte(text))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, note := range c.Notes {
			t.Errorf("%s:%d:%d: %s", name, note.Line, note.Column, note.Text)
		}
	}
}

// The configurations of well-known servers are taken, or refused with the sentences that the page shows.
func TestForeignConfigs(t *testing.T) {
	page := read(t, configurationPage)
	for name, right := range map[string]bool{"django": false, "uvicorn": false, "celery": false, "gunicorn": true} {
		file := filepath.Join("testdata", name+".json")
		_, err := check(file, []byte(read(t, file)))
		switch {
		case right && err != nil:
			t.Error(err)
		case !right && (err == nil || !strings.Contains(page, "\n"+err.Error()+"\n")):
			t.Errorf("the page does not show these lines:\n%v", err)
		}
	}
}
