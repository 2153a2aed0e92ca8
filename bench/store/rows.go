package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// rows is a row for each record, an index for each way to look for one, and FTS5 over the words.
type rows struct {
	db                    *sql.DB
	insert, words, rollup *sql.Stmt
	encoder               *record.Encoder
}

func openRows(dir string) (engine, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "rows.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_pragma=cache_size(-65536)")
	if err != nil {
		return nil, err
	}
	r := &rows{db: db, encoder: new(record.Encoder)}
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS record(id INTEGER PRIMARY KEY, time INTEGER, level INTEGER, logger TEXT, json TEXT)",
		"CREATE INDEX IF NOT EXISTS record_time ON record(time)",
		"CREATE INDEX IF NOT EXISTS record_logger ON record(logger, level, time)",
		"CREATE TABLE IF NOT EXISTS minute(minute INTEGER, level INTEGER, n INTEGER, PRIMARY KEY(minute, level)) WITHOUT ROWID",
		"CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, content='', detail=none, tokenize='ascii')",
	} {
		if _, err := db.Exec(statement); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *rows) keep(ctx context.Context, b *batch) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if r.insert == nil {
		for _, p := range []struct {
			statement **sql.Stmt
			text      string
		}{
			{&r.insert, "INSERT INTO record(time, level, logger, json) VALUES(?, ?, ?, ?)"}, {&r.words, "INSERT INTO words(rowid, text) VALUES(?, ?)"},
			{&r.rollup, "INSERT INTO minute VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"},
		} {
			if *p.statement, err = r.db.PrepareContext(ctx, p.text); err != nil {
				return err
			}
		}
	}
	insert, words, minutes := tx.Stmt(r.insert), tx.Stmt(r.words), tx.Stmt(r.rollup)
	counts := map[[2]int64]int{}
	var json []byte
	for i := range b.records {
		rec := &b.records[i]
		json = r.encoder.AppendJSON(json[:0], rec)
		result, err := insert.Exec(rec.Time.UnixNano(), int64(rec.Level), rec.Logger, string(json))
		if err != nil {
			return err
		}
		id, err := result.LastInsertId()
		if err != nil {
			return err
		}
		if _, err := words.Exec(id, text(rec)); err != nil {
			return err
		}
		counts[[2]int64{rec.Time.Unix() / 60, int64(rec.Level)}]++
	}
	for key, n := range counts {
		if _, err := minutes.Exec(key[0], key[1], n); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// text is what words are looked for in.
func text(r *record.Record) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(r.Message))
	for _, a := range r.Attrs {
		b.WriteByte(' ')
		b.WriteString(strings.ToLower(a.Value.String()))
	}
	if r.Exception != nil {
		b.WriteByte(' ')
		b.WriteString(strings.ToLower(r.Exception.Traceback))
	}
	return b.String()
}

func (r *rows) settle(context.Context) error { return nil }

func (r *rows) close() error { return r.db.Close() }

func (r *rows) find(ctx context.Context, q *question) (int, error) {
	where, from := q.where, "record"
	if strings.HasPrefix(where, "words ") {
		from = "words JOIN record ON record.id = words.rowid"
	}
	switch {
	case q.span > 0:
		return -1, nil // each hit of FTS5 would be looked up for its time
	case q.ask == one:
		return r.number(ctx, "SELECT count(json) FROM record WHERE id = 6008")
	case q.ask == histogram && where == "":
		return r.minutes(ctx, "SELECT minute, level, n FROM minute ORDER BY 1, 2")
	case q.ask == count && where == "" && q.filter == "":
		return r.number(ctx, "SELECT sum(n) FROM (SELECT logger, level, count(*) AS n FROM record GROUP BY 1, 2)")
	case where == "":
		return -1, nil // there is no index for it
	case q.ask == histogram:
		return r.minutes(ctx, "SELECT time / 60000000000, level, count(*) FROM "+from+" WHERE "+where+" GROUP BY 1, 2")
	case q.ask == count:
		return r.number(ctx, "SELECT count(*) FROM words WHERE "+where)
	case from != "record": // by id, which goes up with time nearly always, and is what FTS5 can do quickly
		return r.lines(ctx, "SELECT json, time, level FROM "+from+" WHERE "+where+" ORDER BY words.rowid DESC LIMIT 100")
	}
	return r.lines(ctx, "SELECT json, time, level FROM "+from+" WHERE "+where+" ORDER BY time DESC LIMIT 100")
}

func (r *rows) number(ctx context.Context, query string) (n int, err error) {
	err = r.db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// minutes counts the different minutes of rows that begin with one, and are in their order.
func (r *rows) minutes(ctx context.Context, query string) (n int, err error) {
	rows, err := r.db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	last := int64(-1)
	for rows.Next() {
		var minute, level, records int64
		if err := rows.Scan(&minute, &level, &records); err != nil {
			return 0, err
		}
		if minute != last {
			last = minute
			n++
		}
	}
	return n, rows.Err()
}

func (r *rows) lines(ctx context.Context, query string) (n int, err error) {
	rows, err := r.db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b, c any
		if err := rows.Scan(&a, &b, &c); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
