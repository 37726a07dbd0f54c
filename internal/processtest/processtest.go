// Package processtest runs processes that share a token store against one fake platform. The
// processes are the test's own binary, started again: Main is called at the top of TestMain.
package processtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// What a child process finds in its environment.
const (
	envRole   = "TOKENTEST_ROLE"
	envServer = "TOKENTEST_SERVER"
	envStore  = "TOKENTEST_STORE"
	openID    = "shared"
)

// Main is the child process if this is one, and does not return then. open opens the store of an
// address that Share was given.
func Main(open func(address string) (token.Store, error)) {
	if os.Getenv(envRole) == "" {
		return
	}
	if err := child(open); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

const (
	processes  = 2
	goroutines = 32
	calls      = 6 // of each goroutine in a round
)

// child makes a round of calls from 32 goroutines for each line that it reads, and then prints
// "done".
func child(open func(string) (token.Store, error)) error {
	store, err := open(os.Getenv(envStore))
	if err != nil {
		return err
	}
	ctx := context.Background()
	client, source, err := Connect(os.Getenv(envServer), openID, store, 0)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		errs := make([]error, goroutines)
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Go(func() {
				for n := 0; n < calls && errs[i] == nil; n++ {
					_, errs[i] = authorization.New(client).GetAuthorizedShops(ctx, nil)
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		fmt.Println("done")
	}
	return source.Close(ctx)
}

// Connect returns a client whose token is an account's in a store, and the token's source. 0 is the
// default refresh timeout.
func Connect(
	server, account string, store token.Store, refreshTimeout time.Duration,
) (*tiktokshop.Client, *token.RefreshingSource, error) {
	app, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(server), tiktokshop.WithAuthBaseURL(server),
		tiktokshop.WithHTTPClient(
			&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}))
	if err != nil {
		return nil, nil, err
	}
	source, err := app.Auth.TokenSource(token.SourceOptions{OpenID: account, Store: store,
		RefreshTimeout: refreshTimeout})
	if err != nil {
		return nil, nil, err
	}
	client, err := app.With(tiktokshop.WithTokenSource(source))
	return client, source, err
}

// Share lets two processes of 32 goroutines each make calls with one account's token, kept in the
// store at address, while the token expires again and again. The platform takes a refresh token
// once and a refresh ends the life of the old access token. It fails the test if a call fails, or
// if there is not exactly one refresh for each expiry.
func Share(t *testing.T, store token.Store, address string, expiries int) {
	t.Helper()
	srv := tiktokshoptest.NewServer(t)
	srv.SetRotation(tiktokshoptest.BurnAtOnce, true)
	srv.AddAccount(tiktokshoptest.Account{OpenID: openID})
	_, source, err := Connect(srv.URL, openID, store, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Put(t.Context(), srv.IssueToken(openID)); err != nil {
		t.Fatal(err)
	}
	var children []*process
	for range processes {
		children = append(children, start(t, srv.URL, address))
	}
	round := func(during func()) {
		for _, c := range children {
			c.begin(t)
		}
		during()
		for _, c := range children {
			c.done(t)
		}
	}
	round(func() {})
	for i := range expiries {
		round(func() { srv.ExpireAccessTokens(openID) })
		round(func() {}) // if the calls were faster than the expiry
		if got := srv.Refreshes(openID); got != i+1 {
			t.Fatalf("%d refreshes after %d expiries", got, i+1)
		}
	}
	for _, c := range children {
		c.finish(t)
	}
	for _, r := range srv.Requests() {
		if strings.HasPrefix(r.Path, "/api/v2/") && r.Code != 0 {
			t.Fatalf("a refresh was refused with %d", r.Code)
		}
	}
}

type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
}

func start(t *testing.T, server, address string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")}
	p.cmd.Env = append(os.Environ(), envRole+"=share", envServer+"="+server, envStore+"="+address)
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin, p.lines = stdin, bufio.NewScanner(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// begin starts a round of calls.
func (p *process) begin(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(p.stdin, "go\n"); err != nil {
		t.Fatalf("a process ended: %v", err)
	}
}

// done waits for the end of a round.
func (p *process) done(t *testing.T) {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("a process ended: %v", p.cmd.Wait())
	}
	if s := p.lines.Text(); s != "done" {
		t.Fatalf("a process failed: %s", s)
	}
}

// finish stops the process.
func (p *process) finish(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close()
	for p.lines.Scan() {
		t.Errorf("a process failed: %s", p.lines.Text())
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a process failed: %v", err)
	}
}
