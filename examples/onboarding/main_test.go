package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// output is what the program prints, from several goroutines.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func TestRun(t *testing.T) {
	t.Parallel()
	var out output
	require.NoError(t, run(t.Context(), nil, &out))
	text := out.String()
	assert.Contains(t, text, "Browser at /accounts")
	for _, line := range []string{"seller Tea House:", "creator Fake Creator:",
		"partner Fake Partner:", "unauthorized: "} {
		assert.Contains(t, text, line)
	}
	assert.Contains(t, text, "Changed: seller Tea House: 1 problems")
	assert.Contains(t, text, "Changed: seller Tea House: 0 problems", "he has come back")
	assert.NotContains(t, text, "fake-access")
	assert.NotContains(t, text, "fake-refresh")
	assert.NotContains(t, text, tiktokshoptest.AppSecret)
}

// TestServe: the site goes on until it is stopped, and ends in good order.
func TestServe(t *testing.T) {
	t.Parallel()
	var out output
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-serve", "-dir", t.TempDir()}, &out) }()
	var url string
	require.Eventually(t, func() bool {
		_, rest, found := strings.Cut(out.String(), "Open ")
		url = strings.TrimSpace(rest)
		return found && strings.HasSuffix(rest, "\n")
	}, 30*time.Second, 5*time.Millisecond)
	require.NoError(t, visit(ctx, url+"/connect/seller", &out))
	stop()
	require.NoError(t, <-done)
	assert.Contains(t, out.String(), "seller Fake Seller:")
}

// TestForgedCallback: without the state of the browser nothing is taken.
func TestForgedCallback(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	code := srv.IssueCode(srv.AddAccount(tiktokshoptest.Account{})).Reveal()
	manager, err := open(srv.Client(), t.TempDir(), io.Discard)
	require.NoError(t, err)
	t.Cleanup(func() { _ = manager.Close(context.Background()) })
	handler := (&site{srv.Client(), manager, srv.PageURL}).handler()
	get := func(target string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for _, w := range []*httptest.ResponseRecorder{
		get("/callback?state=s&code=" + code),
		get("/callback?state=s&code="+code, &http.Cookie{Name: stateCookie, Value: "another"}),
	} {
		assert.Equal(t, http.StatusBadRequest, w.Code)
		assert.NotContains(t, w.Body.String(), code)
	}
	assert.Contains(t, get("/accounts").Body.String(), "None yet.")
	own := &http.Cookie{Name: stateCookie, Value: "s"}
	assert.Equal(t, http.StatusFound, get("/callback?state=s&code="+code, own).Code)
	assert.Equal(t, http.StatusBadGateway, get("/callback?state=s&code="+code, own).Code,
		"a code works once")
	assert.Equal(t, http.StatusNotFound, get("/connect/nobody").Code)
	assert.Contains(t, get("/").Body.String(), "/connect/creator")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard), flag.ErrHelp)
	require.ErrorContains(t, run(t.Context(), []string{"what"}, io.Discard), "unexpected argument")
}
