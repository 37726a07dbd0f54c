package scrub

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
)

// platformToken is of the form that the platform's have, foreignToken of none.
const (
	platformToken = "ROW_Fw8rBwAAAAAkW03FYd09DG9INtpw361hWthei8S3fHX8iPJ5AUv99fLSCYD9"
	foreignToken  = "f3a8c1d07be94421a5e6c09d11f2"
)

// TestForeign: nobody knows the secrets in these texts.
func TestForeign(t *testing.T) {
	t.Parallel()
	stored := fmt.Sprintf(`{"format":1,"token":{"access_token":"%s","refresh_token":"%s"}}`,
		platformToken, foreignToken)
	quoted, _ := json.Marshal(stored)
	twice, _ := json.Marshal(string(quoted))
	type pair struct{ AccessToken, RefreshToken string }
	for _, tc := range []struct{ name, text string }{
		{"a record", stored},
		{"a record in quotes", string(quoted)},
		{"a record in quotes in quotes", string(twice)},
		{"a record with spaces", strings.ReplaceAll(stored, ":", " : ")},
		{"a record that is cut", stored[:len(stored)-8]},
		{"a record, printed with %q", fmt.Sprintf("%q", stored)},
		{"a short token", `{"access_token":"ab12cd34"}`},
		{"a token with a quote", `{"access_token":"ab12\"cd34ef"}`},
		{"a query", "GET /?" + url.Values{"access_token": {platformToken}, "refreshToken": {foreignToken}}.Encode()},
		{"a query in a query", url.QueryEscape("refresh_token=" + foreignToken)},
		{"a struct", fmt.Sprintf("%+v", pair{platformToken, foreignToken})},
		{"a struct in Go", fmt.Sprintf("%#v", pair{platformToken, foreignToken})},
		{"a header", "x-tts-access-token: " + foreignToken},
		{"headers", fmt.Sprint(http.Header{"X-Tts-Access-Token": {foreignToken}})},
		{"a bearer", "Authorization: Bearer " + foreignToken},
		{"a bearer in prose", "the bearer " + foreignToken + " is not known"},
		{"the app secret", "app_secret=" + foreignToken},
		{"a token without a name", "no such row: " + platformToken},
		{"a token in base64", base64.StdEncoding.EncodeToString([]byte(platformToken))},
		{"a token in hexadecimal", hex.EncodeToString([]byte(platformToken))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := Foreign(fmt.Errorf("cannot read %s: %w", tc.text, io.EOF))
			require.ErrorIs(t, err, io.EOF)
			assert.Contains(t, err.Error(), "cannot read ")
			assert.Contains(t, err.Error(), Redacted)
			for _, secret := range []string{platformToken, foreignToken} {
				for _, part := range []string{secret, secret[:20], secret[8:],
					hex.EncodeToString([]byte(secret)),
					base64.RawStdEncoding.EncodeToString([]byte(secret))[:24]} {
					assert.NotContains(t, err.Error(), part)
				}
			}
			for _, part := range []string{"ab12", "cd34"} {
				assert.NotContains(t, err.Error(), part)
			}
			assert.NotContains(t, fmt.Sprintf("%+v %#v", err, err), foreignToken)
		})
	}
}

// TestForeignLeaves what only speaks of secrets.
func TestForeignLeaves(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "the access token has expired", "refresh_token: expired", "access_token is missing",
		"access_token=", `{"access_token":""}`,
		"access_token: [redacted]", "invalid refresh_token 7494560109732334261",
		"Authorization: Bearer", "the bearer of bad news",
		"token: the refresh token of open id open-1 was refused at 2026-11-26T02:00:00Z: code 36004005",
		"ROW_short", "THROW_IT_AWAY", "dial tcp 127.0.0.1:6379: connect: connection refused",
		"access_token",
	} {
		err := errors.New(text)
		assert.Same(t, err, Foreign(err), text)
	}
	require.NoError(t, Foreign(nil))
	assert.Equal(t, "is [redacted]", Foreign(errors.New("is "+foreignToken), foreignToken).Error())
}

func TestMemory(t *testing.T) {
	t.Parallel()
	err := errors.New("the token " + foreignToken + " is not known")
	assert.Same(t, err, (*Memory)(nil).Foreign(err))
	(*Memory)(nil).Keep(foreignToken)
	m := new(Memory)
	assert.Same(t, err, m.Foreign(err))
	m.Keep("another-token")
	m.Keep(foreignToken)
	m.Keep(foreignToken)
	assert.Equal(t, "the token [redacted] is not known", m.Foreign(err).Error())
	assert.Equal(t, "the token [redacted] is not known", m.Foreign(err, "other").Error())
	secrettest.AssertHides(t, m, foreignToken)
	m.Keep("another-token")
	assert.Same(t, err, m.Foreign(err))
}

