package web

import (
	_ "embed"
	"net/http"
	"slices"
)

// openapi describes the API as OpenAPI 3.1 does.
//
//go:embed openapi.json
var openapi []byte

// openapi answers with the description of the API.
func (c *call) openapi() error {
	c.write(http.StatusOK, slices.Clip(openapi))
	return nil
}
