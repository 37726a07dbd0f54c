package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// An on-call program asks the same questions of every error.
func ExampleRetryable() {
	client := exampleClient()
	_, err := affiliatepartner.New(client).ListCampaigns(context.Background(), nil)
	switch {
	case err == nil:
	case tiktokshop.Retryable(err):
		fmt.Println("later", tiktokshop.HTTPStatus(err), tiktokshop.RequestID(err))
	case tiktokshop.NeedsReauthorization(err):
		fmt.Println("ask the account's owner to authorize again")
	default:
		fmt.Println("look at it:", err)
	}
	// Output: later 503 202309010000EXAMPLE
}

// exampleClient is one whose calls the platform fails.
func exampleClient() *tiktokshop.Client {
	client, _ := tiktokshop.NewClient("key", "secret", tiktokshop.WithAccessToken("token"),
		tiktokshop.WithCategoryAssetCipher("cipher"),
		tiktokshop.WithoutRetry(), withAnswer(503,
			`{"code":36009003,"message":"internal error","request_id":"202309010000EXAMPLE"}`))
	return client
}

// withAnswer answers every request alike.
func withAnswer(status int, body string, headers ...string) tiktokshop.Option {
	return withTransport(func(req *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h,
			Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	})
}

func TestQuestionsOfErrors(t *testing.T) {
	t.Parallel()
	call := func(opts ...tiktokshop.Option) error {
		client, err := tiktokshop.NewClient("key", "secret", append([]tiktokshop.Option{
			tiktokshop.WithAccessToken("token"), tiktokshop.WithCategoryAssetCipher("cipher"),
			tiktokshop.WithoutRetry(),
		}, opts...)...)
		if err != nil {
			return err
		}
		_, err = affiliatepartner.New(client).ListCampaigns(t.Context(), nil)
		return err
	}
	answered := func(status, code int, headers ...string) error {
		return call(withAnswer(status, fmt.Sprintf(`{"code":%d,"request_id":"r1"}`, code),
			headers...))
	}
	broken := func(cause error) error {
		return call(withTransport(func(*http.Request) (*http.Response, error) {
			return nil, cause
		}))
	}
	noToken := func(cause error) error {
		return call(tiktokshop.WithTokenSource(failingSource{cause}))
	}
	refusedToken := &token.RefusedError{Key: token.Key{OpenID: "o"}}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	client := tiktokshoptest.NewServer(t).Client()
	_, endedErr := affiliatepartner.New(client).ListCampaigns(ended, nil)
	_, unsent := client.AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{})
	limited, unavailable := answered(429, 36009002), answered(503, 36009003)
	_, optionErr := tiktokshop.NewClient("", "")

	for _, tc := range []struct {
		name             string
		err              error
		retryable, again bool // again: the owner has to authorize
		requestID        string
		status           int
	}{
		{"none", nil, false, false, "", 0},
		{"not the SDK's", errors.New("x"), false, false, "", 0},
		{"throttled", limited, true, false, "r1", 429},
		{"unavailable", unavailable, true, false, "r1", 503},
		{"a log id only", call(withAnswer(502, "<html>", "X-Tt-Logid", "l1")), true, false, "l1",
			502},
		{"cut short", call(withAnswer(200, `{"code":0,"data":{`)), true, false, "", 200},
		{"no JSON", call(withAnswer(200, "<html>")), false, false, "", 200},
		{"too large",
			call(withAnswer(200, `{"code":0,"message":"x"}`), tiktokshop.WithMaxResponseBytes(5)),
			false, false, "", 200},
		{"quota of the day", answered(200, 36009037), false, false, "r1", 200},
		{"bad request", answered(400, 36009010), false, false, "r1", 400},
		{"business error", answered(200, 12345), false, false, "r1", 200},
		{"no permission", answered(200, 105005), false, false, "r1", 200},
		{"expired token", answered(200, 105002), false, false, "r1", 200},
		{"token withdrawn", answered(200, 105001), false, true, "r1", 200},
		{"connection refused", broken(&net.OpError{Op: "dial", Err: errors.New("refused")}), true,
			false, "", 0},
		{"connection broken", broken(io.ErrUnexpectedEOF), true, false, "", 0},
		{"wrong scheme", broken(http.ErrSchemeMismatch), false, false, "", 0},
		{"caller's context", endedErr, false, false, "", 0},
		{"bad input", unsent, false, false, "", 0},
		{"bad option", optionErr, false, false, "", 0},
		{"token store down", noToken(errors.New("database is down")), true, false, "", 0},
		{"token unusable", call(tiktokshop.WithTokenSource(failingSource{nil})), false, false, "",
			0},
		{"token refused", noToken(refusedToken), false, true, "", 0},
		{"token in doubt", noToken(&token.RefusedError{InDoubt: true}), true, false, "", 0},
		{"no token stored", noToken(token.ErrNone), false, true, "", 0},
		{"refresh unavailable", noToken(fmt.Errorf("refresh: %w", unavailable)), true, false, "r1",
			503},
		{"token source's deadline", noToken(context.DeadlineExceeded), false, false, "", 0},
		{"token not saved", &token.UnsavedError{Err: errors.New("down")}, false, false, "", 0},
		{"token's bad input", &token.InputError{Field: "store", Reason: "is nil"}, false, false, "",
			0},
		{"content of a file",
			&tiktokshop.ContentError{Operation: "o", Field: "f", Err: io.ErrUnexpectedEOF}, false,
			false, "", 0},
		{"links stopped by an outage",
			&affiliatepartner.LinksStoppedError{NotTried: 3,
				Err: fmt.Errorf("%w: %w", affiliatepartner.ErrLinksUnreachable,
					unavailable)}, true, false, "r1", 503},
		{"links stopped by a refusal",
			&affiliatepartner.LinksStoppedError{NotTried: 3, Err: answered(200, 105001)}, false,
			true, "r1", 200},
		{"wrapped", fmt.Errorf("sync: %w", limited), true, false, "r1", 429},
		{"joined, all may pass", errors.Join(limited, unavailable), true, false, "r1", 429},
		{"joined, one will not", errors.Join(limited, unsent), false, false, "r1", 429},
		{"joined with another's", errors.Join(errors.New("x"), limited), true, false, "r1", 429},
		{"success in part", &tiktokshop.PartialError{Items: []tiktokshop.ItemError{{Item: "1"}}},
			false, false, "", 0},
		{"a kind by itself", fmt.Errorf("x: %w", tiktokshop.ErrRateLimited), true, false, "", 0},
		{"another kind by itself", fmt.Errorf("x: %w", tiktokshop.ErrRefreshTokenInvalid), false,
			true, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.retryable, tiktokshop.Retryable(tc.err), "Retryable: %v", tc.err)
			assert.Equal(t, tc.again, tiktokshop.NeedsReauthorization(tc.err),
				"NeedsReauthorization: %v", tc.err)
			assert.Equal(t, tc.requestID, tiktokshop.RequestID(tc.err), "RequestID: %v", tc.err)
			assert.Equal(t, tc.status, tiktokshop.HTTPStatus(tc.err), "HTTPStatus: %v", tc.err)
		})
	}
}

