package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
)

// storeLook are the flags of the commands that look into a store.
type storeLook struct {
	dataLook
	dir string
}

func (p *program) storeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Look into the store of a data directory",
		Long: "Look into the files in which a server keeps records to be found again: one for each day on which\n" +
			"records were received, or more. Nothing but rm changes them, or needs the server to be stopped.",
		Example: `jackdaw store ls                             which files there are, and what is in each
jackdaw store verify --data /var/lib/jackdaw
jackdaw store rm --before 2026-11-01`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.storeLs(), p.storeVerify(), p.storeRm())
	return cmd
}

func (s *storeLook) add(cmd *cobra.Command, p *program) {
	s.dataLook.add(cmd, p)
	cmd.Flags().StringVar(&s.dir, "store", "", "the directory `DIR` of the store, where that is another one\n(the directory store in that of --data)")
	s.addJSON(cmd)
}

// open returns the directory of the store, which is there.
func (s *storeLook) open() (string, error) {
	switch s.dir {
	case "":
		return s.store()
	case off:
		return "", usagef("--store: name the directory of the store with --store DIR, or that of a server with --data DIR")
	}
	if _, err := os.ReadDir(s.dir); err != nil {
		return "", fmt.Errorf("there is no store in %s: %w\nname the directory of the store with --store DIR", s.dir, err)
	}
	return s.dir, nil
}

// storeFiles is what the commands show. The names of its JSON are stable.
type storeFiles struct {
	Store   string      `json:"store"`
	Files   []storeFile `json:"files"`
	Bytes   int64       `json:"bytes"`
	Records uint64      `json:"records"`
	// Aside are files that were damaged as a whole, and set aside.
	Aside []string `json:"aside"`
}

type storeFile struct {
	Name string `json:"name"`
	// Received is the day on which its records were received, in UTC.
	Received string     `json:"received"`
	Bytes    int64      `json:"bytes"`
	Records  uint64     `json:"records"`
	Chunks   int        `json:"chunks"`
	Oldest   *time.Time `json:"oldest,omitempty"`
	Newest   *time.Time `json:"newest,omitempty"`
	Damage   []string   `json:"damage"`
}

func (l *storeFiles) add(info *sqlite.FileInfo) {
	f := storeFile{
		Name: info.Name, Received: info.Day.Format(time.DateOnly), Bytes: info.Bytes, Records: info.Records, Chunks: info.Chunks, Damage: info.Damage,
	}
	if f.Damage == nil {
		f.Damage = []string{}
	}
	if !info.From.IsZero() {
		f.Oldest, f.Newest = &info.From, &info.To
	}
	l.Files = append(l.Files, f)
	l.Bytes += info.Bytes
	l.Records += info.Records
}

func newStoreFiles(dir string) (*storeFiles, error) {
	l := &storeFiles{Store: dir, Files: []storeFile{}, Aside: []string{}}
	aside, err := sqlite.Aside(dir)
	l.Aside = append(l.Aside, aside...)
	return l, err
}

func (l *storeFiles) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(l)
	}
	t := table{left: map[int]bool{4: true, 5: true, 6: true}}
	t.row("FILE", "RECORDS", "CHUNKS", "BYTES", "OLDEST", "NEWEST", "")
	for i := range l.Files {
		f := &l.Files[i]
		remark := ""
		if len(f.Damage) > 0 {
			remark = "damaged"
		}
		t.row(f.Name, count(f.Records), count(f.Chunks), bytesText(f.Bytes), shortTime(f.Oldest), shortTime(f.Newest), remark)
	}
	if len(l.Files) > 0 {
		t.write(w)
	}
	for i := range l.Files {
		for _, damage := range l.Files[i].Damage {
			fmt.Fprintf(w, "%s: %s\n", l.Files[i].Name, printable(damage))
		}
	}
	for _, name := range l.Aside {
		fmt.Fprintf(w, "%s: it was damaged, and set aside\n", printable(name))
	}
	fmt.Fprintf(w, "%s: %s in %s, %s\n", printable(l.Store), of(l.Records, "record"), of(len(l.Files), "file"), bytesText(l.Bytes))
	return nil
}

// damaged returns how many files are.
func (l *storeFiles) damaged() (n int) {
	for i := range l.Files {
		if len(l.Files[i].Damage) > 0 {
			n++
		}
	}
	return n
}

