package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func (a *App) authCommand() *cobra.Command {
	return group("auth", "Authorize accounts, and see how they are",
		a.authLoginCommand(), a.authListCommand(), a.authRefreshCommand(), a.authRevokeCommand(),
		a.authShopsCommand(), a.authAssetsCommand())
}

// member is an account that authorized an app, as the commands of `tts auth` see it.
type member struct {
	profile profile.Profile
	current bool
	manager *accounts.Manager
	app     *tiktokshop.Client
	tokens  token.Store
}

// bareClient is a client of an app that knows no account and sends no cipher.
func (a *App) bareClient(ctx context.Context, p *profile.Profile) (*tiktokshop.Client, error) {
	if !a.fake {
		return a.AppClient(ctx, p)
	}
	srv, err := a.Fake()
	if err != nil {
		return nil, err
	}
	return tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret, append(a.common(),
		tiktokshop.WithBaseURL(srv.URL), tiktokshop.WithAuthBaseURL(srv.URL))...)
}

// openManager has the accounts of an app: those of the store of profiles, or with --fake none that
// outlive the run.
func (a *App) openManager(app *tiktokshop.Client, tokens token.Store) (*accounts.Manager, error) {
	var index accounts.Index = accounts.NewMemoryIndex()
	if !a.fake {
		store, err := a.Profiles()
		if err != nil {
			return nil, err
		}
		if index, err = accounts.NewFileIndex(filepath.Join(store.Dir(),
			profile.AccountFolder)); err != nil {
			return nil, err
		}
	}
	manager, err := accounts.New(app, accounts.Options{
		// the commands tell
		Store: tokens, Index: index, Now: a.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		a.atEnd(manager.Close)
	}
	return manager, err
}

// members are the accounts of the profiles, or of the one that --profile names. With --fake they
// are three of its own.
func (a *App) members(ctx context.Context) ([]member, error) {
	if a.fake {
		return a.fakeMembers(ctx)
	}
	store, err := a.Profiles()
	if err != nil {
		return nil, err
	}
	names, err := store.Names()
	if err != nil {
		return nil, err
	}
	if a.profile != "" {
		names = []string{a.profile}
	}
	current, err := store.Current()
	if err != nil {
		return nil, err
	}
	var all []member
	ofApp := make(map[profile.Profile]member) // by app and hosts
	for _, name := range names {
		p, err := store.Get(name)
		if err != nil {
			return nil, &output.CodeError{Code: output.Usage, Err: err,
				Hint: "`tts auth list` has the profiles"}
		}
		if p.OpenID == "" {
			continue
		}
		key := profile.Profile{AppKey: p.AppKey, BaseURL: p.BaseURL, AuthBaseURL: p.AuthBaseURL}
		m, ok := ofApp[key]
		if !ok {
			if m.app, err = a.bareClient(ctx, p); err != nil {
				return nil, err
			}
			if m.tokens, err = store.Tokens(ctx); err != nil {
				return nil, err
			}
			if m.manager, err = a.openManager(m.app, m.tokens); err != nil {
				return nil, err
			}
			ofApp[key] = m
		}
		m.profile, m.current = *p, name == current
		all = append(all, m)
	}
	return all, nil
}

// fakeMembers are a seller, a partner and a creator of the embedded fake.
func (a *App) fakeMembers(ctx context.Context) ([]member, error) {
	srv, err := a.Fake()
	if err != nil {
		return nil, err
	}
	app, err := a.bareClient(ctx, nil)
	if err != nil {
		return nil, err
	}
	tokens := token.NewMemoryStore()
	manager, err := a.openManager(app, tokens)
	if err != nil {
		return nil, err
	}
	var all []member
	for _, kind := range []struct {
		name string
		of   token.UserType
	}{{"seller", token.UserTypeSeller}, {"partner", token.UserTypePartner},
		{"creator", token.UserTypeCreator}} {
		if a.profile != "" && a.profile != kind.name {
			continue
		}
		id := srv.AddAccount(tiktokshoptest.Account{Name: "Fake " + kind.name, Region: "US",
			UserType: kind.of})
		account, err := manager.Add(ctx, srv.IssueToken(id))
		if err != nil {
			return nil, err
		}
		all = append(all, member{
			profile: profile.Profile{
				Name: kind.name, AppKey: tiktokshoptest.AppKey, OpenID: id, Account: kind.name,
				Holder: account.Name,
			},
			current: kind.name == "seller", manager: manager, app: app, tokens: tokens,
		})
	}
	if len(all) == 0 {
		return nil, usagef("--fake has the profiles seller, partner and creator, not %q", a.profile)
	}
	return all, nil
}

// oneMember is the account of --profile, or else of the current one.
func (a *App) oneMember(ctx context.Context) (*member, error) {
	if !a.fake && a.profile == "" {
		store, err := a.Profiles()
		if err != nil {
			return nil, err
		}
		name := a.Getenv("TTS_PROFILE")
		if name == "" {
			if name, err = store.Current(); err != nil {
				return nil, err
			}
		}
		if name == "" {
			return nil, errNoCredentials
		}
		a.profile = name
	}
	all, err := a.members(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, &output.CodeError{
			Code: output.Unauthorized, Err: fmt.Errorf("profile %s has no account", a.profile),
			Hint: "`tts auth login`",
		}
	}
	return &all[0], nil
}

// health is what is known of the account; one that the index has lost is found by its token again.
func (m *member) health(ctx context.Context, check bool) (accounts.Health, error) {
	id := m.profile.OpenID
	if _, err := m.manager.Account(ctx, id); errors.Is(err, accounts.ErrUnknown) {
		if _, err := m.manager.AddStored(ctx, id); err != nil {
			return accounts.Health{
				Account: accounts.Account{OpenID: id, Name: m.profile.Holder},
				Problems: []accounts.Problem{{Kind: accounts.ProblemUnauthorized,
					Reason: err.Error()}},
			}, ctx.Err()
		}
	}
	if check {
		return m.manager.Check(ctx, id)
	}
	for h, err := range m.manager.Health(ctx) {
		if err != nil {
			return h, err
		}
		if h.Account.OpenID == id {
			return h, nil
		}
	}
	return accounts.Health{}, fmt.Errorf("profile %s: %w", m.profile.Name, accounts.ErrUnknown)
}

// shownAccount is an account in the output.
type shownAccount struct {
	Profile             string    `json:"profile"`
	Current             bool      `json:"current"`
	Account             string    `json:"account"`
	Holder              string    `json:"holder"`
	Region              string    `json:"region,omitzero"`
	OpenID              string    `json:"open_id"`
	AppKey              string    `json:"app_key"`
	Shops               int       `json:"shops"`
	CategoryAssets      int       `json:"category_assets"`
	Reauthorize         bool      `json:"must_authorize_again"`
	Problems            []string  `json:"problems"`
	AccessTokenExpires  time.Time `json:"access_token_expires_at,omitzero"`
	AuthorizationEnds   time.Time `json:"authorization_ends_at,omitzero"`
	ShopCipher          string    `json:"shop_cipher,omitzero"`
	CategoryAssetCipher string    `json:"category_asset_cipher,omitzero"`
}

func (m *member) shown(h *accounts.Health) shownAccount {
	p := &m.profile
	s := shownAccount{
		Profile: p.Name, Current: m.current, Account: p.Account, Holder: h.Account.Name,
		Region: h.Account.Region, OpenID: p.OpenID,
		AppKey: p.AppKey, Shops: len(h.Account.Shops),
		CategoryAssets: len(h.Account.CategoryAssets),
		Reauthorize:    h.NeedsReauthorization(), Problems: []string{},
		AccessTokenExpires: h.AccessTokenExpiresAt, AuthorizationEnds: h.AuthorizationExpiresAt,
		ShopCipher: p.ShopCipher, CategoryAssetCipher: p.CategoryAssetCipher,
	}
	for _, problem := range h.Problems {
		s.Problems = append(s.Problems, problem.String())
	}
	return s
}

func (a *App) authListCommand() *cobra.Command {
	var check bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the accounts and how they are",
		Long: `List the accounts of all profiles, and what is wrong with each. Nobody is asked unless --check is given, which refreshes
tokens that are due and looks shops up. The exit code is 3 if an account must authorize again.`,
		Example: "  tts auth list\n  tts auth list --check --json\n  tts --fake auth list",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.authList(cmd.Context(), check)
		},
	}
	c.Flags().BoolVar(&check, "check", false, "ask the platform about each account")
	return c
}

