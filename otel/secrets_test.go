package oteltiktokshop_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	oteltiktokshop "github.com/tiktokshop-go/tiktokshop/otel"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// aToken has characters that each escape writes otherwise.
const aToken = `ROW_a+b/c="d"&Fw8rBwAAAAAkW03FYd09DG9INtpw361hWthei8S3fHX8iPJ5AUv99fLSCYD9`

// spellings are the forms in which a text that holds a secret may quote it.
func spellings(secret string) map[string]string {
	quoted, _ := json.Marshal(secret) // a text always encodes
	return map[string]string{
		"plain": secret, "URL": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"JSON":      strings.Trim(string(quoted), `"`),
		"base64":    base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// failing is a token source, a store and a transport that say too much.
type failing struct{ text string }

func (f failing) AccessToken(context.Context) (token.Secret, error) {
	return token.Secret{}, errors.New(f.text)
}

func (f failing) Load(context.Context, token.Key) ([]byte, int64, error) {
	return nil, 0, errors.New(f.text)
}
func (f failing) Save(context.Context, token.Key, []byte, int64) error { return errors.New(f.text) }
func (f failing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New(f.text)
}

// savingFails is a store that loads, and quotes what it could not save.
type savingFails struct {
	token.Store
	spell string
}

func (s *savingFails) Save(_ context.Context, _ token.Key, data []byte, _ int64) error {
	var stored any
	if err := json.Unmarshal(data, &stored); err != nil {
		return err
	}
	var quoted []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, inner := range v {
				walk(inner)
			}
		case string:
			quoted = append(quoted, spellings(v)[s.spell])
		}
	}
	walk(stored)
	return fmt.Errorf("cannot write %s", strings.Join(quoted, " "))
}

// TestNoToken: whatever a program's own token source, store or transport says in its errors, no
// span and no metric has a token.
func TestNoToken(t *testing.T) {
	t.Parallel()
	for spelling, text := range spellings(aToken) {
		text = "could not use " + text + " for this"
		for what, opt := range map[string]tiktokshop.Option{
			"source": tiktokshop.WithTokenSource(failing{text}),
			"store":  nil,
			"transport": func() tiktokshop.Option {
				return tiktokshop.WithHTTPClient(&http.Client{Transport: failing{text}})
			}(),
		} {
			t.Run(what+", "+spelling, func(t *testing.T) {
				t.Parallel()
				te, srv := newTelemetry(), platform(t)
				opts := []tiktokshop.Option{tiktokshop.WithObserver(
					must(oteltiktokshop.NewObserver(te.opts...))), tiktokshop.WithoutRetry()}
				if what == "transport" {
					opts = append(opts, tiktokshop.WithAccessToken(aToken))
				}
				client := srv.Client(opts...)
				if opt == nil {
					source, err := client.Auth.TokenSource(token.SourceOptions{OpenID: "one",
						Store: failing{text}})
					require.NoError(t, err)
					opt = tiktokshop.WithTokenSource(source)
				}
				require.Error(t, links(t.Context(), must(client.With(opt))))
				holdsNone(t, te, aToken)
			})
		}
		t.Run("saving, "+spelling, func(t *testing.T) {
			t.Parallel()
			te, srv := newTelemetry(), platform(t)
			client := srv.Client(tiktokshop.WithObserver(
				must(oteltiktokshop.NewObserver(te.opts...))), tiktokshop.WithoutRetry())
			srv.AddAccount(tiktokshoptest.Account{OpenID: "one", UserType: token.UserTypePartner})
			pair, err := client.Auth.ExchangeCode(t.Context(), srv.IssueCode("one"))
			require.NoError(t, err)
			store := &savingFails{Store: token.NewMemoryStore(), spell: spelling}
			good, err := client.Auth.TokenSource(token.SourceOptions{OpenID: "one",
				Store: store.Store})
			require.NoError(t, err)
			require.NoError(t, good.Put(t.Context(), pair))
			source, err := client.Auth.TokenSource(token.SourceOptions{
				// the token has ended
				OpenID: "one", Store: store,
				Now: func() time.Time { return time.Now().Add(30 * 24 * time.Hour) },
			})
			require.NoError(t, err)
			require.Error(t,
				links(t.Context(), must(client.With(tiktokshop.WithTokenSource(source)))))
			holdsNone(t, te, pair.AccessToken.Reveal(), pair.RefreshToken.Reveal())
		})
	}
}

// holdsNone looks for secrets in everything that was reported.
func holdsNone(t *testing.T, te *telemetry, secrets ...string) {
	t.Helper()
	spans := te.spans.GetSpans()
	require.NotEmpty(t, spans)
	failed := false
	everything := fmt.Sprintf("%+v %v", spans, te.points(t))
	for _, s := range spans {
		failed = failed || s.Status.Description != ""
	}
	assert.True(t, failed, "a span says what went wrong")
	for _, secret := range secrets {
		for spelling, text := range spellings(secret) {
			assert.NotContains(t, everything, text, spelling)
		}
		assert.NotContains(t, everything, secret[len(secret)-20:], "not a part either")
	}
}
