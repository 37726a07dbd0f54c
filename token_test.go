package tiktokshop_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

// assertHides prints, logs and encodes a value in every usual way, by itself and inside others, and looks for the secrets.
func assertHides(t *testing.T, v any, secrets ...string) {
	t.Helper()
	assertPrintsNo(t, v, secrets...)
	for _, value := range around(v) {
		var out bytes.Buffer
		b, _ := json.Marshal(value) // an error is as good as a mask
		out.Write(b)
		b, _ = xml.Marshal(value)
		out.Write(b)
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("m", "v", value)
		}
		assertNone(t, v, "encoded or logged", out.String(), secrets)
	}
}

// assertPrintsNo is the part of assertHides that holds for the types that are made to be encoded.
func assertPrintsNo(t *testing.T, v any, secrets ...string) {
	t.Helper()
	for _, value := range around(v) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			assertNone(t, v, verb, fmt.Sprintf(verb, value), secrets)
		}
	}
}

// around returns a value by itself and inside others.
func around(v any) []any {
	type exported struct{ V any }
	type hidden struct{ v any }
	return []any{v, &v, exported{v}, &exported{v}, hidden{v}, []any{v}, map[string]any{"k": v}}
}

func assertNone(t *testing.T, v any, how, out string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		numbers := fmt.Sprint([]byte(s))
		for _, form := range []string{s, fmt.Sprintf("%x", s), fmt.Sprintf("%X", s), numbers[1 : len(numbers)-1]} {
			if strings.Contains(out, form) {
				t.Errorf("%T shows %q, %s", v, s, how)
			}
		}
	}
}

func sampleToken() tiktokshop.Token {
	return tiktokshop.Token{
		AccessToken: tiktokshop.NewSecret("acc-secret/+="), AccessTokenExpiresAt: time.Unix(1660556783, 0),
		RefreshToken: tiktokshop.NewSecret("ref-secret\"<&"), RefreshTokenExpiresAt: time.Unix(1691487031, 0),
		OpenID: "open-1", SellerName: "Jenny's <Shop>", SellerRegion: "GB", UserType: tiktokshop.UserTypePartner,
		GrantedScopes: []string{"a.b", "c"}, ReceivedAt: time.Unix(1660000000, 0),
	}
}

func TestTokenEncodesWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	token := sampleToken()
	b, err := token.MarshalBinary()
	require.NoError(t, err)
	var back tiktokshop.Token
	require.NoError(t, back.UnmarshalBinary(b))
	assert.True(t, back.Equal(token))
	assert.Equal(t, token.AccessToken.Reveal(), back.AccessToken.Reveal())

	var buf bytes.Buffer // gob would leave the secrets out, silently, without MarshalBinary
	require.NoError(t, gob.NewEncoder(&buf).Encode(token))
	var gobbed tiktokshop.Token
	require.NoError(t, gob.NewDecoder(&buf).Decode(&gobbed))
	assert.True(t, gobbed.Equal(token))

	_, err = json.Marshal(token)
	assert.ErrorContains(t, err, "MarshalBinary")
	_, err = json.Marshal(struct{ T *tiktokshop.Token }{&token})
	assert.Error(t, err)
	assert.Error(t, json.Unmarshal([]byte(`{"access_token":"x"}`), &back))
	assert.Error(t, back.UnmarshalBinary([]byte(`{"access_token":7`)))
	_, err = json.Marshal(token.AccessToken)
	assert.Error(t, err)
}

func TestTokenEqual(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*tiktokshop.Token){
		"access":  func(t *tiktokshop.Token) { t.AccessToken = tiktokshop.NewSecret("x") },
		"refresh": func(t *tiktokshop.Token) { t.RefreshToken = tiktokshop.Secret{} },
		"expiry":  func(t *tiktokshop.Token) { t.AccessTokenExpiresAt = time.Time{} },
		"scopes":  func(t *tiktokshop.Token) { t.GrantedScopes = nil },
		"open id": func(t *tiktokshop.Token) { t.OpenID = "" },
	} {
		other := sampleToken()
		change(&other)
		assert.False(t, sampleToken().Equal(other), name)
	}
	assert.True(t, sampleToken().Equal(sampleToken()))
}

func TestUserTypeNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "partner", tiktokshop.UserTypePartner.String())
	assert.Equal(t, "user type 9", tiktokshop.UserType(9).String())
}

// TestTokenTypesHideSecrets is the walk over every type that can hold a token.
func TestTokenTypesHideSecrets(t *testing.T) {
	t.Parallel()
	token := sampleToken()
	secrets := []string{token.AccessToken.Reveal(), token.RefreshToken.Reveal()}
	app := newApp(t)
	store := tiktokshop.NewMemoryTokenStore()
	source, err := app.Auth.TokenSource(tiktokshop.TokenSourceOptions{OpenID: "open-1", Store: store})
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), &token))
	file, err := tiktokshop.NewFileTokenStore(t.TempDir())
	require.NoError(t, err)
	encrypted, err := tiktokshop.EncryptTokens(store, newAEAD(t, 1))
	require.NoError(t, err)
	client, err := app.With(tiktokshop.WithTokenSource(source))
	require.NoError(t, err)
	static, err := app.With(tiktokshop.WithAccessToken(token.AccessToken.Reveal()))
	require.NoError(t, err)
	for _, v := range []any{
		token, &token, token.AccessToken, store, source, file, encrypted, client, static, client.Auth, client.Authorization,
		tiktokshop.TokenSourceOptions{OpenID: "open-1", Store: store},
		&tiktokshop.Callback{Code: token.AccessToken},
		&tiktokshop.UnsavedTokenError{Token: token, Err: assert.AnError},
		tiktokshop.WidgetToken{Token: token.AccessToken},
	} {
		assertHides(t, v, append(secrets, "app-secret-e59af819cc")...)
	}
	for _, v := range tiktokshop.InternalTokenValues(token) {
		assertPrintsNo(t, v, secrets...)
	}
	assert.Contains(t, fmt.Sprintf("%+v", token), "open-1")
}

func FuzzTokenUnmarshalBinary(f *testing.F) {
	b, _ := sampleToken().MarshalBinary()
	f.Add(b)
	f.Add([]byte(`{"access_token":null,"user_type":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var token tiktokshop.Token
		if token.UnmarshalBinary(b) != nil {
			return
		}
		again, err := token.MarshalBinary()
		require.NoError(t, err)
		var back tiktokshop.Token
		require.NoError(t, back.UnmarshalBinary(again))
		assert.True(t, back.Equal(token))
	})
}