// failingSource has no token, or an empty one.
type failingSource struct{ err error }

func (s failingSource) AccessToken(context.Context) (token.Secret, error) {
	return token.Secret{}, s.err
}

// The end of an attempt's time and that of the caller's patience are told apart, in kind and in
// text.
func TestTimeLimitsAreToldApart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		opts      []tiktokshop.Option
		deadline  time.Duration // the caller's; 0 gives up without one
		kind      error
		text      string
		retryable bool
	}{
		{"the attempt's", []tiktokshop.Option{tiktokshop.WithAttemptTimeout(time.Second)},
			time.Minute,
			tiktokshop.ErrAttemptTimeout, "no answer: attempt timed out: no answer within 1s",
			true},
		{"the caller's", []tiktokshop.Option{tiktokshop.WithAttemptTimeout(time.Minute)},
			time.Second,
			context.DeadlineExceeded,
			"no answer: the caller's deadline passed: context deadline exceeded", false},
		{"the caller cancels", nil, 0, context.Canceled,
			"no answer: the caller gave up: context canceled", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, err := tiktokshop.NewClient("key", "secret",
					append(tc.opts, tiktokshop.WithAccessToken("token"), tiktokshop.WithoutRetry(),
						tiktokshop.WithCategoryAssetCipher("cipher"),
						withTransport(func(req *http.Request) (*http.Response, error) {
							<-req.Context().Done()
							return nil, req.Context().Err()
						}))...)
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				if tc.deadline > 0 {
					ctx, cancel = context.WithTimeout(t.Context(), tc.deadline)
				} else {
					time.AfterFunc(time.Second, cancel)
				}
				defer cancel()
				_, err = affiliatepartner.New(client).ListCampaigns(ctx, nil)
				for _, kind := range []error{tiktokshop.ErrAttemptTimeout, context.DeadlineExceeded,
					context.Canceled} {
					assert.Equal(t, kind == tc.kind, errors.Is(err, kind), "%v is %v", err, kind)
				}
				assert.EqualError(t, err, "tiktokshop: affiliatepartner.ListCampaigns: "+tc.text)
				assert.Equal(t, tc.retryable, tiktokshop.Retryable(err))
			})
		})
	}
}
