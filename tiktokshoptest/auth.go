package tiktokshoptest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// ServiceID is the app's id in authorization links for sellers and partners.
const ServiceID = "7362840009596339000"

// Account is a seller, creator or partner who can authorize the app.
type Account struct {
	// OpenID identifies the account; "" gets one made up.
	OpenID   string
	Name     string
	Region   string
	UserType token.UserType
	// Scopes are granted with an authorization; nil means every scope.
	Scopes []string
	// Shops are those of AddShop that the account's tokens give access to; nil means every shop.
	Shops []tiktokshop.ID
}

// Rotation is what becomes of a refresh token that was used. The platform does not say.
type Rotation int

const (
	// BurnAtOnce lets a refresh token work once. This is how a new server does it.
	BurnAtOnce Rotation = iota
	// BurnOnFirstUse lets a refresh token work until the pair that came of it is used, for a call
	// or a refresh.
	BurnOnFirstUse
	// KeepRefreshTokens lets old refresh tokens work on.
	KeepRefreshTokens
)

// auth is the state of the authorization page and the token host. Server.mu guards it.
type auth struct {
	accounts        map[string]*Account
	order           []string // of open ids
	codes           map[string]*authCode
	access          map[string]*grant
	refresh         map[string]*grant
	redirectURL     string
	denyNext        bool
	accessLifetime  time.Duration
	refreshLifetime time.Duration
	rotation        Rotation
	endOldAccess    bool
	issued          int
	exchanges       map[string]int
	refreshes       map[string]int
}

func newAuth() *auth {
	return &auth{
		accounts:        make(map[string]*Account),
		codes:           make(map[string]*authCode),
		access:          make(map[string]*grant),
		refresh:         make(map[string]*grant),
		redirectURL:     "https://app.example/callback",
		accessLifetime:  7 * 24 * time.Hour,
		refreshLifetime: 365 * 24 * time.Hour,
		exchanges:       make(map[string]int),
		refreshes:       make(map[string]int),
	}
}

type authCode struct {
	account *Account
	until   time.Time
	used    bool
}

// grant is a pair of tokens handed out.
type grant struct {
	account                   *Account
	access, refresh           string
	accessUntil, refreshUntil time.Time
	accessExpired             bool
	burned, revoked           bool
	parent                    *grant // to be burned when this one is first used
}

// use notes that the pair has arrived.
func (g *grant) use() {
	if g.parent != nil {
		g.parent.burned, g.parent = true, nil
	}
}

// AddAccount adds an account, or replaces the one with its OpenID, and returns its OpenID.
// An authorization page that nobody has added an account for makes one up.
func (s *Server) AddAccount(a Account) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAccount(a).OpenID
}

func (s *Server) addAccount(a Account) *Account {
	if a.OpenID == "" {
		a.OpenID = fmt.Sprintf("fake-open-id-%d", len(s.auth.accounts)+1)
	}
	a.Scopes, a.Shops = slices.Clone(a.Scopes), slices.Clone(a.Shops)
	if known := s.auth.accounts[a.OpenID]; known != nil {
		*known = a
		return known
	}
	s.auth.accounts[a.OpenID] = &a
	s.auth.order = append(s.auth.order, a.OpenID)
	return &a
}

// SetTokenLifetimes sets how long tokens issued from now on live: 7 days and 365 days on a new
// server.
func (s *Server) SetTokenLifetimes(access, refresh time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth.accessLifetime, s.auth.refreshLifetime = access, refresh
}

// SetRotation decides what becomes of used refresh tokens, and whether a refresh ends the life of
// the old access token: then it is answered with 105002. A new server burns refresh tokens at once
// and lets access tokens live.
func (s *Server) SetRotation(r Rotation, endOldAccessToken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth.rotation, s.auth.endOldAccess = r, endOldAccessToken
}

// IssueCode returns an authorization code of an account, as the page would, good for 30 minutes and
// one exchange.
func (s *Server) IssueCode(openID string) token.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return token.NewSecret(s.issueCode(s.account(openID)))
}

// IssueToken returns a token of an account without code and exchange.
func (s *Server) IssueToken(openID string) *token.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.issue(s.account(openID))
	a := g.account
	return &token.Token{
		AccessToken: token.NewSecret(g.access), AccessTokenExpiresAt: g.accessUntil,
		RefreshToken: token.NewSecret(g.refresh), RefreshTokenExpiresAt: g.refreshUntil,
		OpenID: a.OpenID, SellerName: a.Name, SellerRegion: a.Region, UserType: a.UserType,
		GrantedScopes: slices.Clone(a.Scopes), ReceivedAt: s.now(),
	}
}

// ExpireAccessTokens makes the server answer an account's present access tokens with 105002.
func (s *Server) ExpireAccessTokens(openID string) {
	s.eachGrant(openID, func(g *grant) { g.accessExpired = true })
}

// ExpireRefreshTokens makes the token host answer an account's present refresh tokens with
// 36004001.
func (s *Server) ExpireRefreshTokens(openID string) {
	s.eachGrant(openID, func(g *grant) { g.refreshUntil = time.Time{} })
}

// RevokeAuthorization takes an account's authorization back: its access tokens are answered with
// 105001, its refresh tokens with 36004005.
func (s *Server) RevokeAuthorization(openID string) {
	s.eachGrant(openID, func(g *grant) { g.revoked = true })
}

