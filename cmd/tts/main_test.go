package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tts": main})
}

// TestScripts runs what is in testdata/script, each with a folder of profiles of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/.config")
			e.Setenv("TTS_SECRETS", "file") // whatever keyring the machine has is none of theirs
			e.Setenv("CAMPAIGN", string(fakeshop.Campaign))
			e.Values[holderKey{}] = new(*tiktokshoptest.Server)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "fakeserver": fakeServer, "fakeprofile": fakeProfile,
			"requests": requests,
		},
		RequireUniqueNames: true,
	})
}

// exits runs a command and checks its exit code: exits 2 tts …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [arguments]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		coded, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = coded.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}

// holderKey is under which a script's environment has the place of its server.
type holderKey struct{}

// server is that of the script, which fakeServer has started.
func server(ts *testscript.TestScript) *tiktokshoptest.Server {
	srv := *ts.Value(holderKey{}).(**tiktokshoptest.Server)
	if srv == nil {
		ts.Fatalf("fakeserver comes first")
	}
	return srv
}

// fakeServer starts a fake that stands for the platform, and puts its credentials into the
// environment. With `outage` it fails from then on, with `expire` it takes the token no more, with
// `ungranted` it has no scopes.
func fakeServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: fakeserver [outage|expire|ungranted]")
	}
	if len(args) == 1 {
		srv := server(ts)
		switch args[0] {
		case "outage":
			srv.FailNext(1_000_000, tiktokshoptest.Fault{Status: 503, Code: 36009003,
				Message: "Internal error."})
		case "expire":
			srv.ExpireToken()
		case "ungranted":
			srv.GrantScopes()
		default:
			ts.Fatalf("unknown: %s", args[0])
		}
		return
	}
	srv, err := fakeshop.Start()
	ts.Check(err)
	ts.Defer(srv.Close)
	*ts.Value(holderKey{}).(**tiktokshoptest.Server) = srv
	for name, value := range map[string]string{
		"TIKTOK_BASE_URL": srv.URL, "TIKTOK_AUTH_BASE_URL": srv.URL,
		"TIKTOK_APP_KEY":               tiktokshoptest.AppKey,
		"TIKTOK_APP_SECRET":            tiktokshoptest.AppSecret,
		"TIKTOK_APP_ACCESS_KEY":        tiktokshoptest.AccessToken,
		"TIKTOK_SHOP_CIPHER":           tiktokshoptest.ShopCipher,
		"TIKTOK_CATEGORY_ASSET_CIPHER": tiktokshoptest.CategoryAssetCipher,
	} {
		ts.Setenv(name, value)
	}
}

// credentials are the environment of a fake.
func credentials(srv *tiktokshoptest.Server) []string {
	return []string{
		"TIKTOK_BASE_URL=" + srv.URL, "TIKTOK_AUTH_BASE_URL=" + srv.URL,
		"TIKTOK_APP_KEY=" + tiktokshoptest.AppKey,
		"TIKTOK_APP_SECRET=" + tiktokshoptest.AppSecret,
		"TIKTOK_APP_ACCESS_KEY=" + tiktokshoptest.AccessToken,
		"TIKTOK_SHOP_CIPHER=" + tiktokshoptest.ShopCipher,
		"TIKTOK_CATEGORY_ASSET_CIPHER=" + tiktokshoptest.CategoryAssetCipher,
	}
}

// requests checks how many requests the fake has had.
func requests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: requests count")
	}
	if got := fmt.Sprint(len(server(ts).Requests())); got != args[0] {
		ts.Fatalf("%s requests, not %s", got, args[0])
	}
}

// fakeProfile makes a profile of the fake, whose tokens and secret are kept in the encrypted file:
// fakeprofile name.
func fakeProfile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fakeprofile name")
	}
	srv := server(ts)
	phrase := token.NewSecret("script-passphrase")
	ts.Check(os.WriteFile(ts.MkAbs("passphrase"), []byte(phrase.Reveal()+"\n"), 0o600))
	ts.Setenv("TTS_PASSPHRASE_FILE", ts.MkAbs("passphrase"))
	store := profile.Open(ts.MkAbs(".config/tts"), profile.Options{
		Secrets:    profile.InFile,
		Passphrase: func(context.Context, bool) (token.Secret, error) { return phrase, nil },
	})
	ctx := context.Background()
	ts.Check(store.SetSecret(ctx, profile.AppSecret(tiktokshoptest.AppKey),
		token.NewSecret(tiktokshoptest.AppSecret)))
	tokens, err := store.Tokens(ctx)
	ts.Check(err)
	openID := srv.AddAccount(tiktokshoptest.Account{OpenID: "partner-1"})
	source, err := srv.Client().Auth.TokenSource(token.SourceOptions{OpenID: openID, Store: tokens})
	ts.Check(err)
	ts.Check(source.Put(ctx, srv.IssueToken(openID)))
	ts.Check(source.Close(ctx))
	ts.Check(store.Put(profile.Profile{
		Name: args[0], AppKey: tiktokshoptest.AppKey, OpenID: openID, BaseURL: srv.URL,
		AuthBaseURL:         srv.URL,
		ShopCipher:          tiktokshoptest.ShopCipher,
		CategoryAssetCipher: tiktokshoptest.CategoryAssetCipher,
	}))
}
