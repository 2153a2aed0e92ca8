package filter

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/record"
)

// bases are the levels that have a name without a distance, and so begin a band.
var bases = []slog.Level{record.LevelDebug, record.LevelInfo, record.LevelWarning, record.LevelError, record.LevelCritical}

// levelWords are the names of levels, as completion offers them.
var levelWords = []string{"debug", "info", "warning", "error", "critical"}

func isBase(l slog.Level) bool {
	return slices.Contains(bases, l)
}

// bandOf returns the levels whose name is that of l, with or without a distance: those up to the next
// name, and for the lowest also those below.
func bandOf(l slog.Level) Level {
	band := Level{MinLevel, MaxLevel}
	for _, b := range bases {
		if b <= l && b != record.LevelDebug {
			band.Min = b
		}
		if b > l {
			band.Max = b - 1
			break
		}
	}
	return band
}

// parseLevel reads a level, and says whether it was named without a distance. Where s is none, problem
// says so, and near is the level that was probably meant.
func parseLevel(s string) (level slog.Level, named bool, near, problem string) {
	level, err := record.ParseLevel(s)
	if err == nil {
		return level, isBase(level) && !strings.ContainsAny(s, "+-0123456789"), "", ""
	}
	if near = spell.Nearest(s, levelWords...); near != "" {
		return 0, false, near, fmt.Sprintf("level %q is unknown; did you mean %s?", s, near)
	}
	return 0, false, "", fmt.Sprintf("level %q is unknown; write %s, a form like info+2, or a Python level number; "+
		"what a sender itself calls a level is levelname:%s", s, spell.Or(levelWords...), nameText(s))
}

// levelExpr returns the levels that lie to the given one as an operator says.
func levelExpr(op string, level slog.Level, named bool) Expr {
	switch op {
	case ">=":
		return Level{level, MaxLevel}
	case ">":
		return Level{level + 1, MaxLevel}
	case "<=":
		return Level{MinLevel, level}
	case "<":
		return Level{MinLevel, level - 1}
	case ":":
		if named {
			return bandOf(level)
		}
	}
	return Level{level, level}
}
