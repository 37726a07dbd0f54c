package accounts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Account is a seller, creator or partner who has authorized the app. It holds no secret.
type Account struct {
	// OpenID identifies the account, for this app.
	OpenID string
	// UserType is the kind of account.
	UserType token.UserType
	// Name is the account's name.
	Name string
	// Region is the account's home region, such as "GB".
	Region string
	// Scopes are the access scopes granted, as the newest token came with them; nil if that is not
	// known.
	Scopes []string
	// Shops are a seller's shops that the app may act in.
	Shops []Shop
	// CategoryAssets are a partner's business categories that the app may act in.
	CategoryAssets []authorization.CategoryAsset
	// AuthorizedAt is when the account was added, the last time.
	AuthorizedAt time.Time
	// LookedUpAt is when Shops and CategoryAssets were asked for; zero if they never were.
	LookedUpAt time.Time
}

// Shop is a shop of a seller's account.
type Shop struct {
	authorization.AuthorizedShop
	// Inactive is set if the platform does not list the shop as an active one. An account without
	// the scope seller.shop.info cannot ask, and has it never.
	Inactive bool `json:"inactive,omitempty"`
}

// record is what an Index has of an account. Each part says when it was found out, and of two
// records the newer part of each counts: machines that save one account at once lose nothing of
// each other's for longer than until the next look at the list.
type record struct {
	Format       int        `json:"format"`
	AuthorizedAt time.Time  `json:"authorized_at,omitzero"`
	Token        tokenFacts `json:"token,omitzero"`
	Lookup       lookup     `json:"lookup,omitzero"`
	Trouble      trouble    `json:"trouble,omitzero"`
	Ends         ending     `json:"ends,omitzero"`
	// ShopTroubles are when shops were said to be deauthorized.
	ShopTroubles map[tiktokshop.ID]time.Time `json:"shop_troubles,omitempty"`
	Told         told                        `json:"told,omitzero"`
}

// recordFormat is the version of the encoding.
const recordFormat = 1

// tokenFacts are what a token says beside its secrets.
type tokenFacts struct {
	At          time.Time      `json:"at"`
	Name        string         `json:"name,omitempty"`
	Region      string         `json:"region,omitempty"`
	UserType    token.UserType `json:"user_type"`
	Scopes      []string       `json:"scopes,omitempty"`
	AccessUntil time.Time      `json:"access_until,omitzero"`
	Until       time.Time      `json:"until,omitzero"` // the end of the authorization
}

// lookup is what the platform said about an account's shops or category assets.
type lookup struct {
	At     time.Time                     `json:"at"`
	Shops  []Shop                        `json:"shops,omitempty"`
	Assets []authorization.CategoryAsset `json:"assets,omitempty"`
}

// trouble is why the account must authorize the app again; none if Reason is "".
type trouble struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	// Cause is who says so, which decides what ends it beside a new token.
	Cause cause `json:"cause,omitempty"`
}

// cause is who says that an account must authorize the app again.
type cause string

const (
	causeToken   cause = "token"    // the platform, of the account's token
	causeNoToken cause = "no_token" // the store, which may find it again
	causeEvent   cause = "event"    // an event, which a successful lookup refutes
)

// ending is the end of the authorization as an event told it.
type ending struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until,omitzero"`
}

// told is which problems the hook was told of, by whichever machine.
type told struct {
	At   time.Time `json:"at"`
	Keys []string  `json:"keys,omitempty"`
}

func (r *record) encode() []byte {
	r.Format = recordFormat
	b, _ := json.Marshal(r) // texts, numbers and times always encode
	return b
}

// decodeRecord reads a record. No data is an account of which nothing is known yet.
func decodeRecord(data []byte) (*record, error) {
	r := new(record)
	if len(bytes.TrimSpace(data)) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("the index has what is no account: %w", err)
	}
	if r.Format > recordFormat {
		return nil, fmt.Errorf("the account has format %d, of a newer SDK", r.Format)
	}
	return r, nil
}

// later is the time at which a part that follows another was found out: now, but after the other
// one, whatever the clocks of the machines say.
func later(than, now time.Time) time.Time {
	now = now.Round(0).UTC()
	if now.After(than) {
		return now
	}
	return than.Add(1)
}

