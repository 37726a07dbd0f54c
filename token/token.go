package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// UserType is the kind of account that gave an authorization. The set is open.
type UserType int

// The kinds of account known. Other numbers may appear.
const (
	UserTypeSeller          UserType = 0
	UserTypeCreator         UserType = 1
	UserTypePartnerAccount  UserType = 2 // seen in the list of test tokens only
	UserTypePartner         UserType = 3 // affiliate partner (TAP) or creator agency (CAP)
	UserTypeGlobalSeller    UserType = 4
	UserTypeGlobalSellerNew UserType = 5
)

// String names the kinds that calls depend on, "user type 7" the others.
func (u UserType) String() string {
	switch u {
	case UserTypeSeller:
		return "seller"
	case UserTypeCreator:
		return "creator"
	case UserTypePartner:
		return "partner"
	}
	return "user type " + strconv.Itoa(int(u))
}

// Token is an authorization: the pair of tokens that a seller, creator or partner granted the app,
// and for whom. Printed or logged it shows everything but the tokens. MarshalBinary encodes it
// whole, for a place that may hold secrets; JSON is refused, so that none leaks into a log and none
// is stored masked.
type Token struct {
	// AccessToken goes with every call. It lives for 7 days.
	AccessToken Secret
	// AccessTokenExpiresAt is the end of its life, zero if the platform named none.
	AccessTokenExpiresAt time.Time
	// RefreshToken gets the next pair. Take it as used up once it was used.
	RefreshToken Secret
	// RefreshTokenExpiresAt is the end of the authorization, zero if the platform named none.
	RefreshTokenExpiresAt time.Time
	// OpenID identifies the account that gave the authorization, for this app.
	OpenID string
	// SellerName is the account's name; partners and creators have one here too.
	SellerName string
	// SellerRegion is the account's home region, such as "GB".
	SellerRegion string
	// UserType is the kind of account.
	UserType UserType
	// GrantedScopes are the access scopes granted; a creator may have left some out.
	GrantedScopes []string
	// ReceivedAt is when the pair came from the platform, by this machine's clock.
	ReceivedAt time.Time
}

// Equal reports whether two tokens are the same in every field. Times are compared to the second.
func (t Token) Equal(o Token) bool {
	return t.AccessToken.Equal(o.AccessToken) && t.RefreshToken.Equal(o.RefreshToken) &&
		unixOrZero(t.AccessTokenExpiresAt) == unixOrZero(o.AccessTokenExpiresAt) &&
		unixOrZero(t.RefreshTokenExpiresAt) == unixOrZero(o.RefreshTokenExpiresAt) &&
		unixOrZero(t.ReceivedAt) == unixOrZero(o.ReceivedAt) &&
		t.OpenID == o.OpenID && t.SellerName == o.SellerName && t.SellerRegion == o.SellerRegion &&
		t.UserType == o.UserType && slices.Equal(t.GrantedScopes, o.GrantedScopes)
}

// Format prints the token without its secrets, whatever the verb.
func (t Token) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f,
		"token.Token{open id %s, %s, access token %s until %s, refresh token %s until %s}",
		t.OpenID, t.UserType, t.AccessToken.mask(), timeText(t.AccessTokenExpiresAt),
		t.RefreshToken.mask(), timeText(t.RefreshTokenExpiresAt))
}

// LogValue groups the token's fields for log/slog, without its secrets.
func (t Token) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("open_id", t.OpenID),
		slog.String("user_type", t.UserType.String()),
		slog.Time("access_token_expires_at", t.AccessTokenExpiresAt),
		slog.Time("refresh_token_expires_at", t.RefreshTokenExpiresAt),
		slog.Any("granted_scopes", t.GrantedScopes),
	)
}

var errTokenEncoding = errors.New(
	"token: a Token does not encode to JSON by itself: use MarshalBinary, in a place that may hold secrets")

// MarshalJSON refuses; see MarshalBinary.
func (Token) MarshalJSON() ([]byte, error) { return nil, errTokenEncoding }

// UnmarshalJSON refuses; see UnmarshalBinary.
func (*Token) UnmarshalJSON([]byte) error { return errTokenEncoding }

// MarshalBinary encodes the token with its secrets in plain text, for a place that may hold them.
func (t Token) MarshalBinary() ([]byte, error) { return json.Marshal(t.stored()) }

