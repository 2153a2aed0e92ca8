package jackdaw_test

import (
	"context"
	"fmt"

	"github.com/jackdaw-log/jackdaw"
)

// A handler's filter is written as a query is.
func ExampleParseFilter() {
	filter, err := jackdaw.ParseFilter(`logger:shop refused -path:/health`)
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	h.AddHandler("", text(), jackdaw.HandlerOptions{Filter: filter})
	h.Logger("shop.pay").Info("Connection refused", "path", "/api/orders")
	h.Logger("shop.pay").Info("Connection refused", "path", "/health")
	h.Logger("mail").Info("Connection refused")
	h.Close(context.Background())

	_, err = jackdaw.ParseFilter(`levle:warning`)
	fmt.Println(err)
	// Output:
	// level=INFO msg="Connection refused" logger=shop.pay path=/api/orders
	// filter "levle:warning", column 1: field "levle" is unknown; did you mean level? (an attr of that name is attrs.levle)
}
