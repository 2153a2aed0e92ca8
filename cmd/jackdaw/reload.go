package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/client"
)

// reloadTime bounds how long a server may take: what a handler that is gone has to handle yet is waited for.
const reloadTime = 30 * time.Second

func (p *program) reloadCommand() *cobra.Command {
	var a asker
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have a running server read its configuration again",
		Long: "Have a running server open its files anew and read its configuration again, and show what that\n" +
			"changed. Only what is different is made anew: connections, and what waits for handlers, stay. A\n" +
			"configuration that is wrong is refused, and what was before stays: the exit code is 1. Without a\n" +
			"web address, send SIGHUP to the server: it does the same, and tells on its standard error.",
		Example: `jackdaw reload
jackdaw reload --addr logs.example:9024 --token-file token
jackdaw reload --addr https://logs.example:9024 --tls-ca ca.pem`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.reload(cmd.Context(), &a) },
	}
	a.add(cmd.Flags(), p)
	return cmd
}

// reload asks a server to reload.
func (p *program) reload(ctx context.Context, a *asker) error {
	if err := a.prepare(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	told, err := a.server().Reload(ctx)
	if e, ok := errors.AsType[*client.AnswerError](err); ok && e.Status == http.StatusUnprocessableEntity {
		return fmt.Errorf("the configuration is refused; what was before stays\n%s", printableLines(e.Message))
	}
	if _, ok := errors.AsType[*client.UnreachedError](err); ok {
		return &unreachableError{fmt.Errorf("%w; to a server without a web address, send SIGHUP", a.explain(err))}
	}
	if err != nil {
		return a.explain(err)
	}
	return p.output(func(w io.Writer) error {
		for _, line := range told {
			if _, err := fmt.Fprintln(w, printable(line)); err != nil {
				return err
			}
		}
		return nil
	})
}
