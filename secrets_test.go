package tiktokshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// renderings are the ways in which a value reaches people.
func renderings(v any) map[string]string {
	var failure capture
	assert.Equal(&failure, v, "another value") // prints both in depth
	out := map[string]string{"assertion failure": string(failure)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	b, _ := json.Marshal(v)
	out["json"] = string(b)
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "v", v)
	out["slog text"], out["slog json"] = text.String(), js.String()
	return out
}

// capture is a test that keeps what it is told.
type capture string

func (c *capture) Errorf(format string, args ...any) { *c += capture(fmt.Sprintf(format, args...)) }

// TestNoValueShowsSecrets walks the types that hold a secret, exported or not.
func TestNoValueShowsSecrets(t *testing.T) {
	t.Parallel()
	c := testClient(t, answering(200, `{"code":0}`), WithLogger(slog.New(slog.DiscardHandler)))
	inv, err := c.prepareParams(testOp, testParams)
	require.NoError(t, err)
	_, err = inv.call(t.Context(), new(testData))
	require.NoError(t, err)
	creds := &credentials{token: testToken, sign: "0123456789abcdef0123456789abcdef"}
	type wrapper struct {
		Client  *Client
		client  Client
		signer  Signer
		cfg     config
		service AffiliatePartner
	}
	for _, v := range []any{
		c, *c, &wrapper{c, *c, *c.cfg.signer, *c.cfg, *c.AffiliatePartner}, c.AffiliatePartner,
		*c.AffiliatePartner,
		c.cfg, *c.cfg, c.cfg.signer, *c.cfg.signer, c.cfg.tokens, inv, *inv, inv.scrubber(creds),
		*inv.scrubber(creds),
		WithAccessToken(testToken), []Option{WithAccessToken(testToken)},
	} {
		assertNoSecrets(t, v)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, scrub.Redacted, fmt.Sprintf(verb, *creds))
	}
}

