package tokenhost

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestToken(t *testing.T) {
	t.Parallel()
	at := time.Unix(1660556783, 0)
	for _, tt := range []struct {
		name, answer string
		want         token.Token
	}{
		{"as documented", `{"access_token":"a","access_token_expire_in":1660556783,"refresh_token":"r","refresh_token_expire_in":1660556783,
			"open_id":"7","seller_name":"Jane","seller_base_region":"ID","user_type":0,"granted_scopes":["x",""]}`,
			token.Token{AccessTokenExpiresAt: at, RefreshTokenExpiresAt: at, OpenID: "7",
				SellerName: "Jane", SellerRegion: "ID", GrantedScopes: []string{"x"}}},
		{"numbers in texts",
			`{"access_token":"a","access_token_expire_in":"1660556783","refresh_token":"r","user_type":"3"}`,
			token.Token{AccessTokenExpiresAt: at, UserType: 3}},
		{"odd fields cost no pair",
			`{"access_token":"a","access_token_expire_in":"soon","refresh_token":"r","open_id":7,"user_type":{},"granted_scopes":"x"}`,
			token.Token{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var fields map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(tt.answer), &fields))
			got := Token(fields)
			assert.Equal(t, "a", got.AccessToken.Reveal())
			assert.Equal(t, "r", got.RefreshToken.Reveal())
			got.AccessToken, got.RefreshToken = token.Secret{}, token.Secret{}
			assert.Equal(t, &tt.want, got)
		})
	}
}
