package jackdaw_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw"
)

// Errors are mailed: the first at once, then what has come together, every ten minutes at most.
func ExampleNewSMTP() {
	smtp, err := jackdaw.NewSMTP(jackdaw.SMTPOptions{
		Address: "mail.example.org:587", User: "shop", Password: "from the environment, for example",
		From: "Shop <shop@example.org>", To: []string{"ops@example.org"},
		Subject: "[shop] %(levelname)s %(message)s", Interval: 10 * time.Minute,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	defer h.Close(context.Background())
	err = h.AddHandler("", smtp, jackdaw.HandlerOptions{Level: slog.LevelError})
	fmt.Println(err, smtp.Stats().Mails)

	_, err = jackdaw.NewSMTP(jackdaw.SMTPOptions{Address: "mail.example.org", User: "shop", Security: "none", From: "a@example.org", To: []string{"b@example.org"}})
	fmt.Println(err)
	// Output:
	// <nil> 0
	// send mail by mail.example.org:25: a password would be sent for everyone to read; use security starttls or tls
}
