package chunk

import (
	"github.com/jackdaw-log/jackdaw/record"
)

// Chunk is a chunk as it is read: a part is loaded when it is needed, and of it what is needed is
// decompressed. A Chunk is not for concurrent use.
type Chunk struct {
	codec *Codec
	n     int
	load  func(which Part, dst []byte) ([]byte, error)
	bufs  buffers

	head   *head
	said   *said
	attrs  *attrs
	origin *origin
}

// New returns a chunk of so many records, whose parts load appends to dst.
func New(c *Codec, records int, load func(which Part, dst []byte) ([]byte, error)) *Chunk {
	return &Chunk{codec: c, n: records, load: load, bufs: buffers{free: &c.free}}
}

// Release lets the memory that the chunk was read into be used for others. The chunk is not to be used any more; what
// it returned is good for ever.
func (c *Chunk) Release() {
	c.bufs.release()
	c.head, c.said, c.attrs, c.origin, c.load = nil, nil, nil, nil, nil
}

// partBytes is about how large a part is.
const partBytes = 64 << 10

// Records returns how many there are.
func (c *Chunk) Records() int { return c.n }

func (c *Chunk) open(which Part) (*part, error) {
	if c.n < 0 || c.n > MaxRecords {
		return nil, corrupt("%d records", c.n)
	}
	b, err := c.load(which, c.bufs.take(partBytes))
	if err != nil {
		return nil, err
	}
	return openPart(c.codec, &c.bufs, b)
}

func (c *Chunk) theHead() (*head, error) {
	if c.head == nil {
		p, err := c.open(Head)
		if err != nil {
			return nil, err
		}
		if c.head, err = openHead(p, c.n); err != nil {
			c.head = nil
			return nil, err
		}
	}
	return c.head, nil
}

func (c *Chunk) theSaid() (*said, error) {
	if c.said == nil {
		p, err := c.open(Said)
		if err != nil {
			return nil, err
		}
		s, err := openSaid(p, c.n)
		if err != nil {
			return nil, err
		}
		c.said = s
	}
	return c.said, nil
}

func (c *Chunk) theAttrs() (*attrs, error) {
	if c.attrs == nil {
		p, err := c.open(Attrs)
		if err != nil {
			return nil, err
		}
		a, err := openAttrs(p, c.n)
		if err != nil {
			return nil, err
		}
		c.attrs = a
	}
	return c.attrs, nil
}

func (c *Chunk) theOrigin() (*origin, error) {
	if c.origin == nil {
		h, err := c.theHead()
		if err != nil {
			return nil, err
		}
		moments, err := h.moment()
		if err != nil {
			return nil, err
		}
		p, err := c.open(Origin)
		if err != nil {
			return nil, err
		}
		o, err := openOrigin(p, c.n, moments)
		if err != nil {
			return nil, err
		}
		c.origin = o
	}
	return c.origin, nil
}

// Moments returns when each record was logged: see [store.Moment]. The slice is the chunk's.
func (c *Chunk) Moments() ([]int64, error) {
	h, err := c.theHead()
	if err != nil {
		return nil, err
	}
	return h.moment()
}

// IDs returns the ids of all records. The slice is the chunk's.
func (c *Chunk) IDs() ([]record.ID, error) {
	h, err := c.theHead()
	if err != nil {
		return nil, err
	}
	return h.id()
}

// Record returns the record of a row.
func (c *Chunk) Record(row int) (r record.Record, err error) {
	h, err := c.theHead()
	if err != nil {
		return r, err
	}
	s, err := c.theSaid()
	if err != nil {
		return r, err
	}
	a, err := c.theAttrs()
	if err != nil {
		return r, err
	}
	o, err := c.theOrigin()
	if err != nil {
		return r, err
	}
	if err = h.fill(&r, row); err != nil {
		return record.Record{}, err
	}
	if err = s.fill(&r, row); err != nil {
		return record.Record{}, err
	}
	if r.Attrs, err = a.of(row); err != nil {
		return record.Record{}, err
	}
	o.fill(&r, row)
	return r, nil
}