// TestNoErrorShowsSecrets provokes every kind of failure, with servers and transports that quote
// what they were sent.
func TestNoErrorShowsSecrets(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())

	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("redirect followed to another host with %v", r.Header)
	}))
	t.Cleanup(elsewhere.Close)

	echo := func(status int, format string) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			sign, token := r.URL.Query().Get("sign"), r.Header.Get("X-Tts-Access-Token")
			quoted, _ := json.Marshal(
				strings.Join([]string{r.URL.String(), token, testAppSecret, sign}, " "))
			text := fmt.Sprintf(format, quoted)
			return answering(status, text, "X-Tt-Logid", sign, "Location",
				elsewhere.URL+"/?"+r.URL.RawQuery)(r)
		})
	}
	failing := func(wrap func(*http.Request) error) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) { return nil, wrap(r) })
	}
	for name, tc := range map[string]struct {
		rt   http.RoundTripper
		opts []Option
		is   error
	}{
		"dial": {rt: http.DefaultTransport, opts: []Option{WithBaseURL(closed)}},
		"echoing message": {rt: echo(400, `{"code":36009004,"message":%s,"request_id":"R"}`),
			is: ErrInvalidRequest},
		"echoing HTML": {rt: echo(502, `<html>%s</html>`), is: ErrUnavailable},
		"echoing data": {rt: echo(200, `{"code":16032007,"data":{"items":{"a":%s}}}`),
			is: ErrPermission},
		"echoing, cut": {rt: echo(502, strings.Repeat(".", maxErrorBody-60)+"%s"),
			is: ErrUnavailable},
		"too large": {rt: echo(200, strings.Repeat(".", 2000)+"%s"),
			opts: []Option{WithMaxResponseBytes(2100)}, is: ErrResponseTooLarge},
		"cut in an escape": {rt: roundTripper(func(r *http.Request) (*http.Response, error) {
			token := strings.ToLower(url.QueryEscape(r.Header.Get("X-Tts-Access-Token")))
			return answering(502, "<html>token="+token[:len(token)-8])(r)
		}), is: ErrUnavailable},
		"redirect": {rt: echo(307, ``), is: ErrInvalidResponse},
		"unsafe transport": {rt: failing(
			func(r *http.Request) error {
				return fmt.Errorf("%s %v: %w", r.URL, r.Header, io.EOF)
			}), is: io.EOF},
		"nested url.Error": {rt: failing(func(r *http.Request) error {
			return &url.Error{Op: "Post", URL: r.URL.String(), Err: io.ErrUnexpectedEOF}
		}), is: io.ErrUnexpectedEOF},
		"joined errors": {rt: failing(func(r *http.Request) error {
			return errors.Join(io.EOF, fmt.Errorf("quiet: %w", errors.New(r.URL.String())))
		}), is: io.EOF},
		"hidden in a wrapped error": {rt: failing(
			func(r *http.Request) error { return quiet{errors.New(r.URL.String())} })},
		"unreadable body": {rt: roundTripper(func(r *http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader(`{"code":0,`),
				failingReader{fmt.Errorf("reading %s: %w", r.URL, io.ErrUnexpectedEOF)})
			return &http.Response{StatusCode: 200, Body: io.NopCloser(body), ContentLength: -1,
				Request: r}, nil
		}), is: io.ErrUnexpectedEOF},
		"timeout": {rt: failing(
			func(r *http.Request) error { <-r.Context().Done(); return r.Context().Err() }),
			opts: []Option{WithAttemptTimeout(time.Millisecond)}, is: ErrAttemptTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			var sign string
			spy := roundTripper(func(r *http.Request) (*http.Response, error) {
				sign = r.URL.Query().Get("sign")
				return tc.rt.RoundTrip(r)
			})
			logger := slog.New(slog.NewTextHandler(&logged,
				&slog.HandlerOptions{Level: slog.LevelDebug}))
			var dumped bytes.Buffer
			c := testClient(t, spy, append(tc.opts, WithLogger(logger), WithLogBodies(1<<20),
				WithDump(&dumped))...)
			_, err := Do[testData](t.Context(), c, testOp, testParams)
			require.Error(t, err)
			require.Len(t, sign, 64)
			if tc.is != nil {
				assert.ErrorIs(t, err, tc.is)
			}
			assert.Equal(t, name == "unreadable body", apiErrorIsCutShort(err))
			require.NotEmpty(t, logged.String())
			assertNoSecrets(t, logged.String(), sign)
			require.Contains(t, dumped.String(), "# error: ")
			assertNoSecrets(t, dumped.String(), sign)
			walkErrors(err, func(e error) {
				assertNoSecrets(t, e, sign)
				assertNoSecrets(t, e.Error(), sign)
			})
			var apiErr *APIError
			if errors.As(err, &apiErr) {
				assertNoSecrets(t, string(apiErr.Body), sign)
			}
		})
	}
}

// apiErrorIsCutShort reports whether an answer with a status of success did not come whole, after
// which a read is repeated.
func apiErrorIsCutShort(err error) bool {
	var refused *APIError
	return errors.As(err, &refused) && refused.HTTPStatus == 200 && refused.Retryable()
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// quiet says nothing of what it wraps.
type quiet struct{ err error }

func (quiet) Error() string   { return "something went wrong" }
func (q quiet) Unwrap() error { return q.err }

func walkErrors(err error, visit func(error)) {
	if err == nil {
		return
	}
	visit(err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		walkErrors(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			walkErrors(inner, visit)
		}
	}
}

// Input errors must not quote what may be a secret in the wrong place.
func TestInputErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	c := testClient(t, answering(200, `{"code":0}`))
	for _, try := range []func() error{
		func() error {
			_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(),
				&GenerateMultiProductLinkRequest{CampaignID: testToken, ProductIDs: []ID{"1"}})
			return err
		},
		func() error {
			_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(),
				&GenerateMultiProductLinkRequest{CampaignID: "1", ProductIDs: []ID{testToken}})
			return err
		},
		func() error {
			_, err := Do[testData](t.Context(), c, testOp,
				Params{Path: map[string]string{"id": testToken}})
			return err
		},
		func() error { _, err := NewClient(testAppSecret+"\n", "s"); return err },
		func() error { _, err := c.With(WithAccessToken(testToken + " ")); return err },
		func() error {
			_, err := c.With(WithBaseURL("https://u:" + testToken + "@x%zz"))
			return err
		},
	} {
		err := try()
		var inputErr *InputError
		require.ErrorAs(t, err, &inputErr)
		assertNoSecrets(t, err)
	}
}
