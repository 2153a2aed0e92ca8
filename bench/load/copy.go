package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// copyTo names the file for the process that is the plain copy.
const copyTo = "JACKDAW_LOAD_COPY"

// beCopy makes the process the plain copy if it was started as such.
func beCopy() {
	path := os.Getenv(copyTo)
	if path == "" {
		return
	}
	if err := plainCopy(path); err != nil {
		log.Fatal("copy: ", err)
	}
	os.Exit(0)
}

// plainCopy is the server that all others are measured against: what comes over TCP goes into a file as it is, in
// pieces of 64 KiB, with nothing read in it and nothing synced.
func plainCopy(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() { <-terminated; ln.Close() }()
	fmt.Fprintf(os.Stderr, "%stcp %s\n", listening, ln.Addr())
	var wg sync.WaitGroup
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			break
		}
		if err != nil {
			return err
		}
		wg.Go(func() {
			defer conn.Close()
			buf := make([]byte, 64<<10)
			// Both hidden, so that the copy is made here, as by any program that reads what it copies.
			_, _ = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{conn}, buf)
		})
	}
	wg.Wait()
	return file.Close()
}
