package receiver

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// unpackers are readers of packed bodies, which are dear to make.
type unpackers struct{ gzip, zstd sync.Pool }

// open returns a reader of what is packed in b, in use until done is called.
func (u *unpackers) open(encoding string, b []byte) (src io.Reader, done func(), err error) {
	from := bytes.NewReader(b)
	if encoding == "zstd" {
		z, _ := u.zstd.Get().(*zstd.Decoder)
		if z == nil {
			z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow))
			if err != nil {
				return nil, nil, err
			}
		}
		if err := z.Reset(from); err != nil {
			return nil, nil, err
		}
		return z, func() { _ = z.Reset(nil); u.zstd.Put(z) }, nil
	}
	z, _ := u.gzip.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	if err := z.Reset(from); err != nil {
		return nil, nil, err
	}
	return z, func() { u.gzip.Put(z) }, nil
}