func shortTime(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

func (p *program) storeLs() *cobra.Command {
	var s storeLook
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the files, and what is in each",
		Long: "List the files of the store, the oldest first: how many records there are in each, and the times of\n" +
			"the first and the last. A file is of the day, in UTC, on which its records were received.",
		Example: `jackdaw store ls
jackdaw store ls --data /var/lib/jackdaw
jackdaw store ls --json | jq .files`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := s.open()
			if err != nil {
				return err
			}
			l, err := newStoreFiles(dir)
			if err != nil {
				return err
			}
			infos, err := sqlite.List(cmd.Context(), dir)
			if err != nil {
				return err
			}
			for i := range infos {
				l.add(&infos[i])
			}
			return p.output(func(w io.Writer) error { return l.write(w, s.json) })
		},
	}
	s.add(cmd, p)
	return cmd
}

func (p *program) storeVerify() *cobra.Command {
	var s storeLook
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read every byte, and say what is damaged",
		Long: "Read all files of the store, every record of them, and say what is damaged. The exit code is 1 if\n" +
			"anything is.",
		Example: `jackdaw store verify
jackdaw store verify --data /var/lib/jackdaw
jackdaw store verify --json | jq '.files[].damage'`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := s.open()
			if err != nil {
				return err
			}
			return p.verifyStore(cmd.Context(), &s, dir)
		},
	}
	s.add(cmd, p)
	return cmd
}

func (p *program) verifyStore(ctx context.Context, s *storeLook, dir string) error {
	l, err := newStoreFiles(dir)
	if err != nil {
		return err
	}
	began := time.Now()
	for info, err := range sqlite.Verify(ctx, dir) {
		if err != nil {
			return err
		}
		l.add(&info)
		if time.Since(began) > slowTime {
			p.note("%s: %s read", info.Name, of(info.Records, "record"))
		}
	}
	if err := p.output(func(w io.Writer) error { return l.write(w, s.json) }); err != nil {
		return err
	}
	if n := l.damaged(); n > 0 {
		return fmt.Errorf("the store is damaged, in %s\na server serves the rest, and says with each answer how many records may be missing", of(n, "file"))
	}
	return nil
}

func (p *program) storeRm() *cobra.Command {
	var s storeLook
	var before string
	var dry bool
	cmd := &cobra.Command{
		Use:   "rm --before DAY",
		Short: "Remove the files of old days",
		Long: "Remove the files all of whose records were received before a day or a time, but never the newest\n" +
			"file. Days are UTC's. The server must be stopped for that; a running one removes by itself what is\n" +
			"older than --store-age, or too much for --store-size.",
		Example: `jackdaw store rm --before 2026-11-01
jackdaw store rm --before -30d --dry-run
jackdaw store rm --before yesterday --data /var/lib/jackdaw`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if before == "" {
				return usagef("say which files: --before 2026-11-01, or --before -30d")
			}
			from, _, err := filter.ParseTime(before, time.Now().UTC())
			if err != nil {
				return usagef("--before: %v", err)
			}
			dir, err := s.open()
			if err != nil {
				return err
			}
			return p.removeStore(cmd.Context(), &s, dir, from, dry)
		},
	}
	s.add(cmd, p)
	cmd.Flags().StringVar(&before, "before", "", "the day, or the `TIME`, such as 2026-11-01, yesterday or -30d")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "only say what would be removed")
	return cmd
}

func (p *program) removeStore(ctx context.Context, s *storeLook, dir string, before time.Time, dry bool) error {
	l, err := newStoreFiles(dir)
	if err != nil {
		return err
	}
	l.Aside = []string{}
	var infos []sqlite.FileInfo
	if dry {
		if infos, err = sqlite.List(ctx, dir); err == nil {
			infos = sqlite.Before(infos, before)
		}
	} else {
		infos, err = sqlite.Remove(ctx, dir, before)
	}
	for i := range infos {
		l.add(&infos[i])
	}
	if locked, ok := errors.AsType[*sqlite.LockedError](err); ok {
		return fmt.Errorf("%w\nfiles can be removed while no server has the store; a server removes them by itself: see --store-age and --store-size", locked)
	}
	if len(infos) == 0 && err == nil && !s.json {
		p.note("no file has only records from before %s", before.Format(time.RFC3339))
		return nil
	}
	outErr := p.output(func(w io.Writer) error { return l.write(w, s.json) })
	if err == nil && !s.json {
		p.note("%s", map[bool]string{true: "they would be removed", false: "they are removed"}[dry])
	}
	return errors.Join(err, outErr)
}
