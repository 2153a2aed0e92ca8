package receiver

import (
	"context"
	"os"
	"slices"
	"time"
)

// watchEvery is how often files are looked at. They are read when they have stood still for as long, since
// a certificate and its key are rarely replaced at one moment.
const watchEvery = time.Second

// source is what was loaded from files. After an error of load, what was loaded before stays.
type source interface {
	files() []string
	load() (said string, err error)
}

// watchFiles begins to watch the files that there are.
func (r *Receiver) watchFiles(ctx context.Context) {
	var sources []source
	if r.o.TLS != nil {
		sources = append(sources, r.o.TLS)
	}
	if r.o.Tokens != nil {
		sources = append(sources, r.o.Tokens)
	}
	if len(sources) > 0 {
		r.running.Go(func() { r.watch(ctx, sources...) })
	}
}

// watch loads sources anew when their files change, until ctx ends or Close is called.
func (r *Receiver) watch(ctx context.Context, sources ...source) {
	var list []*watched
	for _, s := range sources {
		now := statAll(s.files())
		list = append(list, &watched{source: s, seen: now, loaded: now})
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		case <-r.stopping:
			return
		}
		for _, w := range list {
			w.look(func(reason Reason, text string) { r.notices.tell(Notice{Reason: reason, Text: text}) })
		}
	}
}

// watched is a source with the state of its files.
type watched struct {
	source
	seen, loaded []os.FileInfo // nil for a file that is not there
}

func statAll(files []string) []os.FileInfo {
	infos := make([]os.FileInfo, len(files))
	for i, path := range files {
		if info, err := os.Stat(path); err == nil {
			infos[i] = info
		}
	}
	return infos
}

func sameFile(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// look loads the source where its files changed and have stood still since the last look, and tells what came
// of it.
func (w *watched) look(tell func(reason Reason, text string)) {
	now := statAll(w.files())
	settled := slices.EqualFunc(now, w.seen, sameFile)
	w.seen = now
	if !settled || slices.EqualFunc(now, w.loaded, sameFile) {
		return
	}
	w.loaded = now
	said, err := w.load()
	if err != nil {
		tell(ReloadFailed, err.Error()+"; what was read before stays in use")
		return
	}
	tell(Reloaded, "read anew: "+said)
}
