// Package tokenhost reads what the host answers that exchanges codes and refreshes tokens.
package tokenhost

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/scalar"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Token reads the fields of a token. An odd one is left out: it must not cost a pair that the
// platform hands out once.
func Token(fields map[string]json.RawMessage) *token.Token {
	read := func(name string, into any) {
		if raw, ok := fields[name]; ok {
			_ = json.Unmarshal(raw, into)
		}
	}
	var t token.Token
	var accessUntil, refreshUntil seconds
	var userType number
	read("access_token", &t.AccessToken)
	read("access_token_expire_in", &accessUntil) // absolute, in spite of its name
	read("refresh_token", &t.RefreshToken)
	read("refresh_token_expire_in", &refreshUntil)
	read("open_id", &t.OpenID)
	read("seller_name", &t.SellerName)
	read("seller_base_region", &t.SellerRegion)
	read("user_type", &userType)
	read("granted_scopes", &t.GrantedScopes)
	t.AccessTokenExpiresAt, t.RefreshTokenExpiresAt = accessUntil.Time, refreshUntil.Time
	t.UserType = token.UserType(userType)
	t.GrantedScopes = slices.DeleteFunc(t.GrantedScopes, func(s string) bool { return s == "" })
	return &t
}

// seconds is a time in Unix seconds.
type seconds struct{ time.Time }

func (s *seconds) UnmarshalJSON(b []byte) error {
	return scalar.Unix(b, "seconds", &s.Time, time.Second)
}

// number is a whole number, in a text or not.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	text, err := scalar.Text(b, "number")
	if err != nil {
		return err
	}
	value, err := strconv.ParseInt(text, 10, 64)
	*n = number(value)
	return err
}
