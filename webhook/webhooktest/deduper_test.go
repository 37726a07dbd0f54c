package webhooktest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/webhooktest"
)

// complaints collects what a check finds.
type complaints struct {
	mu sync.Mutex
	n  int
}

func (c *complaints) Helper() {}

func (c *complaints) Errorf(string, ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

type stopped struct{}

func (c *complaints) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	panic(stopped{})
}

// altered is a right Deduper with one step that is not.
type altered struct {
	webhook.Deduper
	claim   func(context.Context, string, string, time.Duration) (webhook.ClaimState, error)
	commit  func(context.Context, string, string) error
	release func(context.Context, string, string) error
}

func (d *altered) Claim(
	ctx context.Context, key, owner string, lease time.Duration,
) (webhook.ClaimState, error) {
	if d.claim != nil {
		return d.claim(ctx, key, owner, lease)
	}
	return d.Deduper.Claim(ctx, key, owner, lease)
}

func (d *altered) Commit(ctx context.Context, key, owner string) error {
	if d.commit != nil {
		return d.commit(ctx, key, owner)
	}
	return d.Deduper.Commit(ctx, key, owner)
}

func (d *altered) Release(ctx context.Context, key, owner string) error {
	if d.release != nil {
		return d.release(ctx, key, owner)
	}
	return d.Deduper.Release(ctx, key, owner)
}

func TestCheckDeduperFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, string, string) error { return nil }
	fails := func(context.Context, string, string) error { return errors.New("down") }
	for name, alter := range map[string]func(*altered){
		"": func(*altered) {},
		"claims everything": func(d *altered) {
			d.claim = func(
				context.Context, string, string, time.Duration,
			) (webhook.ClaimState, error) {
				return webhook.Claimed, nil
			}
		},
		"never gives a claim up": func(d *altered) {
			d.claim = func(
				ctx context.Context, key, owner string, _ time.Duration,
			) (webhook.ClaimState, error) {
				return d.Deduper.Claim(ctx, key, owner, 1000*time.Hour)
			}
		},
		"gives a claim up early": func(d *altered) {
			d.claim = func(
				ctx context.Context, key, owner string, lease time.Duration,
			) (webhook.ClaimState, error) {
				return d.Deduper.Claim(ctx, key, owner, lease/2)
			}
		},
		"one owner for all": func(d *altered) {
			d.claim = func(
				ctx context.Context, key, _ string, lease time.Duration,
			) (webhook.ClaimState, error) {
				return d.Deduper.Claim(ctx, key, "all", lease)
			}
			d.release = func(ctx context.Context, key, _ string) error {
				return d.Deduper.Release(ctx, key, "all")
			}
		},
		"forgets commits":  func(d *altered) { d.commit = nothing },
		"keeps no release": func(d *altered) { d.release = nothing },
		"commit fails":     func(d *altered) { d.commit = fails },
		"release fails":    func(d *altered) { d.release = fails },
		"claim fails": func(d *altered) {
			d.claim = func(
				context.Context, string, string, time.Duration,
			) (webhook.ClaimState, error) {
				return 0, errors.New("down")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				memory, err := webhook.NewMemoryDeduper(1000, 2*time.Hour)
				require.NoError(t, err)
				d := &altered{Deduper: memory}
				alter(d)
				found := new(complaints)
				func() {
					defer func() {
						if p := recover(); p != nil && p != (stopped{}) {
							panic(p)
						}
					}()
					webhooktest.CheckDeduper(found, d, time.Sleep)
				}()
				assert.Equal(t, name == "", found.n == 0, "%d complaints", found.n)
			})
		})
	}
}
