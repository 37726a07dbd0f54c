package accounts

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// at is a moment so many minutes after the records of the tests begin.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 1, 12, minutes, 0, 0, time.UTC)
}

// TestRecordsMerge: of each part the newer one counts, in whichever of the two records it is.
func TestRecordsMerge(t *testing.T) {
	t.Parallel()
	a := func() *record {
		return &record{
			AuthorizedAt: at(0), Token: tokenFacts{At: at(1), Name: "a"},
			Lookup:  lookup{At: at(2), Shops: make([]Shop, 1)},
			Trouble: trouble{At: at(3), Reason: "a"}, Ends: ending{At: at(4), Until: at(1000)},
			Told:         told{At: at(5), Keys: []string{"a"}},
			ShopTroubles: map[tiktokshop.ID]time.Time{"both": at(6), "a": at(7)},
		}
	}
	b := func() *record {
		return &record{
			AuthorizedAt: at(0), Token: tokenFacts{At: at(11), Name: "b"},
			Lookup:  lookup{At: at(2).Add(1), Shops: make([]Shop, 2)},
			Trouble: trouble{At: at(13), Reason: "b"}, Ends: ending{At: at(14), Until: at(2000)},
			Told:         told{At: at(15), Keys: []string{"b"}},
			ShopTroubles: map[tiktokshop.ID]time.Time{"both": at(16), "b": at(17)},
		}
	}
	want := b()
	want.ShopTroubles["a"] = at(7)
	for name, merged := range map[string]struct {
		into,
		other *record
	}{"newer into older": {a(), b()}, "older into newer": {b(), a()}} {
		merged.into.merge(merged.other)
		assert.Equal(t, want, merged.into, name)
	}

	again := &record{AuthorizedAt: at(60)}
	r := a()
	r.merge(again)
	assert.Equal(t, at(60), r.AuthorizedAt)
	assert.Empty(t, r.ShopTroubles, "a new authorization ends what was said before")
	assert.Zero(t, r.Ends.Until)
	r = again
	r.merge(a())
	assert.Equal(t, at(60), r.AuthorizedAt)

	first := new(record)
	first.merge(&record{AuthorizedAt: at(0), ShopTroubles: map[tiktokshop.ID]time.Time{"a": at(7)}})
	assert.Contains(t, first.ShopTroubles, tiktokshop.ID("a"), "a record that had none")
}

// TestRecordLearns: what a refresh does not say stays as it was, and what it says does not.
func TestRecordLearns(t *testing.T) {
	t.Parallel()
	whole := &token.Token{
		OpenID: "seller", UserType: token.UserTypeCreator, SellerName: "Name", SellerRegion: "GB",
		GrantedScopes: []string{"seller.order.info"},
		AccessToken:   token.NewSecret("access"), AccessTokenExpiresAt: at(10),
		RefreshToken: token.NewSecret("refresh"), RefreshTokenExpiresAt: at(1000),
	}
	r := new(record)
	r.learn(whole, at(0))
	first := tokenFacts{
		At: at(0), Name: "Name", Region: "GB", UserType: token.UserTypeCreator,
		Scopes: []string{"seller.order.info"}, AccessUntil: at(10), Until: at(1000),
	}
	assert.Equal(t, first, r.Token)
	whole.GrantedScopes[0] = "of the caller"
	assert.Equal(t, first, r.Token)

	r.learn(&token.Token{AccessToken: token.NewSecret("access"), AccessTokenExpiresAt: at(20)},
		at(5))
	second := first
	second.At, second.AccessUntil = at(5), at(20)
	assert.Equal(t, second, r.Token)

	r.learn(&token.Token{
		OpenID: "seller", UserType: token.UserTypePartner, SellerName: "New", SellerRegion: "US",
		GrantedScopes:        []string{},
		AccessTokenExpiresAt: at(30), RefreshToken: token.NewSecret("refresh"),
		RefreshTokenExpiresAt: at(2000),
	}, at(5))
	assert.Equal(t, tokenFacts{
		At: at(5).Add(1), Name: "New", Region: "US", UserType: token.UserTypePartner,
		Scopes: []string{}, AccessUntil: at(30), Until: at(2000),
	}, r.Token, "later than the last, whatever the clock says")
}

func TestRecordTrouble(t *testing.T) {
	t.Parallel()
	r := new(record)
	assert.False(t, r.setTrouble("", "", at(0)), "it is well already")
	assert.True(t, r.setTrouble("refused", causeToken, at(1)))
	assert.False(t, r.setTrouble("withdrawn", causeEvent, at(2)), "the first reason stays")
	assert.Equal(t, trouble{at(1), "refused", causeToken}, r.Trouble)
	assert.True(t, r.setTrouble("", "", at(1)))
	assert.Equal(t, trouble{At: at(1).Add(1)}, r.Trouble)
}

