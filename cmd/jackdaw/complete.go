package main

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
)

// completeTime bounds how long a shell waits for what a server knows.
const completeTime = 200 * time.Millisecond

// completeFilter returns the completion of filters: by what the records of a running server have, or, where none
// answers in time, by the words of the language.
func completeFilter(a *asker) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := ""
		if len(args) > 0 {
			before = strings.Join(args, " ") + " "
		}
		text := before + typed
		from, words := askedFilter(cmd.Context(), a, text)
		if words == nil {
			c := filter.Complete(text, len(text))
			from, words = c.Start, c.Words
		}
		if from < len(before) || from > len(text) {
			words = nil // it would change another argument
		}
		for i := range words {
			words[i] = text[len(before):from] + words[i]
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// askedFilter asks the server. It returns from which byte on the text is replaced, and by what; nil if it says nothing.
func askedFilter(ctx context.Context, a *asker, text string) (from int, words []string) {
	if a.prepare() != nil {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, completeTime)
	defer cancel()
	n := utf8.RuneCountInString(text)
	first, end, items, err := a.server().Complete(ctx, text, n)
	if err != nil || first < 0 || first > n || end != n {
		return 0, nil
	}
	for _, item := range items {
		words = append(words, item.Text)
	}
	return len(string([]rune(text)[:first])), words
}

// completeNames returns the completion of a list of names, a comma between them: of fields, and of the attrs that the
// records of a running server have.
func completeNames(a *asker, fields []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		at := strings.LastIndexByte(typed, ',') + 1
		names := slices.Clone(fields)
		if a.prepare() == nil {
			ctx, cancel := context.WithTimeout(cmd.Context(), completeTime)
			defer cancel()
			if v, err := a.server().Values(ctx, store.ValuesQuery{Prefix: typed[at:], Limit: store.MaxValues}); err == nil {
				for _, value := range v.Values {
					names = append(names, value.Text)
				}
			}
		}
		words := []string{}
		for _, name := range names {
			if strings.HasPrefix(name, typed[at:]) && !strings.ContainsAny(name, ", \t\n") {
				words = append(words, typed[:at]+name)
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// listed are the names of --fields that a shell proposes where no server is asked.
func listed() []string {
	return slices.DeleteFunc(append([]string{"id"}, filter.Fields()...), func(name string) bool {
		return name == "since" || name == "until" || name == "has"
	})
}

// completeLook adds what shells propose for the flags and arguments of query and tail.
func completeLook(cmd *cobra.Command, a *asker, l *lookFlags) {
	cmd.ValidArgsFunction = completeFilter(a)
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	for name, f := range map[string]cobra.CompletionFunc{
		"level": fixed("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "output": fixed(l.output.words...), "color": fixed(l.color.words...),
		"since": fixed("-15m", "-1h", "today", "yesterday"), "fields": completeNames(a, listed()),
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, f) // the error is of a flag that does not exist
	}
}
