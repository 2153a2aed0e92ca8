package jackdaw_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/jackdaw-log/jackdaw"
)

func ExampleNewHTTP() {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var records []struct{ Logger, Message string }
		fmt.Println(req.Method, req.URL.Path, req.Header.Get("Authorization"), json.Unmarshal(body, &records), records)
	}))
	defer collector.Close()

	sender, err := jackdaw.NewHTTP(jackdaw.HTTPOptions{URL: collector.URL + "/logs", Body: "array", Token: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := jackdaw.New(jackdaw.Options{})
	if err := h.AddHandler("", sender, jackdaw.HandlerOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	h.Logger("shop.pay").Info("payment taken", "user_id", 42)
	h.Close(context.Background())
	fmt.Println(sender.Stats().Acknowledged, "acknowledged")
	// Output:
	// POST /logs Bearer secret <nil> [{shop.pay payment taken}]
	// 1 acknowledged
}
