package e2e

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// TestStrangers sends to the port what does not belong there, while a good client goes on.
func TestStrangers(t *testing.T) {
	f := func(name, said string, visit func(t *testing.T, stranger net.Conn)) {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
			host, port := s.tcp()
			addr := net.JoinHostPort(host, port)
			good := dial(t, addr)
			write(t, good, string(frame("before")))
			s.see("before")
			stranger := dial(t, addr)
			visit(t, stranger)
			if _, err := io.Copy(io.Discard, stranger); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection stays open, want it closed")
			}
			s.find(said)
			write(t, good, string(frame("after")))
			s.see("after")
			good.Close()
			s.stop()
			if n := s.printed(); n != 2 {
				t.Errorf("records: got %d, want the 2 of the good client", n)
			}
		})
	}
	text := func(bytes string) func(t *testing.T, stranger net.Conn) {
		return func(t *testing.T, stranger net.Conn) { write(t, stranger, bytes) }
	}
	f("TLS", `(TLS)`, func(t *testing.T, stranger net.Conn) {
		client := tls.Client(stranger, &tls.Config{InsecureSkipVerify: true})
		if err := client.HandshakeContext(t.Context()); err == nil {
			t.Error("TLS handshake: got nil, want an error")
		}
	})
	f("HTTP", `(HTTP)`, text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	f("SSH", `(SSH)`, text("SSH-2.0-OpenSSH_9.2\r\n"))
	f("half a frame", `rejected.*(ended after 8 bytes)`, func(t *testing.T, stranger net.Conn) {
		write(t, stranger, "\x00\x00\x01\x00}q\x00(")
		if err := stranger.(*net.TCPConn).CloseWrite(); err != nil {
			t.Error(err)
		}
	})
}

// TestNothingIsExecuted sends a pickle that runs a command in a receiver that loads it.
func TestNothingIsExecuted(t *testing.T) {
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
	host, port := s.tcp()
	mark := filepath.Join(t.TempDir(), "executed")
	command := "touch " + mark
	pickled := "}q\x00X\x03\x00\x00\x00msgcposix\nsystem\n(X" + string([]byte{byte(len(command)), 0, 0, 0}) + command + "tRs."
	stranger := dial(t, net.JoinHostPort(host, port))
	write(t, stranger, string([]byte{0, 0, 0, byte(len(pickled))})+pickled)
	write(t, stranger, string(frame("after the command")))
	s.see("after the command")
	stranger.Close()
	s.stop()
	if _, err := os.Stat(mark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("file that the pickle would make: got %v, want none", err)
	}
	if got, want := s.records()[0].Message, "<posix.system '"+command+"'>"; got != want {
		t.Errorf("message: got %q, want %q", got, want)
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func write(t *testing.T, conn net.Conn, bytes string) {
	t.Helper()
	if _, err := io.WriteString(conn, bytes); err != nil {
		t.Fatal(err)
	}
}

// frame returns the frame of a record with the given message.
func frame(message string) []byte {
	return pickle.AppendFrame(nil, &record.Record{Time: time.Now(), Logger: "e2e", Message: message})
}
