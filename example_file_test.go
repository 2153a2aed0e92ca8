package jackdaw_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackdaw-log/jackdaw"
)

// A file that is kept small. By time it would be When: "midnight", and both go together.
func ExampleFileOptions() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file, err := jackdaw.OpenFile(filepath.Join(dir, "app.log"), jackdaw.FileOptions{
		Format:      jackdaw.Text,
		MaxBytes:    120,
		BackupCount: 2,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", file, jackdaw.HandlerOptions{})
	for i := range 8 {
		h.Logger("myapp").Info("kept", "n", i)
	}
	h.Close(context.Background())

	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		fmt.Println(err)
	}
	for _, name := range names {
		fmt.Println(filepath.Base(name))
	}
	// Output:
	// app.log
	// app.log.1
	// app.log.2
}

// A misplaced word is answered with what would be right.
func ExampleOpenFile_rotation() {
	_, err := jackdaw.OpenFile("app.log", jackdaw.FileOptions{When: "daily", BackupCount: 30})
	fmt.Println(err)
	// Output: open file app.log: got When "daily", want S, M, H, D, midnight or W0 to W6 (W0 is Monday)
}
