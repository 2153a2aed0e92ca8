package main

import (
	"fmt"
	"slices"

	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// mix is the records, in every form that a contender begins with.
type mix struct {
	batches  [][]record.Record
	messages []*logspb.LogsData
	// protobuf and json are what the contenders read, theirJSON has ids as protobuf's own JSON has them.
	protobuf, json, theirJSON [][]byte

	decoder otlp.Decoder
	read    []record.Record
	written []byte
}

func makeMix(records []record.Record, size int) (*mix, error) {
	m := &mix{}
	for batch := range slices.Chunk(records, size) {
		p := otlp.Append(nil, batch)
		message := new(logspb.LogsData)
		if err := proto.Unmarshal(p, message); err != nil {
			return nil, fmt.Errorf("read what Jackdaw wrote: %w", err)
		}
		theirs, err := protojson.Marshal(message)
		if err != nil {
			return nil, fmt.Errorf("make JSON: %w", err)
		}
		m.batches = append(m.batches, batch)
		m.messages = append(m.messages, message)
		m.protobuf = append(m.protobuf, p)
		m.json = append(m.json, otlp.AppendJSON(nil, batch))
		m.theirJSON = append(m.theirJSON, theirs)
	}
	return m, nil
}

func (m *mix) records() (n int) {
	for _, batch := range m.batches {
		n += len(batch)
	}
	return n
}

func (m *mix) bytes() int     { return len(slices.Concat(m.protobuf...)) }
func (m *mix) jsonBytes() int { return len(slices.Concat(m.json...)) }

// contender is one that does a piece of work; those after one of ours do the same as it.
type contender struct {
	name string
	ours bool
	work func(m *mix, i int) error
}

var contenders = []contender{
	{"write: Jackdaw, records", true, func(m *mix, i int) error {
		m.written = otlp.Append(m.written[:0], m.batches[i])
		return nil
	}},
	{"proto.Marshal, messages", false, func(m *mix, i int) (err error) {
		m.written, err = proto.MarshalOptions{}.MarshalAppend(m.written[:0], m.messages[i])
		return err
	}},
	{"read: Jackdaw, records", true, func(m *mix, i int) (err error) {
		m.read, err = m.decoder.Decode(m.protobuf[i], m.read[:0])
		return err
	}},
	{"proto.Unmarshal, messages", false, func(m *mix, i int) error {
		return proto.Unmarshal(m.protobuf[i], new(logspb.LogsData))
	}},
	{"write JSON: Jackdaw, records", true, func(m *mix, i int) error {
		m.written = otlp.AppendJSON(m.written[:0], m.batches[i])
		return nil
	}},
	{"protojson.Marshal, messages", false, func(m *mix, i int) (err error) {
		m.written, err = protojson.MarshalOptions{}.MarshalAppend(m.written[:0], m.messages[i])
		return err
	}},
	{"read JSON: Jackdaw, records", true, func(m *mix, i int) (err error) {
		m.read, err = m.decoder.DecodeJSON(m.json[i], m.read[:0])
		return err
	}},
	{"protojson.Unmarshal, messages", false, func(m *mix, i int) error {
		return protojson.Unmarshal(m.theirJSON[i], new(logspb.LogsData))
	}},
}
