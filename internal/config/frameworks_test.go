package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/config/yaml"
)

// What the documents of frameworks show is taken as it is, or refused with sentences that say what to write instead.
// The files have the shape of those examples; behind ---- stands what is said of each.
func TestFrameworks(t *testing.T) {
	files, err := filepath.Glob("testdata/frameworks/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, %v, want files", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in, want, _ := strings.Cut(string(text), "----\n")
		got := said(strings.TrimSuffix(filepath.Base(file), ".txt"), in)
		if got == want {
			continue
		}
		if !*update {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", file, got, want)
		} else if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// said is what is said of a configuration, a line each.
func said(file, text string) string {
	n, err := yaml.Parse(file, []byte(text))
	if err != nil {
		return err.Error() + "\n"
	}
	c, err := config.Check(n, config.Options{File: file})
	if all, ok := errors.AsType[*config.Errors](err); ok {
		return all.Error() + "\n"
	}
	var b strings.Builder
	b.WriteString("taken\n")
	for _, note := range c.Notes {
		fmt.Fprintln(&b, note)
	}
	return b.String()
}
