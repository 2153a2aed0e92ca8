package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// The layout of a file. What is written is for ever: a change is a new version, and a step that makes it of
// the one before.
const (
	applicationID = 0x4a4b4457 // JKDW
	pageSize      = 4096
)

var schema = []string{
	`CREATE TABLE pending(id INTEGER PRIMARY KEY, data BLOB NOT NULL)`,
	`CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL)`,
	`CREATE TABLE part(id INTEGER PRIMARY KEY, data BLOB NOT NULL)`,
	`CREATE TABLE grid(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, chunks INTEGER NOT NULL, lots INTEGER NOT NULL)`,
	`CREATE TABLE lot(id INTEGER PRIMARY KEY, data BLOB NOT NULL)`,
	`CREATE TABLE pair(id INTEGER PRIMARY KEY, logger BLOB NOT NULL, level INTEGER NOT NULL)`,
	`CREATE TABLE position(epoch INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, item INTEGER NOT NULL)`,
}

// step makes a file of one version one of the next.
type step func(ctx context.Context, c *sql.Conn) error

// layouts returns the steps from version 1 on. There are none yet.
func layouts() []step { return []step{} }

// newest is the version that the last of the steps makes.
func newest(steps []step) int { return 1 + len(steps) }

// versionOf returns the version of a file; 0 is an empty one.
func versionOf(ctx context.Context, c *sql.Conn, name string) (int, error) {
	var version, application int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version == 0 {
		return 0, nil
	}
	if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return 0, err
	}
	if application != applicationID {
		return 0, fmt.Errorf("%s is a SQLite file of another program", name)
	}
	return version, nil
}

// migrate brings a file to the newest version, in one transaction for each step.
func migrate(ctx context.Context, c *sql.Conn, name string, steps []step) error {
	version, err := versionOf(ctx, c, name)
	if err != nil {
		return err
	}
	if highest := newest(steps); version > highest {
		return &NewerError{File: name, Version: version, Highest: highest}
	}
	if version == 0 {
		err := transact(ctx, c, func() error {
			for _, statement := range schema {
				if _, err := c.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return setVersion(ctx, c, 1)
		})
		if err != nil {
			return fmt.Errorf("lay out %s: %w", name, err)
		}
		version = 1
	}
	for ; version < newest(steps); version++ {
		err := transact(ctx, c, func() error {
			if err := steps[version-1](ctx, c); err != nil {
				return err
			}
			return setVersion(ctx, c, version+1)
		})
		if err != nil {
			return fmt.Errorf("bring %s from layout %d to %d: %w", name, version, version+1, err)
		}
	}
	return nil
}

func setVersion(ctx context.Context, c *sql.Conn, version int) error {
	for pragma, value := range map[string]int{"application_id": applicationID, "user_version": version} {
		if _, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA %s = %d", pragma, value)); err != nil {
			return err
		}
	}
	return nil
}

// transact runs f in a transaction, which is as if it had never been if f returns an error.
func transact(ctx context.Context, c *sql.Conn, f func() error) error {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if _, err = c.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
	}
	_, _ = c.ExecContext(context.Background(), "ROLLBACK") // there may be none left to roll back
	return err
}