func (a *App) authList(ctx context.Context, check bool) error {
	all, err := a.members(ctx)
	if err != nil {
		return err
	}
	shown := make([]shownAccount, 0, len(all))
	var again []string
	for i := range all {
		h, err := all[i].health(ctx, check)
		if err != nil {
			return err
		}
		s := all[i].shown(&h)
		if s.Reauthorize {
			again = append(again, s.Profile)
		}
		shown = append(shown, s)
	}
	if err := a.Show(shown, func() error { return a.accountTable(shown) }); err != nil {
		return err
	}
	if len(again) > 0 {
		return &output.CodeError{
			Code: output.Unauthorized, Err: fmt.Errorf("%d of %d accounts must authorize again",
				len(again), len(all)),
			Hint: "`tts auth login --profile " + again[0] + "`",
		}
	}
	return nil
}

func (a *App) accountTable(shown []shownAccount) error {
	if len(shown) == 0 {
		a.Note("There are no accounts yet: `tts auth login`.")
		return nil
	}
	rows := make([][]string, len(shown))
	for i, s := range shown {
		name, state := s.Profile, "well"
		if s.Current {
			name += " *"
		}
		if len(s.Problems) > 0 {
			state = s.Problems[0]
		}
		ends := "unknown"
		if !s.AuthorizationEnds.IsZero() {
			ends = s.AuthorizationEnds.Format(time.DateOnly)
		}
		rows[i] = []string{name, s.Account, s.Holder, s.Region,
			fmt.Sprint(s.Shops + s.CategoryAssets), ends, state}
	}
	return a.Table([]string{"PROFILE", "ACCOUNT", "HOLDER", "REGION", "SHOPS", "ENDS", "HEALTH"},
		rows)
}

