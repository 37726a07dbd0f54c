package token_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/internal/processtest"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func openFileStore(dir string) (token.Store, error) {
	return token.NewFileStore(dir)
}

func TestMain(m *testing.M) {
	processtest.Main(openFileStore)
	for name, role := range roles {
		if os.Getenv(name) != "" {
			role()
		}
	}
	os.Exit(m.Run())
}

// roles are what this binary does as a child process, by the variable that says so.
var roles = map[string]func(){"TOKENTEST_KILL": refreshUntilKilled}

func TestTwoProcessesShareAFileStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	processtest.Share(t, newFileStore(t, dir), dir, 5)
}

// killLease is how long a killed process holds up the next one. It is short, as there is only ever
// one process.
const killLease = 20 * time.Millisecond

// refreshUntilKilled is the process that is killed: it tries whether the stored pair works, and
// refreshes in a loop. Its lines are "works" or "authorize again" and, for each pair that it was
// given to use, the pair's number.
func refreshUntilKilled() {
	ctx := context.Background()
	store, err := openFileStore(os.Getenv("TOKENTEST_STORE"))
	if err != nil {
		panic(err)
	}
	client, source, err := processtest.Connect(os.Getenv("TOKENTEST_SERVER"), "killed", store, 0)
	if err != nil {
		panic(err)
	}
	source.SetLease(killLease)
	for first := true; ; first = false {
		access, err := source.AccessToken(ctx)
		if err == nil {
			access, err = source.RenewAccessToken(ctx, access, token.ErrExpired)
		}
		if err == nil && first {
			_, err = authorization.New(client).GetAuthorizedShops(ctx, nil)
		}
		switch {
		case errors.Is(err, token.ErrRefused), errors.Is(err, token.ErrInDoubt):
			// the holder may live, but this test killed it
			fmt.Println("authorize again")
			os.Exit(0)
		case err != nil:
			fmt.Println("error:", err)
			os.Exit(1)
		case first:
			fmt.Println("works")
		}
		fmt.Println(pairNumber(access))
	}
}

// pairNumber is the fake's number of a pair.
func pairNumber(access token.Secret) int {
	n, err := strconv.Atoi(strings.Split(access.Reveal(), "-")[2])
	if err != nil {
		panic(err)
	}
	return n
}

// TestKilledWhileRefreshing kills a process that refreshes in a loop, at random points.
// TOKENTEST_KILLS sets how often; the default is a sample. What must hold after each kill: the
// store can be read; the pair in it is the last one that was given out, or a newer one; and it
// works, unless the platform burns refresh tokens at once and the process died between the
// platform's answer and the save. Then the record says that a refresh was under way, and the
// account has to authorize again.
func TestKilledWhileRefreshing(t *testing.T) {
	t.Parallel()
	kills := 8
	if s := os.Getenv("TOKENTEST_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	for name, rotation := range map[string]tiktokshoptest.Rotation{
		"burn at once":      tiktokshoptest.BurnAtOnce,
		"burn on first use": tiktokshoptest.BurnOnFirstUse,
		"keep":              tiktokshoptest.KeepRefreshTokens,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &killTest{T: t, srv: tiktokshoptest.NewServer(t), dir: t.TempDir()}
			k.srv.SetRotation(rotation, false)
			k.srv.AddAccount(tiktokshoptest.Account{OpenID: "killed"})
			k.authorize()
			for range kills {
				k.run()
			}
			t.Logf("%d kills, %d refreshes, %d authorizations lost in the window that nothing can close", kills, k.srv.Refreshes("killed"), k.lost)
			if rotation != tiktokshoptest.BurnAtOnce {
				assert.Zero(t, k.lost, "a platform that keeps the old refresh token loses nothing")
			}
			assert.Greater(t, k.srv.Refreshes("killed"), kills,
				"the processes did something before they were killed")
		})
	}
}

type killTest struct {
	*testing.T
	srv    *tiktokshoptest.Server
	dir    string
	given  int               // number of the last pair that a process was given to use
	stored token.StoredState // what the last process left
	lost   int
}

// authorize puts a new authorization into the store, as a program does after the account's consent.
func (k *killTest) authorize() {
	k.Helper()
	_, source, err := processtest.Connect(k.srv.URL, "killed", newFileStore(k.T, k.dir), 0)
	require.NoError(k, err)
	pair := k.srv.IssueToken("killed")
	require.NoError(k, source.Put(k.Context(), pair))
	k.given = pairNumber(pair.AccessToken)
	k.look()
}

// run starts a process, waits until it has made use of what was stored, and kills it after a random
// time.
func (k *killTest) run() {
	k.Helper()
	cmd := exec.CommandContext(k.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "TOKENTEST_KILL=1", "TOKENTEST_SERVER="+k.srv.URL,
		"TOKENTEST_STORE="+k.dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(k, err)
	require.NoError(k, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(k, lines.Scan(), "the process said nothing")
	if lines.Text() == "authorize again" {
		require.NoError(k, cmd.Wait())
		k.couldNotBeKept()
		k.authorize()
		k.run()
		return
	}
	require.Equal(k, "works", lines.Text(), "after a restart")
	time.AfterFunc(rand.N(25*time.Millisecond), func() { _ = cmd.Process.Kill() })
	for lines.Scan() {
		k.given, err = strconv.Atoi(lines.Text())
		require.NoError(k, err)
	}
	require.ErrorContains(k, cmd.Wait(), "killed")
	k.look()
}

// look reads what a process left. Every pair that was given out must have been stored before.
func (k *killTest) look() {
	k.Helper()
	data, _, err := newFileStore(k.T, k.dir).Load(k.Context(),
		token.Key{AppKey: tiktokshoptest.AppKey, OpenID: "killed"})
	require.NoError(k, err)
	k.stored, err = token.DecodeStored(data)
	require.NoError(k, err)
	require.GreaterOrEqual(k, pairNumber(k.stored.Token.AccessToken), k.given,
		"a pair was used that is not stored")
}

// couldNotBeKept checks that an authorization was lost for the one good reason.
func (k *killTest) couldNotBeKept() {
	k.Helper()
	k.lost++
	require.True(k, k.stored.Leased, "lost, though no refresh was under way")
	require.False(k, k.srv.TakesRefreshToken(k.stored.Token.RefreshToken),
		"given up, though the platform takes the stored pair")
}
