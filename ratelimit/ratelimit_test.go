package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/ratelimit/ratelimittest"
)

// waiterFunc is a Waiter.
type waiterFunc func(context.Context) error

func (f waiterFunc) Wait(ctx context.Context) error { return f(ctx) }

func TestForAll(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	var asked []context.Context
	limiter := ratelimit.ForAll(
		waiterFunc(func(ctx context.Context) error { asked = append(asked, ctx); return full }))
	assert.Equal(t, full, limiter.Wait(t.Context(), ratelimit.Quota{Path: "/a"}))
	assert.Equal(t, full, limiter.Wait(t.Context(), ratelimit.Quota{Path: "/b"}))
	limiter.Report(t.Context(), ratelimit.Quota{}, ratelimit.Outcome{Throttled: true})
	assert.Equal(t, []context.Context{t.Context(), t.Context()}, asked)
}

// What a quota is called is agreed on by programs of different versions that share a store.
func TestQuotaString(t *testing.T) {
	t.Parallel()
	q := ratelimit.Quota{AppKey: "6abc123", Owner: ratelimit.OwnerOf("ROW_cipher"), Method: "POST",
		Path: "/product/202309/products/{id}"}
	const want = "6abc123:feb4e6e3e253ccd5b331e32f80c98339:POST:/product/202309/products/{id}"
	assert.Equal(t, want, q.String())
	assert.Equal(t, want, fmt.Sprint(q))
}

func TestOwnerHoldsNoSecret(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "ROW_cipher", strings.Repeat("a long token ", 100)} {
		owner := ratelimit.OwnerOf(secret)
		assert.Equal(t, owner, ratelimit.OwnerOf(secret))
		assert.NotEqual(t, owner, ratelimit.OwnerOf(secret+"."))
		assert.Regexp(t, `^[0-9a-f]{32}$`, fmt.Sprint(owner))
	}
}

func TestOwnerOfDoesNotAllocate(t *testing.T) { // not parallel, as AllocsPerRun demands
	cipher := strings.Repeat("x", 100)
	assert.Zero(t, testing.AllocsPerRun(100, func() { ratelimit.OwnerOf(cipher) }))
}

func TestAdaptiveIsALimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		adaptive := new(ratelimit.Adaptive)
		ratelimittest.CheckLimiter(t, func() ratelimit.Limiter { return adaptive })
	})
}
