package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

func TestPageURL(t *testing.T) {
	f := func(address string, secure bool, want string) {
		t.Helper()
		if got := pageURL(address, secure); got != want {
			t.Errorf("pageURL(%q, %v): got %q, want %q", address, secure, got, want)
		}
	}
	f("127.0.0.1:9024", false, "http://127.0.0.1:9024/")
	f("0.0.0.0:9024", false, "http://localhost:9024/")
	f("[::]:9024", true, "https://localhost:9024/")
	f("[::1]:9024", false, "http://[::1]:9024/")
}

// The browser is told the page's real address; where there is none, that is said and the server goes on.
func TestOpenBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		testenv.Skip(t, "xdg-open is Linux's")
	}
	dir := t.TempDir()
	told := filepath.Join(dir, "told")
	script := "#!/bin/sh\nprintf %s \"$1\" >" + told + ".new\nmv " + told + ".new " + told + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if err := openBrowser("linux", "http://127.0.0.1:9024/"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(testenv.Patience); ; <-time.After(10 * time.Millisecond) {
		got, err := os.ReadFile(told)
		if err == nil {
			if string(got) != "http://127.0.0.1:9024/" {
				t.Errorf("got the address %q, want the page's", got)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no browser was started")
		}
	}
	t.Setenv("PATH", t.TempDir())
	if err := openBrowser("linux", "http://127.0.0.1:9024/"); err == nil || !strings.Contains(err.Error(), "go to http://127.0.0.1:9024/") {
		t.Errorf("got error %v, want one that says where to go", err)
	}
	if err := openBrowser("linux", ""); err == nil {
		t.Error("got no error without a page, want one")
	}
}
