package jackdaw_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/jackdaw-log/jackdaw"
)

func ExampleNewSyslog() {
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0") // rsyslog, for example
	if err != nil {
		fmt.Println(err)
		return
	}
	defer daemon.Close()

	syslog, err := jackdaw.NewSyslog(jackdaw.SyslogOptions{
		Address: daemon.LocalAddr().String(), Form: "python", Facility: "local0", App: "shopd: ",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	if err := h.AddHandler("", syslog, jackdaw.HandlerOptions{Level: slog.LevelWarn}); err != nil {
		fmt.Println(err)
		return
	}
	h.Logger("shop.pay").Error("payment failed", "user_id", 42)
	h.Close(context.Background())

	buf := make([]byte, 1024)
	n, _, err := daemon.ReadFrom(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
	fmt.Printf("%d handled\n", syslog.Stats().Handled)
	// Output:
	// "<131>shopd: payment failed\x00" <nil>
	// 1 handled
}
