package tiktokshoptest

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// SetRedirectURL sets where the authorization page sends the browser.
func (s *Server) SetRedirectURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth.redirectURL = u
}

// DenyNextAuthorization makes the next visitor of the authorization page refuse.
func (s *Server) DenyNextAuthorization() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth.denyNext = true
}

// PageURL returns the address at which the server plays the page that an authorization link leads
// to. A person's browser is shown the accounts of the link's kind, to choose one or refuse. For any
// other program getting the page is the consent of the first of them, and the answer a redirect to
// the app. It panics if link is not a URL.
func (s *Server) PageURL(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		panic("tiktokshoptest: not a URL: " + link)
	}
	path := u.EscapedPath()
	if site, _, _ := strings.Cut(u.Host, "."); site == "services" || site == "partner" {
		path = "/" + site + path // sellers' and partners' links differ in their hosts only
	}
	return s.URL + path + "?" + u.RawQuery
}

// PageURLAs is PageURL for a visitor who consents as an account that was added: getting it is that
// account's consent. It panics if there is no such account; one of another kind than the link is
// for is refused by the page.
func (s *Server) PageURLAs(link, openID string) string {
	s.mu.Lock()
	defer s.mu.Unlock() // also when there is no such account
	_ = s.account(openID)
	return s.PageURL(link) + "&" + url.Values{paramAccount: {openID}}.Encode()
}

// What the fake's own pages add to a link: who consents, and that nobody does.
const (
	paramAccount = "account"
	paramRefuse  = "refuse"
)

// authorizationPage is one of the platform's pages, as it is visited.
type authorizationPage struct {
	kind       string
	userTypes  []token.UserType // who may authorize there; the first is made up if there is none
	ofCreators bool
	forBrowser bool
}

// authorizationPages are the pages by their paths. One without a host does not tell what kind of
// account it is for.
var authorizationPages = map[string]authorizationPage{
	"/services/open/authorize": {kind: "Seller", userTypes: []token.UserType{
		token.UserTypeSeller, token.UserTypeGlobalSeller, token.UserTypeGlobalSellerNew,
	}},
	"/partner/open/authorize": {kind: "Partner",
		userTypes: []token.UserType{token.UserTypePartner, token.UserTypePartnerAccount}},
	"/alliance/creator/auth": {kind: "Creator", userTypes: []token.UserType{token.UserTypeCreator},
		ofCreators: true},
	"/open/authorize": {kind: "Partner", userTypes: []token.UserType{
		token.UserTypePartner, token.UserTypePartnerAccount, token.UserTypeSeller,
		token.UserTypeGlobalSeller,
		token.UserTypeGlobalSellerNew, token.UserTypeCreator,
	}},
}

func htmlPage(status int, body string) reply {
	return reply{status: status, raw: "<!doctype html><html><body>" + body + "</body></html>"}
}

// authorizePage is an account's consent or refusal, or the choice between accounts. s.mu is held.
func (s *Server) authorizePage(page authorizationPage, q url.Values) reply {
	known := q.Get("service_id") == ServiceID
	if page.ofCreators {
		known = q.Get("app_key") == AppKey && strings.TrimSpace(q.Get("state")) != ""
	}
	if !known {
		return htmlPage(http.StatusBadRequest, "Unknown app, or a link without what it needs.")
	}
	accounts := s.accountsOf(page)
	chosen := accounts[0]
	switch openID := q.Get(paramAccount); {
	case q.Has(paramRefuse):
		chosen = nil
	case s.auth.denyNext:
		s.auth.denyNext, chosen = false, nil
	case openID != "":
		i := slices.IndexFunc(accounts, func(a *Account) bool { return a.OpenID == openID })
		if i < 0 {
			return htmlPage(http.StatusBadRequest,
				"This link is not for the account: it is of another kind, or unknown.")
		}
		chosen = accounts[i]
	case page.forBrowser:
		return choicePage(accounts, q)
	}
	return s.redirect(page, chosen, q.Get("state"))
}

// accountsOf are the accounts that may authorize at a page, at least one. s.mu is held.
func (s *Server) accountsOf(page authorizationPage) []*Account {
	var accounts []*Account
	for _, openID := range s.auth.order {
		if a := s.auth.accounts[openID]; slices.Contains(page.userTypes, a.UserType) {
			accounts = append(accounts, a)
		}
	}
	if len(accounts) == 0 {
		accounts = append(accounts,
			s.addAccount(Account{Name: "Fake " + page.kind, Region: "US",
				UserType: page.userTypes[0]}))
	}
	return accounts
}

// redirect sends the browser back to the app, with a code of the account that consented, if one
// did. s.mu is held.
func (s *Server) redirect(page authorizationPage, consenting *Account, state string) reply {
	target, err := url.Parse(s.auth.redirectURL)
	if err != nil {
		return htmlPage(http.StatusInternalServerError, "The redirect URL is not a URL.")
	}
	back := target.Query()
	if state != "" {
		back.Set("state", state)
	}
	if consenting == nil {
		back.Set("code", "null")
		back.Set("error", "auth_denied")
	} else {
		back.Set("code", s.issueCode(consenting))
		if page.ofCreators {
			back.Set("app_key", AppKey)
		}
	}
	target.RawQuery = back.Encode()
	rep := htmlPage(http.StatusFound, "Back to the app.")
	rep.header = http.Header{"Location": {target.String()}}
	return rep
}

// choicePage lets a person choose who consents.
func choicePage(accounts []*Account, q url.Values) reply {
	link := func(key, value, text string) string {
		next := maps.Clone(q)
		next.Set(key, value)
		return `<p><a href="?` + html.EscapeString(next.Encode()) + `">` + html.EscapeString(text) +
			"</a></p>"
	}
	body := "<h1>Authorize the app as</h1>"
	for _, a := range accounts {
		body += link(paramAccount, a.OpenID,
			fmt.Sprintf("%s (%s, %s)", a.Name, a.UserType, a.OpenID))
	}
	return htmlPage(http.StatusOK, body+link(paramRefuse, "1", "Refuse"))
}