func (a *App) authRefreshCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "refresh",
		Short:   "Get a new token of an account now",
		Long:    "Get a new pair of tokens of an account now. Commands refresh by themselves when it is due: this is for tokens that are refused.",
		Example: "  tts auth refresh --profile shop1\n  tts --fake auth refresh",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			m, err := a.oneMember(ctx)
			if err != nil {
				return err
			}
			source, err := m.app.Auth.TokenSource(token.SourceOptions{OpenID: m.profile.OpenID,
				Store: m.tokens})
			if err != nil {
				return err
			}
			a.atEnd(source.Close)
			old, err := source.AccessToken(ctx)
			if err != nil {
				return err
			}
			if _, err := source.RenewAccessToken(ctx, old, errAsked); err != nil {
				return err
			}
			now, err := source.Token(ctx)
			if err != nil {
				return err
			}
			shown := struct {
				Profile            string    `json:"profile"`
				Changed            bool      `json:"changed"`
				AccessTokenExpires time.Time `json:"access_token_expires_at"`
				AuthorizationEnds  time.Time `json:"authorization_ends_at"`
			}{m.profile.Name, !now.AccessToken.Equal(old), now.AccessTokenExpiresAt,
				now.RefreshTokenExpiresAt}
			return a.Show(shown, func() error {
				a.Println("%s has a new token until %s; its authorization ends %s", shown.Profile,
					shown.AccessTokenExpires.Format(time.RFC3339),
					shown.AuthorizationEnds.Format(time.RFC3339))
				return nil
			})
		},
	}
}

// errAsked has a source refresh as if the platform had refused the token.
var errAsked = fmt.Errorf("a new token was asked for: %w", tiktokshop.ErrTokenExpired)

