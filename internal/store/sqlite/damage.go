package sqlite

import (
	"fmt"
	"slices"
	"sync"
)

// Damage is something in the files that is not what was written.
type Damage struct {
	File string
	What string
}

func (d Damage) String() string { return d.File + ": " + d.What }

// maxDamage bounds the damage that is remembered.
const maxDamage = 1000

// damage remembers what was found.
type damage struct {
	mu    sync.Mutex // guards found
	found []Damage
}

// add remembers damage and tells of it, once.
func (d *damage) add(file, what string, tell func(string)) {
	one := Damage{file, what}
	d.mu.Lock()
	known := slices.Contains(d.found, one) || len(d.found) == maxDamage
	if !known {
		d.found = append(d.found, one)
	}
	d.mu.Unlock()
	if !known {
		tell(fmt.Sprintf("store: damage: %v", one))
	}
}

func (d *damage) list() []Damage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.found)
}