// UnmarshalBinary decodes what MarshalBinary made.
func (t *Token) UnmarshalBinary(b []byte) error {
	var st storedToken
	if err := json.Unmarshal(b, &st); err != nil {
		return errors.New("token: not an encoded Token") // the decoder's error could quote it
	}
	*t = st.token()
	return nil
}

// storedToken is a Token as it is stored. It prints masked like a Token: its secrets are still
// Secrets.
type storedToken struct {
	AccessToken           storedSecret `json:"access_token"`
	AccessTokenExpiresAt  unixTime     `json:"access_token_expires_at"`
	RefreshToken          storedSecret `json:"refresh_token"`
	RefreshTokenExpiresAt unixTime     `json:"refresh_token_expires_at"`
	OpenID                string       `json:"open_id,omitempty"`
	SellerName            string       `json:"seller_name,omitempty"`
	SellerRegion          string       `json:"seller_region,omitempty"`
	UserType              UserType     `json:"user_type"`
	GrantedScopes         []string     `json:"granted_scopes,omitempty"`
	ReceivedAt            unixTime     `json:"received_at"`
}

// storedSecret is a Secret that encodes.
type storedSecret struct{ Secret }

func (s storedSecret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Reveal()) }

func (t Token) stored() storedToken {
	return storedToken{
		AccessToken:           storedSecret{t.AccessToken},
		AccessTokenExpiresAt:  unixTime{t.AccessTokenExpiresAt},
		RefreshToken:          storedSecret{t.RefreshToken},
		RefreshTokenExpiresAt: unixTime{t.RefreshTokenExpiresAt},
		OpenID:                t.OpenID, SellerName: t.SellerName, SellerRegion: t.SellerRegion,
		UserType: t.UserType, GrantedScopes: t.GrantedScopes, ReceivedAt: unixTime{t.ReceivedAt},
	}
}

func (s storedToken) token() Token {
	return Token{
		AccessToken: s.AccessToken.Secret, AccessTokenExpiresAt: s.AccessTokenExpiresAt.Time,
		RefreshToken: s.RefreshToken.Secret, RefreshTokenExpiresAt: s.RefreshTokenExpiresAt.Time,
		OpenID: s.OpenID, SellerName: s.SellerName, SellerRegion: s.SellerRegion,
		UserType: s.UserType, GrantedScopes: s.GrantedScopes, ReceivedAt: s.ReceivedAt.Time,
	}
}

// completedFrom fills in what a refresh left out with what was known before.
func (t Token) completedFrom(old Token) Token {
	if t.RefreshToken.IsZero() {
		t.RefreshToken, t.RefreshTokenExpiresAt = old.RefreshToken, old.RefreshTokenExpiresAt
	}
	if t.OpenID == "" {
		t.OpenID, t.UserType = old.OpenID, old.UserType
	}
	if t.SellerName == "" {
		t.SellerName = old.SellerName
	}
	if t.SellerRegion == "" {
		t.SellerRegion = old.SellerRegion
	}
	if t.GrantedScopes == nil {
		t.GrantedScopes = old.GrantedScopes
	}
	return t
}

// problem tells what keeps a token from being stored and used, nil if nothing does.
func (t Token) problem() error {
	return errors.Join(
		credentialError("access token", t.AccessToken.Reveal()),
		credentialError("refresh token", t.RefreshToken.Reveal()))
}

// problemOfNew tells what keeps a token that came from a refresh from being stored, nil if nothing
// does. It may lack what completedFrom fills in.
func (t Token) problemOfNew() error {
	if t.RefreshToken.IsZero() {
		return credentialError("access token", t.AccessToken.Reveal())
	}
	return t.problem()
}

// credentialError tells what keeps a string from being sent as a token or an id, nil if nothing
// does.
func credentialError(field, s string) error {
	switch {
	case s == "":
		return &InputError{field, "is empty"}
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return &InputError{field, "contains white space or a control character"}
	}
	return nil
}

// unixTime is a time that is stored as Unix seconds, the zero time as 0.
type unixTime struct{ time.Time }

func (t unixTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, unixOrZero(t.Time), 10), nil
}

func (t *unixTime) UnmarshalJSON(b []byte) error {
	var seconds int64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	if seconds != 0 {
		t.Time = time.Unix(seconds, 0)
	}
	return nil
}

func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}

// Key says whose token it is.
type Key struct {
	// AppKey is the app that was authorized.
	AppKey string
	// OpenID is the account that authorized it.
	OpenID string
}