func (a *App) authRevokeCommand() *cobra.Command {
	var yes, forget bool
	c := &cobra.Command{
		Use:   "revoke",
		Short: "Take the app's access to a seller's shops away, and forget the account",
		Long: `Take the app's access to all shops of a seller's account away on the platform, and forget the account and its token
here. Only a new authorization brings the access back, and the seller is told by email. Creators and partners
withdraw an authorization themselves, in their own settings: of theirs only what is kept here is forgotten.`,
		Example: "  tts auth revoke --profile shop1 --yes\n  tts auth revoke --profile shop1 --forget-only\n  tts --fake auth revoke --yes",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes && !forget {
				return usagef("nothing was done: --yes takes the access away, --forget-only just forgets the account here")
			}
			return a.authRevoke(cmd.Context(), forget)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	c.Flags().BoolVar(&forget, "forget-only", false,
		"forget the account here, and leave the authorization on the platform")
	return c
}

func (a *App) authRevoke(ctx context.Context, forgetOnly bool) error {
	m, err := a.oneMember(ctx)
	if err != nil {
		return err
	}
	if !a.fake { // what is taken away on the platform must be forgotten here
		store, err := a.Profiles()
		if err != nil {
			return err
		}
		if err := store.Writable(); err != nil {
			return err
		}
	}
	var revoked []tiktokshop.ID
	if !forgetOnly && m.profile.Account == "seller" {
		account, err := m.manager.Lookup(ctx, m.profile.OpenID)
		if err != nil && !tiktokshop.NeedsReauthorization(err) { // then there is no access any more
			return fmt.Errorf("look the shops up: %w", err)
		}
		for _, shop := range account.Shops {
			client, err := m.manager.CipherClient(ctx, shop.Cipher)
			if err != nil {
				return err
			}
			if _, err := authorization.New(client).DeauthorizeShop(ctx, nil); err != nil {
				return fmt.Errorf("shop %s, after %d others: %w", shop.ID, len(revoked), err)
			}
			revoked = append(revoked, shop.ID)
		}
	}
	if err := m.manager.Remove(ctx, m.profile.OpenID); err != nil {
		return err
	}
	if !a.fake {
		store, err := a.Profiles()
		if err != nil {
			return err
		}
		if err := store.Remove(ctx, m.profile.Name); err != nil {
			return err
		}
	}
	shown := struct {
		Profile string          `json:"profile"`
		Revoked []tiktokshop.ID `json:"revoked_shops"`
		Forgot  bool            `json:"forgotten"`
	}{m.profile.Name, append([]tiktokshop.ID{}, revoked...), true}
	return a.Show(shown, func() error {
		for _, id := range revoked {
			a.Println("the app has no access to shop %s any more", id)
		}
		a.Println("%s is forgotten", shown.Profile)
		if !forgetOnly && m.profile.Account != "seller" {
			a.Note("The authorization itself is the %s's to withdraw, in the account's own settings.", m.profile.Account)
		}
		return nil
	})
}

func (a *App) authShopsCommand() *cobra.Command {
	var use string
	c := &cobra.Command{
		Use:     "shops",
		Short:   "List a seller's shops and their ciphers",
		Long:    "List the shops that a seller's token gives access to. --use makes one the shop that the profile's calls are about.",
		Example: "  tts auth shops\n  tts auth shops --profile shop1 --use 7494049642642441621\n  tts --fake auth shops --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			client, err := a.Client(ctx)
			if err != nil {
				return err
			}
			resp, err := authorization.New(client).GetAuthorizedShops(ctx, nil)
			if err != nil {
				return err
			}
			shops := append([]authorization.AuthorizedShop{}, resp.Data.Shops...)
			if use != "" {
				for _, shop := range shops {
					if string(shop.ID) == use || shop.Code == use {
						return a.useCipher(func(p *profile.Profile) { p.ShopCipher = shop.Cipher },
							"shop "+string(shop.ID))
					}
				}
				return usagef("--use: the token gives access to no shop %q: `tts auth shops` has those that it does", use)
			}
			return a.Show(shops, func() error {
				rows := make([][]string, len(shops))
				for i, s := range shops {
					rows[i] = []string{string(s.ID), s.Code, s.Name, s.Region, s.Cipher}
				}
				return a.Table([]string{"SHOP", "CODE", "NAME", "REGION", "CIPHER"}, rows)
			})
		},
	}
	c.Flags().StringVar(&use, "use", "",
		"the id or code of the shop that the profile's calls are about from now on")
	return c
}

func (a *App) authAssetsCommand() *cobra.Command {
	var use string
	c := &cobra.Command{
		Use:     "assets",
		Short:   "List a partner's category assets and their ciphers",
		Long:    "List the category assets that a partner's token gives access to. --use makes one that of the profile's calls.",
		Example: "  tts auth assets\n  tts auth assets --use 600001/US\n  tts --fake auth assets --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			client, err := a.Client(ctx)
			if err != nil {
				return err
			}
			resp, err := authorization.New(client).GetAuthorizedCategoryAssets(ctx, nil)
			if err != nil {
				return err
			}
			assets := append([]authorization.CategoryAsset{}, resp.Data.CategoryAssets...)
			if use != "" {
				for _, asset := range assets {
					if name := string(asset.Category.ID) + "/" + asset.TargetMarket; name == use {
						return a.useCipher(func(p *profile.Profile) {
							p.CategoryAssetCipher = asset.Cipher
						}, "category asset "+name)
					}
				}
				return usagef("--use: the token gives access to no asset %q; it is written CATEGORY/MARKET, as 600001/US", use)
			}
			return a.Show(assets, func() error {
				rows := make([][]string, len(assets))
				for i, s := range assets {
					rows[i] = []string{string(s.Category.ID) + "/" + s.TargetMarket,
						s.Category.Name, s.Cipher}
				}
				return a.Table([]string{"ASSET", "CATEGORY", "CIPHER"}, rows)
			})
		},
	}
	c.Flags().StringVar(&use, "use", "",
		"the category and market, as 600001/US, that the profile's calls are about from now on")
	return c
}

// useCipher changes the profile in use.
func (a *App) useCipher(set func(*profile.Profile), what string) error {
	if a.fake {
		return usagef("--use: --fake has no profile to keep it in")
	}
	p, err := a.Profile()
	if err != nil {
		return err
	}
	if p == nil {
		return usagef("--use: the credentials are the environment's: set the cipher there")
	}
	set(p)
	store, err := a.Profiles()
	if err != nil {
		return err
	}
	if err := store.Put(*p); err != nil {
		return err
	}
	a.Note("%s: calls are about %s from now on", p.Name, what)
	return nil
}