func TestRecordUntil(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name              string
		token, said, want time.Time
	}{
		{"nothing is known", time.Time{}, time.Time{}, time.Time{}},
		{"the token's", at(5), time.Time{}, at(5)},
		{"what an event said", time.Time{}, at(5), at(5)},
		{"an event that is earlier", at(5), at(4), at(4)},
		{"an event that is later", at(5), at(6), at(5)},
	} {
		r := &record{Token: tokenFacts{Until: tc.token}, Ends: ending{Until: tc.said}}
		assert.Equal(t, tc.want, r.until(), tc.name)
	}
}

func TestRecordDecodes(t *testing.T) {
	t.Parallel()
	for _, empty := range []string{"", " ", "\n\t"} {
		r, err := decodeRecord([]byte(empty))
		require.NoError(t, err)
		assert.Equal(t, new(record), r)
	}
	encoded := new(record).encode()
	assert.Contains(t, string(encoded), `"format":1`)
	_, err := decodeRecord(encoded)
	require.NoError(t, err)
	_, err = decodeRecord([]byte(`{"format":2}`))
	require.ErrorContains(t, err, "newer SDK")
	for _, broken := range []string{"1", "{", `"x"`} {
		_, err = decodeRecord([]byte(broken))
		require.Error(t, err, broken)
	}
}

// TestLaterIsTheTimeOfDay: what is compared on other machines has no monotonic reading, and one
// zone.
func TestLaterIsTheTimeOfDay(t *testing.T) {
	t.Parallel()
	now := time.Now()
	assert.Equal(t, now.UnixNano(), later(time.Time{}, now).UnixNano())
	assert.NotContains(t, later(time.Time{}, now).String(), "m=")
	assert.Equal(t, time.UTC, later(time.Time{}, now.In(time.FixedZone("", 3600))).Location())
	assert.Equal(t, at(1).Add(1), later(at(1), at(1)))
	assert.Equal(t, at(2).Add(1), later(at(2), at(1)))
	assert.Equal(t, at(2), latest(at(1), at(2)))
	assert.Equal(t, at(2), latest(at(2), at(1)))
}

// TestToldKeys are what is written into an index, and are read again as they were.
func TestToldKeys(t *testing.T) {
	t.Parallel()
	r := &record{AuthorizedAt: time.Unix(1_700_000_000, 0)}
	for _, tc := range []struct {
		problem Problem
		want    string
	}{
		{Problem{Kind: ProblemShopDeauthorized, Shop: "71"}, "1700000000/shop deauthorized/71"},
		{Problem{Kind: ProblemMissingScopes, Reason: "a/b, c"}, "1700000000/missing scopes/a/b, c"},
		{Problem{Kind: ProblemUnauthorized, Reason: "refused"}, "1700000000/unauthorized/"},
	} {
		key := keyOf(r, tc.problem)
		assert.Equal(t, tc.want, key.String())
		assert.Equal(t, key, parseToldKey(key.String()))
	}
	assert.Equal(t, toldKey{}, parseToldKey("nonsense"))
}

// TestReach: what another machine sees alike, with other options otherwise, or not at all.
func TestReach(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ProblemKind]reach{
		ProblemUnauthorized: everywhere, ProblemExpired: everywhere,
		ProblemShopDeauthorized: everywhere, ProblemNoShop: everywhere,
		ProblemShopInactive: everywhere, ProblemMissingScopes: perOptions,
		ProblemExpiring:       perOptions,
		ProblemRefreshFailing: here, ProblemNotLookedUp: here,
	} {
		assert.Equal(t, want, kind.reach(), kind)
	}
}

// TestReasonsAreShort, and there is always one.
func TestReasonsAreShort(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", 500)
	assert.Equal(t, "the account must authorize the app again", reasonOf(nil))
	assert.Equal(t, longest, reasonOf(errors.New(longest)))
	assert.Equal(t, longest+"…", reasonOf(errors.New(longest+"x")))
}

// TestOwnedOnce: a cipher that leads to an account in several ways leads to it once.
func TestOwnedOnce(t *testing.T) {
	t.Parallel()
	asset := func(cipher string) authorization.CategoryAsset {
		return authorization.CategoryAsset{Cipher: cipher}
	}
	r := &record{Lookup: lookup{Assets: []authorization.CategoryAsset{asset("b"), asset("a"),
		asset("b")}}}
	assert.Equal(t, []string{"cipher a", "cipher b"}, r.owned())
}
