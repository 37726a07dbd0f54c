package token_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestDeadProcessHoldsOthersUpForItsLeaseOnly(t *testing.T) {
	inBubble(t, func(b *bubble) {
		// The lease, and then nothing: the release fails, the process is gone.
		b.platform.set(func(p *platform) { p.fail = errUnsent })
		b.store.failSaves(2)
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		b.store.repair()
		assert.True(b, b.stored().Leased)
		b.platform.set(func(p *platform) { p.fail = nil })
		advance(week) // clocks do not matter, only how long the record stays as it is, seen from here

		start := time.Now()
		assert.Equal(b, "access-2", b.access(b.newSource()))
		assert.GreaterOrEqual(b, time.Since(start), 30*time.Second)
		assert.Less(b, time.Since(start), 31*time.Second)
		assert.Equal(b, 2, b.platform.refreshes())
		assert.False(b, b.stored().Leased)
		assert.False(b, b.stored().Unanswered)
	})
}

func TestLeaseOfAnotherDoesNotHoldUpCallsWithALivingToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 10 * time.Second })
		advance(week - 23*time.Hour)
		go b.access(b.source)
		time.Sleep(time.Second)
		start := time.Now()
		assert.Equal(b, "access-1", b.access(b.newSource()))
		assert.Zero(b, time.Since(start))
		advance(time.Minute)
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

// A lost answer: the platform has rotated, and nobody has the new pair. Nothing can be done but to try the old one, and
// to say so.
func TestLostAnswer(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.loseNext = true })
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errLost)
		assert.True(b, b.stored().Unanswered)
		assert.False(b, b.stored().Leased, "others may try")
		assert.Equal(b, 1, b.platform.refreshes(), "not tried again at once")
		_, err = b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, errLost, "nor during the back-off")
		assert.Equal(b, 1, b.platform.refreshes())
		advance(2 * time.Second)
		_, err = b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, token.ErrRefused)
		assert.ErrorContains(b, err, "earlier refresh was lost")
		assert.Equal(b, "access-1", b.access(b.source), "by the clock it lives: calls go on, and report what the platform says")
	})
}

func TestLostAnswerOfAPlatformThatKeepsOldTokens(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.loseNext = true })
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		b.platform.set(func(p *platform) { p.valid = "refresh-1" })
		advance(2 * time.Second)
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-3", got)
		assert.False(b, b.stored().Unanswered)
	})
}

func TestOnlyARefreshThatMayHaveHappenedIsCalledLost(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		lost bool
	}{
		{"no word of an effect", errLost, true},
		{"it may have had one", errUnavailable, true},
		{"it had none", errUnsent, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				b.platform.set(func(p *platform) { p.fail = tc.err })
				_, err := b.expired(b.source, "access-1")
				require.ErrorIs(b, err, tc.err)
				assert.Equal(b, tc.lost, b.stored().Unanswered)
				assert.False(b, b.stored().Leased)
			})
		})
	}
}