func (s *Server) eachGrant(openID string, do func(*grant)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.auth.access {
		if g.account.OpenID == openID {
			do(g)
		}
	}
}

// Refreshes returns how often an account's token was refreshed.
func (s *Server) Refreshes(openID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.auth.refreshes[openID]
}

// TakesRefreshToken reports whether the token host would take a refresh token now.
func (s *Server) TakesRefreshToken(token token.Secret) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, rep := s.refreshable(token.Reveal())
	return rep == nil
}

// account returns an account that must have been added. s.mu is held.
func (s *Server) account(openID string) *Account {
	a := s.auth.accounts[openID]
	if a == nil {
		panic("tiktokshoptest: no account with open id " + openID)
	}
	return a
}

func (s *Server) issueCode(a *Account) string {
	code := fmt.Sprintf("ROW_fake-code-%d-%s", len(s.auth.codes)+1, randomText())
	s.auth.codes[code] = &authCode{account: a, until: s.now().Add(30 * time.Minute)}
	return code
}

func (s *Server) issue(a *Account) *grant {
	s.auth.issued++
	n, now := s.auth.issued, s.now()
	g := &grant{
		account: a,
		access:  fmt.Sprintf("ROW_fake-access-%d-%s", n, randomText()),
		refresh: fmt.Sprintf("ROW_fake-refresh-%d-%s", n, randomText()),
		// Whole seconds, as on the wire.
		accessUntil:  now.Add(s.auth.accessLifetime).Truncate(time.Second),
		refreshUntil: now.Add(s.auth.refreshLifetime).Truncate(time.Second),
	}
	s.auth.access[g.access], s.auth.refresh[g.refresh] = g, g
	return g
}

// serveAuth answers the requests that are not for the gateway.
func (s *Server) serveAuth(r *http.Request) (reply, bool) {
	var handle func(url.Values) reply
	page, isPage := authorizationPages[r.URL.Path]
	switch {
	case isPage:
		page.forBrowser = strings.Contains(r.Header.Get("Accept"), "text/html")
		handle = func(q url.Values) reply { return s.authorizePage(page, q) }
	case r.URL.Path == "/api/v2/token/get":
		handle = s.exchange
	case r.URL.Path == "/api/v2/token/refresh":
		handle = s.refreshToken
	default:
		return reply{}, false
	}
	if r.Method != http.MethodGet {
		return refusalWith(http.StatusMethodNotAllowed), true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return handle(r.URL.Query()), true
}

// tokenRefusal is a refusal of the token host: HTTP 200, and no data.
func tokenRefusal(code int, message string) *reply {
	return &reply{status: http.StatusOK, code: code, message: message, noData: true}
}

func checkApp(q url.Values, grantType string) *reply {
	if q.Get("app_key") != AppKey || q.Get("app_secret") != AppSecret ||
		q.Get("grant_type") != grantType {
		return tokenRefusal(98001004, "param invalid")
	}
	return nil
}

// exchange answers a code. s.mu is held.
func (s *Server) exchange(q url.Values) reply {
	if rep := checkApp(q, "authorized_code"); rep != nil {
		return *rep
	}
	code := s.auth.codes[q.Get("auth_code")]
	if code == nil || code.used || s.now().After(code.until) {
		return *tokenRefusal(36004004, "invalid auth code")
	}
	code.used = true
	s.auth.exchanges[code.account.OpenID]++
	return s.issue(code.account).reply()
}

// refreshable finds the grant of a refresh token. s.mu is held.
func (s *Server) refreshable(token string) (*grant, *reply) {
	g := s.auth.refresh[token]
	switch {
	case g == nil || g.burned || g.revoked:
		return nil, tokenRefusal(36004005, "invalid refresh token")
	case !s.now().Before(g.refreshUntil):
		return nil, tokenRefusal(36004001, "rt has expired")
	}
	return g, nil
}

// refreshToken answers a refresh. s.mu is held.
func (s *Server) refreshToken(q url.Values) reply {
	if rep := checkApp(q, "refresh_token"); rep != nil {
		return *rep
	}
	old, rep := s.refreshable(q.Get("refresh_token"))
	if rep != nil {
		return *rep
	}
	old.use()
	s.auth.refreshes[old.account.OpenID]++
	g := s.issue(old.account)
	g.refreshUntil = old.refreshUntil // the authorization does not grow longer
	switch s.auth.rotation {
	case BurnAtOnce:
		old.burned = true
	case BurnOnFirstUse:
		g.parent = old
	}
	if s.auth.endOldAccess {
		old.accessExpired = true
	}
	return g.reply()
}

func (g *grant) reply() reply {
	return success(map[string]any{
		"access_token":            g.access,
		"access_token_expire_in":  g.accessUntil.Unix(),
		"refresh_token":           g.refresh,
		"refresh_token_expire_in": g.refreshUntil.Unix(),
		"open_id":                 g.account.OpenID,
		"seller_name":             g.account.Name,
		"seller_base_region":      g.account.Region,
		"user_type":               g.account.UserType,
		"granted_scopes":          g.account.Scopes,
	})
}

// check is checkToken for a token that the token host issued. s.mu is held.
func (g *grant) check(now time.Time, scopes []string) *reply {
	state := tokenValid
	switch {
	case g.revoked:
		state = tokenDeauthorized
	case g.accessExpired || !now.Before(g.accessUntil):
		state = tokenExpired
	}
	rep := state.check(g.account.Scopes, scopes)
	if rep == nil {
		g.use()
	}
	return rep
}
