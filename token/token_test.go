package token_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestTokenEncodesWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	whole := sampleToken()
	b, err := whole.MarshalBinary()
	require.NoError(t, err)
	var back token.Token
	require.NoError(t, back.UnmarshalBinary(b))
	assert.True(t, back.Equal(whole))
	assert.Equal(t, whole.AccessToken.Reveal(), back.AccessToken.Reveal())

	var buf bytes.Buffer // gob would leave the secrets out, silently, without MarshalBinary
	require.NoError(t, gob.NewEncoder(&buf).Encode(whole))
	var gobbed token.Token
	require.NoError(t, gob.NewDecoder(&buf).Decode(&gobbed))
	assert.True(t, gobbed.Equal(whole))

	_, err = json.Marshal(whole)
	assert.ErrorContains(t, err, "MarshalBinary")
	_, err = json.Marshal(struct{ T *token.Token }{&whole})
	assert.Error(t, err)
	assert.Error(t, json.Unmarshal([]byte(`{"access_token":"x"}`), &back))
	assert.Error(t, back.UnmarshalBinary([]byte(`{"access_token":7`)))
	assert.Error(t, back.UnmarshalBinary([]byte(`{"access_token":"a","received_at":"acc-secret"}`)))
	_, err = json.Marshal(whole.AccessToken)
	assert.ErrorContains(t, err, "use Reveal")
	_, err = whole.AccessToken.MarshalText()
	assert.Error(t, err)
}

func TestZeroTimesStayZero(t *testing.T) {
	t.Parallel()
	b, err := token.Token{AccessToken: token.NewSecret("a")}.MarshalBinary()
	require.NoError(t, err)
	back := sampleToken()
	require.NoError(t, back.UnmarshalBinary(b))
	assert.True(t, back.AccessTokenExpiresAt.IsZero())
	assert.True(t, back.RefreshTokenExpiresAt.IsZero())
	assert.True(t, back.ReceivedAt.IsZero())
	assert.Contains(t, fmt.Sprint(back), "until an unknown time")
}

func TestTokenEqualLooksAtEveryField(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		field  string
		change func(*token.Token)
	}{
		{"AccessToken", func(t *token.Token) { t.AccessToken = token.NewSecret("x") }},
		{"AccessTokenExpiresAt",
			func(t *token.Token) {
				t.AccessTokenExpiresAt = t.AccessTokenExpiresAt.Add(time.Second)
			}},
		{"no AccessTokenExpiresAt", func(t *token.Token) { t.AccessTokenExpiresAt = time.Time{} }},
		{"RefreshToken", func(t *token.Token) { t.RefreshToken = token.Secret{} }},
		{"RefreshTokenExpiresAt",
			func(t *token.Token) {
				t.RefreshTokenExpiresAt = t.RefreshTokenExpiresAt.Add(-time.Second)
			}},
		{"OpenID", func(t *token.Token) { t.OpenID = "" }},
		{"SellerName", func(t *token.Token) { t.SellerName += "x" }},
		{"SellerRegion", func(t *token.Token) { t.SellerRegion = "US" }},
		{"UserType", func(t *token.Token) { t.UserType = token.UserTypeCreator }},
		{"GrantedScopes", func(t *token.Token) { t.GrantedScopes = []string{"a.b"} }},
		{"ReceivedAt", func(t *token.Token) { t.ReceivedAt = t.ReceivedAt.Add(time.Second) }},
	} {
		other := sampleToken()
		tc.change(&other)
		assert.False(t, sampleToken().Equal(other), tc.field)
		assert.False(t, other.Equal(sampleToken()), tc.field)
	}
	assert.True(t, sampleToken().Equal(sampleToken()))
	later := sampleToken()
	later.ReceivedAt = later.ReceivedAt.Add(time.Millisecond)
	assert.True(t, sampleToken().Equal(later),
		"times are compared to the second, which is what is stored")
}

