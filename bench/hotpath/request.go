package main

import (
	"errors"
	"time"
)

// message is the text of every record.
const message = "request handled by upstream backend"

// request is what every peer logs: its first five fields as the 5 attrs, all of them as the 10.
type request struct {
	method  string
	status  int
	elapsed time.Duration
	cached  bool
	err     error

	client  string
	bytes   int64
	load    float64
	started time.Time
	id      uint64
}

func newRequest() *request {
	return &request{
		method:  "GET",
		status:  502,
		elapsed: 1_234_567 * time.Nanosecond,
		cached:  false,
		err:     errors.New("read tcp 10.1.2.3:5432: connection reset by peer"),

		client:  "198.51.100.17:49152",
		bytes:   1_048_576,
		load:    0.8125,
		started: time.Date(2026, time.March, 14, 15, 9, 26, 535_897_932, time.UTC),
		id:      7_301_444_403_305_881_837,
	}
}
