package filter

// Bounds are what a [Need] says about times and levels alone.
type Bounds struct {
	// Level are the levels that can match.
	Level NeedLevel
	// Time and Received are when the record was logged and received. Zero is no bound.
	Time, Received NeedTime
}

// None reports whether no record can match.
func (b Bounds) None() bool {
	return b.Level.Min > b.Level.Max || b.Time.none() || b.Received.none()
}

func (n NeedTime) none() bool { return !n.From.IsZero() && !n.To.IsZero() && !n.From.Before(n.To) }

// BoundsOf returns the bounds that a Need sets to all records that meet it.
func BoundsOf(n Need) Bounds {
	b := Bounds{Level: NeedLevel{MinLevel, MaxLevel}, Received: NeedTime{Received: true}}
	switch n := n.(type) {
	case NeedAll:
		for _, part := range n {
			b.narrow(BoundsOf(part))
		}
	case NeedAny:
		b = Bounds{Level: NeedLevel{MaxLevel, MinLevel}}
		for i, part := range n {
			if p := BoundsOf(part); i == 0 || b.None() {
				b = p
			} else if !p.None() {
				b.widen(p)
			}
		}
	case NeedLevel:
		b.Level = n
	case NeedTime:
		if n.Received {
			b.Received = n
		} else {
			b.Time = n
		}
	}
	return b
}

func (b *Bounds) narrow(o Bounds) {
	b.Level = NeedLevel{max(b.Level.Min, o.Level.Min), min(b.Level.Max, o.Level.Max)}
	b.Time.narrow(o.Time)
	b.Received.narrow(o.Received)
}

func (b *Bounds) widen(o Bounds) {
	b.Level = NeedLevel{min(b.Level.Min, o.Level.Min), max(b.Level.Max, o.Level.Max)}
	b.Time.widen(o.Time)
	b.Received.widen(o.Received)
}

func (n *NeedTime) narrow(o NeedTime) {
	if o.From.After(n.From) {
		n.From = o.From
	}
	if n.To.IsZero() || !o.To.IsZero() && o.To.Before(n.To) {
		n.To = o.To
	}
}

func (n *NeedTime) widen(o NeedTime) {
	if o.From.Before(n.From) {
		n.From = o.From
	}
	if o.To.IsZero() || !n.To.IsZero() && o.To.After(n.To) {
		n.To = o.To
	}
}
