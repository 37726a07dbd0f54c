package tiktokshop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/clock"
)

// FuzzAnswerToRetry feeds what an answer can hold to the decision on another attempt.
func FuzzAnswerToRetry(f *testing.F) {
	const date = "Sat, 01 Jan 2000 00:00:00 GMT"
	for _, body := range []string{
		`{"code":0,"message":"Success","request_id":"1","data":{"id":"7362840009596339923"}}`,
		`{"code":"36009002"}`, `{"code":36009004,"message":"Invalid timestamp."}`,
		`{"code":36009003,"data":[]}`, `{"code":0,"data":{"id":{}}}`, `{"code":1e99}`,
		`{"code":0,"mess`, "<html>", "", "null", "[]", `{"data":{}}`,
	} {
		f.Add(200, body, "3", date)
		f.Add(429, body, "", "")
		f.Add(503, body, date, "Fri, 31 Dec 9999 23:59:59 GMT")
	}
	client, err := NewClient("key", "secret", WithAccessToken("token"),
		WithClock(func() time.Time { return time.Unix(946684800, 0) }))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body, retryAfter, date string) {
		op := &Operation{Name: "Fuzz", Method: http.MethodPost, Path: "/fuzz"}
		inv, err := client.prepareParams(op, Params{})
		if err != nil {
			t.Fatal(err)
		}
		inv.made = 1
		var data struct {
			ID ID `json:"id"`
		}
		header := http.Header{"Retry-After": {retryAfter}, "Date": {date}}
		err = inv.decode(&answer{status: status, header: header, body: []byte(body)},
			&credentials{token: "token", sign: "sign"}, &data)
		if err == nil {
			if status < 200 || status > 299 || !json.Valid([]byte(body)) {
				t.Errorf("success of status %d and body %q", status, body)
			}
			return
		}
		var refused *APIError
		if !errors.As(err, &refused) {
			t.Fatalf("%T", err)
		}
		if refused.RetryAfter < 0 || refused.RetryAfter > 24*time.Hour {
			t.Errorf("RetryAfter %v", refused.RetryAfter)
		}
		next := inv.decide(context.Background(), new(attempt), err)
		switch class := classify(err); {
		case next.step == signAgain && (next.offset.Abs() > clock.MaxSkew ||
			refused.kind != ErrClockSkew):
			t.Errorf("clock corrected by %v", next.offset)
		case next.step == renewToken:
			t.Error("a token that cannot be renewed is")
		case next.step == repeat && class != failureNoEffect:
			t.Errorf("a write is repeated after %v", err)
		case next.step == repeat && (next.wait < time.Second ||
			next.wait > inv.cfg.retry.MaxRetryAfter):
			t.Errorf("waits for %v", next.wait)
		case class == failureAmbiguous && !refused.MayHaveTakenEffect():
			t.Errorf("denies an effect: %v", err)
		}
	})
}