func TestUserTypeNames(t *testing.T) {
	t.Parallel()
	for u, name := range map[token.UserType]string{
		token.UserTypeSeller: "seller", token.UserTypeCreator: "creator",
		token.UserTypePartner: "partner", 9: "user type 9",
	} {
		assert.Equal(t, name, u.String())
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	assert.True(t, token.NewSecret("").IsZero())
	assert.True(t, token.NewSecret("").Equal(token.Secret{}))
	assert.True(t, token.NewSecret("a").Equal(token.NewSecret("a")))
	assert.False(t, token.NewSecret("a").Equal(token.NewSecret("b")))
	assert.Equal(t, "[empty] [redacted]", fmt.Sprint(token.Secret{}, " ", token.NewSecret("a")))
	for _, tc := range []struct{ json, want string }{
		{`"a\u002bb"`, "a+b"}, {`""`, ""}, {`null`, ""}, {`17`, "17"}, {`17.50`, "17.50"},
	} {
		var s token.Secret
		require.NoError(t, json.Unmarshal([]byte(tc.json), &s), tc.json)
		assert.Equal(t, tc.want, s.Reveal(), tc.json)
	}
	for _, bad := range []string{`{}`, `[]`, `true`} {
		assert.Error(t, json.Unmarshal([]byte(bad), new(token.Secret)), bad)
	}
}

func TestLogsShowAllButTheSecrets(t *testing.T) {
	t.Parallel()
	var out logBuffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	tok := sampleToken()
	log.Info("m", "token", tok, "secret", tok.AccessToken, "none", token.Secret{})
	for _, attr := range []string{
		"token.open_id=open-1", "token.user_type=partner",
		"token.access_token_expires_at=2022-08-15T",
		"token.refresh_token_expires_at=2023-08-08T", `token.granted_scopes="[a.b c]"`,
		"secret=[redacted]", "none=[empty]",
	} {
		assert.Contains(t, out.String(), attr)
	}
}

// TestTypesHideSecrets is the walk over every type that can hold a token.
func TestTypesHideSecrets(t *testing.T) {
	t.Parallel()
	tok := sampleToken()
	secrets := []string{tok.AccessToken.Reveal(), tok.RefreshToken.Reveal()}
	store := token.NewMemoryStore()
	opts := token.SourceOptions{AppKey: "app", OpenID: "open-1", Store: store}
	source, err := token.NewRefreshingSource(&platform{}, opts)
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), &tok))
	for _, v := range []any{
		tok, &tok, tok.AccessToken, store, source, newFileStore(t, t.TempDir()),
		encrypt(t, store, newAEAD(t, 1)), opts,
		&token.UnsavedError{Token: tok, Err: assert.AnError},
	} {
		secrettest.AssertHides(t, v, secrets...)
	}
	for _, v := range token.InternalValues(tok) {
		secrettest.AssertPrintsNo(t, v, secrets...)
	}
	assert.Contains(t, fmt.Sprintf("%+v", tok), "open-1")
	assert.Equal(t, "token.RefreshingSource{open id open-1}", fmt.Sprintf("%+v", source))
	assert.Equal(t, "token.RefreshingSource(nil)",
		fmt.Sprintf("%+v", (*token.RefreshingSource)(nil)))
	assert.Equal(t, "token.MemoryStore{1 tokens}", fmt.Sprint(store))
	assert.Equal(t, "token.MemoryStore(nil)", fmt.Sprint((*token.MemoryStore)(nil)))
	assert.Equal(t, "token.FileStore(nil)", fmt.Sprint((*token.FileStore)(nil)))
}

func FuzzTokenUnmarshalBinary(f *testing.F) {
	b, _ := sampleToken().MarshalBinary()
	f.Add(b)
	f.Add([]byte(`{"access_token":null,"user_type":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var tok token.Token
		if tok.UnmarshalBinary(b) != nil {
			return
		}
		again, err := tok.MarshalBinary()
		require.NoError(t, err)
		var back token.Token
		require.NoError(t, back.UnmarshalBinary(again))
		assert.True(t, back.Equal(tok))
	})
}
