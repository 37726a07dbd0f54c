package tiktokshop_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const week = 7 * 24 * time.Hour

var errStoreDown = errors.New("store down")

// TestClientTypesHideTokens is the walk over the client's types that can hold a token.
func TestClientTypesHideTokens(t *testing.T) {
	t.Parallel()
	pair := token.Token{
		OpenID: "open-1", AccessToken: token.NewSecret("acc-secret/+="),
		RefreshToken: token.NewSecret("ref-secret\"<&"),
	}
	app := newApp(t)
	source, err := app.Auth.TokenSource(token.SourceOptions{OpenID: "open-1",
		Store: token.NewMemoryStore()})
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), &pair))
	client, err := app.With(tiktokshop.WithTokenSource(source))
	require.NoError(t, err)
	static, err := app.With(tiktokshop.WithAccessToken(pair.AccessToken.Reveal()))
	require.NoError(t, err)
	for _, v := range []any{
		source, client, static, client.Auth, authorization.New(client),
		&tiktokshop.Callback{Code: pair.AccessToken},
		authorization.WidgetToken{Token: pair.AccessToken},
	} {
		secrettest.AssertHides(t, v, pair.AccessToken.Reveal(), pair.RefreshToken.Reveal(),
			"app-secret-e59af819cc")
	}
}
