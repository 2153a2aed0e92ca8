package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
)

// dataLook are the flags of the commands that look into a data directory.
type dataLook struct {
	data string
	json bool
}

func (d *dataLook) add(cmd *cobra.Command, p *program) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&d.data, "data", p.data, "the data directory `DIR`\n($XDG_STATE_HOME/jackdaw, else ~/.local/state/jackdaw)")
	f.Lookup("data").DefValue = "" // it is in the text
}

func (d *dataLook) addJSON(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&d.json, "json", false, "as a JSON object on one line")
}

// stream returns the directory of the stream, which is there.
func (d *dataLook) stream() (string, error) { return d.within("stream", daemon.StreamDir) }

// store returns the directory of the store, which is there.
func (d *dataLook) store() (string, error) { return d.within("store", daemon.StoreDir) }

func (d *dataLook) within(what string, of func(data string) string) (string, error) {
	if d.data == "" || d.data == off {
		return "", usagef("--data: name the directory with --data DIR")
	}
	dir := of(d.data)
	if _, err := os.ReadDir(dir); err != nil {
		return "", fmt.Errorf("there is no %s in %s: %w\nname the directory of a server with --data DIR", what, d.data, err)
	}
	return dir, nil
}