// merge takes over what another record knows better.
func (r *record) merge(other *record) {
	if other.AuthorizedAt.After(r.AuthorizedAt) {
		r.AuthorizedAt = other.AuthorizedAt
	}
	if other.Token.At.After(r.Token.At) {
		r.Token = other.Token
	}
	if other.Lookup.At.After(r.Lookup.At) {
		r.Lookup = other.Lookup
	}
	if other.Trouble.At.After(r.Trouble.At) {
		r.Trouble = other.Trouble
	}
	if other.Ends.At.After(r.Ends.At) {
		r.Ends = other.Ends
	}
	if other.Told.At.After(r.Told.At) {
		r.Told = other.Told
	}
	for shop, at := range other.ShopTroubles {
		if at.After(r.ShopTroubles[shop]) {
			r.noteShop(shop, at)
		}
	}
	r.settle()
}

func (r *record) noteShop(shop tiktokshop.ID, at time.Time) {
	if r.ShopTroubles == nil {
		r.ShopTroubles = make(map[tiktokshop.ID]time.Time)
	}
	r.ShopTroubles[shop] = at
}

// settle drops what a newer authorization, or a newer list of the shops, has ended.
func (r *record) settle() {
	maps.DeleteFunc(r.ShopTroubles, func(_ tiktokshop.ID, at time.Time) bool {
		return !at.After(r.AuthorizedAt) || !at.After(r.Lookup.At)
	})
	if !r.Ends.At.After(r.AuthorizedAt) {
		r.Ends.Until = time.Time{}
	}
}

// authorize is what a new authorization changes.
func (r *record) authorize(t *token.Token, now time.Time) {
	r.AuthorizedAt = later(r.AuthorizedAt, now)
	r.renew(t, now)
	r.settle()
}

// renew is what a new token changes.
func (r *record) renew(t *token.Token, now time.Time) {
	r.learn(t, now)
	r.setTrouble("", "", now)
}

// learn takes over what a token says. What a refresh leaves out stays as it was.
func (r *record) learn(t *token.Token, now time.Time) {
	old := r.Token
	r.Token = tokenFacts{
		At: later(old.At, now), Name: t.SellerName, Region: t.SellerRegion, UserType: t.UserType,
		Scopes:      slices.Clone(t.GrantedScopes),
		AccessUntil: t.AccessTokenExpiresAt.UTC(), Until: t.RefreshTokenExpiresAt.UTC(),
	}
	if t.OpenID == "" {
		r.Token.UserType = old.UserType
	}
	if t.SellerName == "" {
		r.Token.Name = old.Name
	}
	if t.SellerRegion == "" {
		r.Token.Region = old.Region
	}
	if t.GrantedScopes == nil {
		r.Token.Scopes = old.Scopes
	}
	if t.RefreshToken.IsZero() {
		r.Token.Until = old.Until
	}
}

// setTrouble notes why the account must authorize again, "" for no reason, and reports whether that
// is news.
func (r *record) setTrouble(reason string, by cause, now time.Time) bool {
	if (r.Trouble.Reason == "") == (reason == "") {
		return false
	}
	r.Trouble = trouble{later(r.Trouble.At, now), reason, by}
	return true
}

// until is the end of the authorization, zero if it is not known.
func (r *record) until() time.Time {
	if end := r.Ends.Until; !end.IsZero() && (r.Token.Until.IsZero() || end.Before(r.Token.Until)) {
		return end
	}
	return r.Token.Until
}

func (r *record) account(openID string) Account {
	shops := slices.Clone(r.Lookup.Shops)
	return Account{
		OpenID: openID, UserType: r.Token.UserType, Name: r.Token.Name, Region: r.Token.Region,
		Scopes: slices.Clone(r.Token.Scopes), Shops: shops,
		CategoryAssets: slices.Clone(r.Lookup.Assets),
		AuthorizedAt:   r.AuthorizedAt, LookedUpAt: r.Lookup.At,
	}
}

// kind is the kind of account that the scopes of operations speak of, "" if it is another.
func (r *record) kind() string {
	switch r.Token.UserType {
	case token.UserTypeSeller, token.UserTypeGlobalSeller, token.UserTypeGlobalSellerNew:
		if r.Token.At.IsZero() {
			return "" // 0 is also what an account has whose token was never seen
		}
		return kindSeller
	case token.UserTypeCreator:
		return kindCreator
	case token.UserTypePartner, token.UserTypePartnerAccount:
		return kindPartner
	}
	return ""
}

const (
	kindSeller  = "seller"
	kindCreator = "creator"
	kindPartner = "partner"
)
