package tiktokshop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "120", "-5", "1.5", " 7 ", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"} {
		f.Add(seed, int64(1445412480))
	}
	f.Fuzz(func(t *testing.T, header string, now int64) {
		if got := parseRetryAfter(header, time.Unix(now, 0)); got < 0 || got > maxRetryAfter {
			t.Errorf("%q: %v", header, got)
		}
	})
}

// FuzzAnswerToRetry feeds what an answer can hold to the decision on another attempt.
func FuzzAnswerToRetry(f *testing.F) {
	const date = "Sat, 01 Jan 2000 00:00:00 GMT"
	for _, body := range []string{
		`{"code":0,"message":"Success","request_id":"1","data":{"id":"7362840009596339923"}}`, `{"code":"36009002"}`, `{"code":36009004,"message":"Invalid timestamp."}`,
		`{"code":36009003,"data":[]}`, `{"code":0,"data":{"id":{}}}`, `{"code":1e99}`, `{"code":0,"mess`, "<html>", "", "null", "[]", `{"data":{}}`,
	} {
		f.Add(200, body, "3", date)
		f.Add(429, body, "", "")
		f.Add(503, body, date, "Fri, 31 Dec 9999 23:59:59 GMT")
	}
	client, err := NewClient("key", "secret", WithAccessToken("token"), WithClock(func() time.Time { return time.Unix(946684800, 0) }))
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
		err = inv.decode(&answer{status: status, header: header, body: []byte(body)}, &credentials{token: "token", sign: "sign"}, &data)
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
		if refused.RetryAfter < 0 || refused.RetryAfter > maxRetryAfter {
			t.Errorf("RetryAfter %v", refused.RetryAfter)
		}
		next := inv.decide(context.Background(), new(attempt), err)
		switch class := classify(err); {
		case next.step == signAgain && (next.offset.Abs() > maxClockSkew || refused.kind != ErrClockSkew):
			t.Errorf("clock corrected by %v", next.offset)
		case next.step == renewToken:
			t.Error("a token that cannot be renewed is")
		case next.step == repeat && class != failureNoEffect:
			t.Errorf("a write is repeated after %v", err)
		case next.step == repeat && (next.wait < time.Second || next.wait > inv.cfg.retry.MaxRetryAfter):
			t.Errorf("waits for %v", next.wait)
		case class == failureAmbiguous && !refused.MayHaveTakenEffect():
			t.Errorf("denies an effect: %v", err)
		}
	})
}

// FuzzIdempotencyKeyInABody: JSON of the caller's is sent as it is, with a key of the caller's, or refused.
func FuzzIdempotencyKeyInABody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, ` {"key":""} `, `{"key":"mine"}`, `{"key":null,"a":[{}]}`, `[]`, `{"a":1,"a":2}`, "{\"a\":\"\\u007b\"}\n", `{"key":0}`, `{"a":"}"}`} {
		f.Add(seed)
	}
	op := &Operation{Name: "Fuzz", IdempotencyBody: "key"}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := op.encodeBody(json.RawMessage(body))
		var fields map[string]json.RawMessage
		valid := json.Unmarshal([]byte(body), &fields) == nil
		has := valid && len(fields["key"]) > 0 && string(fields["key"]) != "null" && string(fields["key"]) != `""`
		if has != (err == nil) {
			t.Fatalf("%q: %v", body, err)
		}
		if err == nil && string(got) != body {
			t.Errorf("%q became %q", body, got)
		}
	})
}
