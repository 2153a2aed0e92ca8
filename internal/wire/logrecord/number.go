package logrecord

import (
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// isEmpty reports whether v is an empty container or string, as args is for a call without any.
func isEmpty(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindString:
		return v.String() == "" || v.String() == "()"
	case slog.KindGroup:
		return len(v.Group()) == 0
	case slog.KindAny:
		switch x := v.Any().(type) {
		case []any:
			return len(x) == 0
		case map[string]any:
			return len(x) == 0
		}
	}
	return false
}

// float returns the number that v is, or is the text of.
func float(v slog.Value) (float64, bool) {
	switch v.Kind() {
	case slog.KindFloat64:
		return v.Float64(), true
	case slog.KindInt64:
		return float64(v.Int64()), true
	case slog.KindUint64:
		return float64(v.Uint64()), true
	case slog.KindString:
		f, err := strconv.ParseFloat(strings.TrimSpace(v.String()), 64)
		return f, err == nil
	case slog.KindAny:
		n, ok := v.Any().(json.Number)
		f, err := n.Float64()
		return f, ok && err == nil
	}
	return 0, false
}

// isUsual reports whether name is what levelno is called without anybody's doing: Python's own
// name, its "Level 25" for a number without one, or the name the level has here.
func isUsual(name string, levelno int64, level slog.Level) bool {
	switch levelno {
	case 10:
		return name == "DEBUG"
	case 20:
		return name == "INFO"
	case 30:
		return name == "WARNING"
	case 40:
		return name == "ERROR"
	case 50:
		return name == "CRITICAL"
	case 0:
		if name == "NOTSET" {
			return true
		}
	}
	if n, ok := unnamed(name); ok {
		return n == levelno
	}
	return name == record.LevelName(level)
}

// unnamed reads Python's name of a level that has none: "Level 25".
func unnamed(name string) (levelno int64, ok bool) {
	digits, ok := strings.CutPrefix(name, "Level ")
	if !ok {
		return 0, false
	}
	levelno, err := strconv.ParseInt(digits, 10, 64)
	return levelno, err == nil
}

// levelOf tells the level from its name alone. A name that says nothing is kept, at INFO.
func levelOf(name string) (slog.Level, string) {
	if name == "" {
		return record.LevelInfo, ""
	}
	if n, ok := unnamed(name); ok {
		level, _ := record.FromPythonLevel(int(n))
		return level, ""
	}
	level, err := record.ParseLevel(name)
	if err != nil {
		return record.LevelInfo, name
	}
	if name == "NOTSET" || name == record.LevelName(level) {
		name = ""
	}
	return level, name
}
