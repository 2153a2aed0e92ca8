package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/flock"
	"github.com/jackdaw-log/jackdaw/internal/format"
)

func (p *program) flightCommand() *cobra.Command {
	var f flightFile
	var s showFlags
	cmd := &cobra.Command{
		Use:   "flight FILE",
		Short: "Show what a program that was killed had not handled",
		Long: "Show the records in the file of a Go program in flight mode (OpenFlight) that has ended: those that\n" +
			"its handlers had not taken. The next run of the program takes them over by itself; this is for\n" +
			"one that does not come back. A program that runs has its file to itself, unless --live is given.",
		Example: `jackdaw flight /dev/shm/myapp.flight                        look at them
jackdaw flight /dev/shm/myapp.flight --console json | jackdaw send
jackdaw flight /dev/shm/myapp.flight --remove > rest.jsonl  and no run takes them over`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one file: the one that the program gave to OpenFlight")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.live && f.remove {
				return usagef("--remove is for the file of a program that has ended; leave --live out")
			}
			form, err := s.formatOf(cmd.Flags(), p.stdout, p.getenv)
			if err != nil {
				return err
			}
			f.path = args[0]
			return p.flight(cmd.Context(), &f, form)
		},
	}
	s.add(cmd)
	cmd.Flags().BoolVar(&f.remove, "remove", false, "remove the file when all of it was written")
	cmd.Flags().BoolVar(&f.live, "live", false, "look at the file of a program that runs, as it is at this moment")
	return cmd
}

// flightFile is the file that is asked for.
type flightFile struct {
	path         string
	live, remove bool
}

// flight writes what a file has. What cannot be read, or written, leaves the file where it is.
func (p *program) flight(ctx context.Context, f *flightFile, form format.Format) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer func() { _ = flock.Close(file) }()
	if !f.live {
		err := flock.Lock(file)
		if errors.Is(err, flock.ErrLocked) {
			return fmt.Errorf("%s is in use by a program that runs; --live looks at it all the same", f.path)
		}
		if err != nil {
			return err
		}
	}
	left, err := readFlight(file)
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	for _, r := range left.Runs {
		p.note("%s of process %d (%s), which began %s; the last is of %s", of(uint64(r.Records), "record"), r.Process.PID, r.Process.Name,
			r.Started.Format(time.DateTime), r.Last.Format(time.DateTime))
	}
	if left.Len() == 0 && left.Damaged == 0 {
		p.note("nothing is left in %s", f.path)
	}
	err = p.output(func(w io.Writer) error {
		var line []byte
		for left.Len() > 0 && form != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			records, _ := left.Next(1000)
			for i := range records {
				line = form(line[:0], &records[i])
				if _, err := w.Write(line); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil && left.Damaged > 0 {
		err = fmt.Errorf("%s of %s cannot be read", of(uint64(left.Damaged), "part"), f.path)
	}
	if err != nil || !f.remove {
		return err
	}
	if left.Len() > 0 {
		return fmt.Errorf("%s stays: not all of it was written", f.path)
	}
	return os.Remove(f.path)
}

// readFlight reads what is left in a file.
func readFlight(file *os.File) (*flight.Left, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > flight.MaxBytes {
		return nil, errors.New("not a flight file")
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(file, b); err != nil {
		return nil, err
	}
	left, err := flight.Read(b)
	if err == nil && left == nil {
		err = errors.New("not a flight file")
	}
	return left, err
}
