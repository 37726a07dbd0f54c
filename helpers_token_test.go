package tiktokshop_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const week = 7 * 24 * time.Hour

var errStoreDown = errors.New("store down")

// assertHides prints, logs and encodes a value in every usual way, by itself and inside others, and looks for the
// secrets.
func assertHides(t *testing.T, v any, secrets ...string) {
	t.Helper()
	type exported struct{ V any }
	type hidden struct{ v any }
	for _, value := range []any{v, &v, exported{v}, &exported{v}, hidden{v}, []any{v}, map[string]any{"k": v}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			assertNone(t, v, verb, fmt.Sprintf(verb, value), secrets)
		}
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

// TestClientTypesHideTokens is the walk over the client's types that can hold a token.
func TestClientTypesHideTokens(t *testing.T) {
	t.Parallel()
	pair := token.Token{
		OpenID: "open-1", AccessToken: token.NewSecret("acc-secret/+="), RefreshToken: token.NewSecret("ref-secret\"<&"),
	}
	app := newApp(t)
	source, err := app.Auth.TokenSource(token.SourceOptions{OpenID: "open-1", Store: token.NewMemoryStore()})
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), &pair))
	client, err := app.With(tiktokshop.WithTokenSource(source))
	require.NoError(t, err)
	static, err := app.With(tiktokshop.WithAccessToken(pair.AccessToken.Reveal()))
	require.NoError(t, err)
	for _, v := range []any{
		source, client, static, client.Auth, client.Authorization,
		&tiktokshop.Callback{Code: pair.AccessToken}, tiktokshop.WidgetToken{Token: pair.AccessToken},
	} {
		assertHides(t, v, pair.AccessToken.Reveal(), pair.RefreshToken.Reveal(), "app-secret-e59af819cc")
	}
}