// TestMemoryIsFree as long as the secret stays the same: a source is asked before each attempt.
func TestMemoryIsFree(t *testing.T) {
	m := new(Memory)
	m.Keep(foreignToken)
	assert.Zero(t, testing.AllocsPerRun(10, func() { m.Keep(foreignToken) }))
}

// Errors that say more to some than to others.
type (
	formatted struct{ secret string }
	valued    struct{ secret string }
	encoded   struct{ secret string }
	texted    struct{ secret string }
	inGo      struct{ secret string }
	temporary struct{ text string }
	effective struct{ text string }
	both      struct {
		temporary
		effect bool
	}
)

func (formatted) Error() string                { return "formatted" }
func (e formatted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "at "+e.secret) }
func (valued) Error() string                   { return "valued" }
func (e valued) LogValue() slog.Value {
	return slog.GroupValue(slog.String("t", e.secret))
}
func (encoded) Error() string                  { return "encoded" }
func (e encoded) MarshalJSON() ([]byte, error) { return json.Marshal(e.secret) }
func (texted) Error() string                   { return "texted" }
func (e texted) MarshalText() ([]byte, error)  { return []byte(e.secret), nil }
func (inGo) Error() string                     { return "in Go" }
func (e inGo) GoString() string                { return "inGo(" + e.secret + ")" }
func (e temporary) Error() string              { return e.text }
func (temporary) Retryable() bool              { return true }
func (e effective) Error() string              { return e.text }
func (effective) MayHaveTakenEffect() bool     { return false }
func (e both) MayHaveTakenEffect() bool        { return e.effect }

// TestErrorForOthers: the text of these is clean, what they say to fmt and log/slog is not.
func TestErrorForOthers(t *testing.T) {
	t.Parallel()
	for _, dirty := range []error{formatted{token}, valued{token}, encoded{token}, texted{token},
		inGo{token}} {
		for _, err := range []error{dirty, fmt.Errorf("wrapped: %w", dirty),
			errors.Join(io.EOF, dirty)} {
			got := New(token).Error(err)
			assert.Equal(t, New(token).Text(err.Error()), got.Error())
			require.ErrorIs(t, got, dirty)
			secrettest.AssertHides(t, got, token)
		}
	}
	assert.Equal(t, formatted{"quiet"}, New(token).Error(formatted{"quiet"}))
}

// TestErrorKeeps what holds no secret, and what the SDK asks errors for.
func TestErrorKeeps(t *testing.T) {
	t.Parallel()
	s := New(token)
	quiet := &json.SyntaxError{Offset: 7}
	got := s.Error(fmt.Errorf("reading %s: %w", token, fmt.Errorf("again: %w", quiet)))
	var syntax *json.SyntaxError
	require.ErrorAs(t, got, &syntax)
	assert.Same(t, quiet, syntax)
	assert.NotErrorAs(t, s.Error(temporary{token}), new(temporary), "which shows the secret")

	var again interface{ Retryable() bool }
	var effect interface{ MayHaveTakenEffect() bool }
	for _, tc := range []struct {
		name               string
		err                error
		isAgain, isEffect  bool
		canAgain, hasTaken bool
	}{
		{name: "neither", err: errors.New(token)},
		{name: "Retryable", err: temporary{token}, isAgain: true, canAgain: true},
		{name: "MayHaveTakenEffect", err: effective{token}, isEffect: true},
		{name: "both", err: both{temporary{token}, true}, isAgain: true, isEffect: true,
			canAgain: true, hasTaken: true},
		{name: "inside", err: fmt.Errorf("%s: %w", token, both{temporary{"clean"}, true}),
			isAgain: true, isEffect: true, canAgain: true, hasTaken: true},
		{name: "dirty inside", err: fmt.Errorf("quiet: %w", effective{token}), isEffect: true},
	} {
		got := s.Error(tc.err)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", got, got, got), token, tc.name)
		if assert.Equal(t, tc.isAgain, errors.As(got, &again), tc.name) && tc.isAgain {
			assert.Equal(t, tc.canAgain, again.Retryable(), tc.name)
		}
		if assert.Equal(t, tc.isEffect, errors.As(got, &effect), tc.name) && tc.isEffect {
			assert.Equal(t, tc.hasTaken, effect.MayHaveTakenEffect(), tc.name)
		}
	}
}

// FuzzForeign: no text makes it fail, and what stands in quotes under the name of a token is never
// left.
func FuzzForeign(f *testing.F) {
	f.Add(`"access_token":`, "abc")
	f.Add(`\"access_token\":\"`, `\\`)
	f.Add("bearer ROW_%25", "&#x22;")
	f.Fuzz(func(t *testing.T, before, after string) {
		err := Foreign(errors.New(before + `"refresh_token":"` + foreignToken + `"` + after))
		require.NotContains(t, err.Error(), foreignToken)
	})
}
