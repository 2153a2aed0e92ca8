package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// way is how records come in.
type way struct {
	name string
	// network is the name of the address that it comes to, and of the flag for it.
	network string
	bytes   func(*part) []byte
	// path is that of a request; empty where the records come over TCP, unacknowledged but for the end.
	path, form string
}

var ways = []way{
	{name: "pickle", network: "tcp", bytes: func(p *part) []byte { return p.frames }},
	{name: "jsonl", network: "jsonl", bytes: func(p *part) []byte { return p.lines }},
	{name: "ingest", network: "web", bytes: func(p *part) []byte { return p.lines }, path: "/ingest", form: "application/x-ndjson"},
	{name: "otlp", network: "otlp", bytes: func(p *part) []byte { return p.otlp }, path: "/v1/logs", form: "application/x-protobuf"},
}

// load sends so many records, and no more a second than rate if that is not zero, and returns when all are acknowledged, and how
// long each acknowledgement took.
func (w *way) load(ctx context.Context, addr string, parts []part, records, connections, rate int) (took []time.Duration, err error) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex // guards took and err
		each = records / requestSize / connections
	)
	began := time.Now()
	for c := range connections {
		wg.Go(func() {
			send := w.sendTCP
			if w.path != "" {
				send = w.sendHTTP
			}
			due := func(i int) {
				if rate > 0 {
					at := began.Add(time.Duration(i*connections+c) * requestSize * time.Second / time.Duration(rate))
					select {
					case <-time.After(time.Until(at)):
					case <-ctx.Done():
					}
				}
			}
			own, failed := send(ctx, addr, parts, each, due)
			mu.Lock()
			defer mu.Unlock()
			took, err = append(took, own...), errors.Join(err, failed)
		})
	}
	wg.Wait()
	if err != nil {
		return nil, fmt.Errorf("send %s to %s: %w", w.name, addr, err)
	}
	slices.Sort(took)
	return took, nil
}

// sendTCP writes n parts over a connection, and waits until the receiver says at its end that it has all.
func (w *way) sendTCP(ctx context.Context, addr string, parts []part, n int, due func(int)) ([]time.Duration, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for i := range n {
		due(i)
		if _, err := conn.Write(w.bytes(&parts[i%len(parts)])); err != nil {
			return nil, err
		}
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		return nil, fmt.Errorf("wait for the receiver to close: %w", err)
	}
	return nil, nil
}

// sendHTTP makes n requests, one after another.
func (w *way) sendHTTP(ctx context.Context, addr string, parts []part, n int, due func(int)) (took []time.Duration, err error) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := 0; i < n; i++ {
		due(i)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+w.path, bytes.NewReader(w.bytes(&parts[i%len(parts)])))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", w.form)
		began := time.Now()
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			return nil, err
		case resp.StatusCode == http.StatusTooManyRequests: // it is full: once more
			i--
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		case resp.StatusCode != http.StatusOK:
			return nil, fmt.Errorf("it answers %s: %.300q", resp.Status, answer)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// quantile returns the time that a part of the acknowledgements took at most.
func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return took[min(int(q*float64(len(took))), len(took)-1)]
}
