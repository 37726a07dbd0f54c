// Package tokentest runs processes that share a token store against one fake platform. The processes are the test's own binary, started
// again: Main is called at the top of TestMain.
package tokentest

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// What a child process finds in its environment.
const (
	envRole   = "TOKENTEST_ROLE"
	envServer = "TOKENTEST_SERVER"
	envStore  = "TOKENTEST_STORE"
	openID    = "shared"
)

// Main is the child process if this is one, and does not return then. open opens the store of an address that Share was given.
func Main(open func(address string) (tiktokshop.TokenStore, error)) {
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
	report     = 200 // calls between two lines
)

// child makes calls from 32 goroutines until its standard input ends. It prints a line for every 200 calls that succeeded.
func child(open func(string) (tiktokshop.TokenStore, error)) error {
	store, err := open(os.Getenv(envStore))
	if err != nil {
		return err
	}
	client, source, err := Connect(os.Getenv(envServer), openID, store, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel(nil)
	}()
	var calls atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for ctx.Err() == nil {
				// The call itself is not canceled: at the end it finishes.
				if _, err := client.Authorization.AuthorizedShops(context.WithoutCancel(ctx)); err != nil {
					cancel(err)
					return
				}
				if n := calls.Add(1); n%report == 0 {
					fmt.Println("calls", n)
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return source.Close(context.Background())
}

// Connect returns a client whose token is an account's in a store, and the token's source. 0 is the default refresh timeout.
func Connect(server, account string, store tiktokshop.TokenStore, refreshTimeout time.Duration) (*tiktokshop.Client, *tiktokshop.RefreshingTokenSource, error) {
	app, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(server), tiktokshop.WithAuthBaseURL(server),
		tiktokshop.WithHTTPClient(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}))
	if err != nil {
		return nil, nil, err
	}
	source, err := app.Auth.TokenSource(tiktokshop.TokenSourceOptions{OpenID: account, Store: store, RefreshTimeout: refreshTimeout})
	if err != nil {
		return nil, nil, err
	}
	client, err := app.With(tiktokshop.WithTokenSource(source))
	return client, source, err
}

// Share lets two processes of 32 goroutines each make calls with one account's token, kept in the store at address, while the
// token expires again and again. The platform takes a refresh token once and a refresh ends the life of the old access token. It
// fails the test if a call fails, or if there is not exactly one refresh for each expiry.
func Share(t *testing.T, store tiktokshop.TokenStore, address string, expiries int) {
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
	progress := func() {
		for _, c := range children {
			for range 2 { // of which the second is about calls made from now on
				c.line(t)
			}
		}
	}
	progress()
	for i := range expiries {
		srv.ExpireAccessTokens(openID)
		progress()
		if got := srv.Refreshes(openID); got != i+1 {
			t.Fatalf("%d refreshes after %d expiries", got, i+1)
		}
	}
	for _, c := range children {
		c.finish(t)
	}
	if got := srv.Refreshes(openID); got != expiries {
		t.Fatalf("%d refreshes after %d expiries", got, expiries)
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

// line waits for 200 calls more.
func (p *process) line(t *testing.T) {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("a process ended: %v", p.cmd.Wait())
	}
	if s := p.lines.Text(); !strings.HasPrefix(s, "calls ") {
		t.Fatalf("a process failed: %s", s)
	}
}

// finish stops the process and reads what it had to say.
func (p *process) finish(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close()
	for p.lines.Scan() {
		if s := p.lines.Text(); !strings.HasPrefix(s, "calls ") {
			t.Errorf("a process failed: %s", s)
		}
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a process failed: %v", err)
	}
}
