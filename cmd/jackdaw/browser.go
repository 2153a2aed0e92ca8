package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
)

// pageAddress returns the address of the page of a daemon, for a browser on this machine; empty if there is none.
func pageAddress(d *daemon.Daemon) string {
	for _, a := range d.Listening() {
		if a.Network == "web" {
			return pageURL(a.Address, d.HasTLS())
		}
	}
	return ""
}

func pageURL(address string, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	if host, port, err := net.SplitHostPort(address); err == nil {
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			address = net.JoinHostPort("localhost", port)
		}
	}
	return scheme + "://" + address + "/"
}

// openCommand returns the command that shows an address in the browser of who uses this machine.
func openCommand(system, url string) []string {
	switch system {
	case "darwin":
		return []string{"open", url}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", url}
	}
	return []string{"xdg-open", url}
}

// openBrowser starts a browser and does not wait for it: it outlives this program, or ends before it.
func openBrowser(system, url string) error {
	if url == "" {
		return errors.New("there is no page to open: --web is off, or its address is taken")
	}
	words := openCommand(system, url)
	cmd := exec.Command(words[0], words[1:]...)
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("no browser: %s is not on the PATH; go to %s", words[0], url)
		}
		return fmt.Errorf("start a browser: %w; go to %s", err, url)
	}
	go func() { _ = cmd.Wait() }() // so that none is left as a zombie
	return nil
}
