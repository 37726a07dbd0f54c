package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
)

// A dead host costs as many calls as the run takes to believe it, whatever the input; the run goes
// on where the outage began.
func TestRunStopsAtADeadHost(t *testing.T) {
	t.Parallel()
	dead := &tiktokshop.TransportError{Operation: "test", Err: errors.New("no route to host")}
	for _, tt := range []struct {
		name        string
		concurrency int
		most        int
		from        int // the first batch that is not answered
		calls       int
	}{
		{"at once", 1, 0, 1, 5},
		{"at once, several in flight", 4, 0, 1, 5},
		{"at once, more in flight than it takes", 9, 0, 1, 9},
		{"on the way", 4, 0, 11, 15},
		{"a patient one", 4, 20, 1, 20},
		{"an impatient one", 1, 1, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &shop{latency: func() time.Duration { return time.Second }}
				s.refuse = func(_ int, items []item) error {
					// by the input: calls in flight overtake each other
					if items[0].n >= 100*(tt.from-1) {
						return dead
					}
					return nil
				}
				results, err := collect(bulk.Run(t.Context(), s.operation(10), numbers(2000),
					bulk.Options{
						Concurrency: tt.concurrency, MaxUnanswered: tt.most,
					}))
				var stopped *bulk.StoppedError
				require.ErrorAs(t, err, &stopped)
				require.ErrorIs(t, err, bulk.ErrUnreachable)
				require.ErrorIs(t, err, dead.Err)
				assert.Equal(t, tt.calls, s.calls)
				assert.Equal(t, 10*(tt.from-1), stopped.Answered)
				assert.Equal(t, 10*(tt.from-1), stopped.Resume)
				assert.Equal(t, 2000-10*tt.calls, stopped.NotTried)
				require.ErrorContains(t, err,
					fmt.Sprintf("test.Bulk: stopped with %d things answered and %d things not tried",
						stopped.Answered, stopped.NotTried))
				require.Equal(t, 2000, len(results))

				s.refuse = nil
				rest, err := collect(bulk.Run(t.Context(), s.operation(10), numbers(2000),
					bulk.Options{Skip: stopped.Resume}))
				require.NoError(t, err)
				require.Equal(t, 2000-stopped.Answered, len(rest))
				assert.Equal(t, stopped.Answered, rest[0].Position)
				for _, r := range rest {
					require.Equal(t, bulk.Done, r.Status)
				}
			})
		})
	}
}

func TestRunStopsOrGoesOn(t *testing.T) {
	t.Parallel()
	broken := &tiktokshop.TransportError{Operation: "test", Err: errors.New("connection reset")}
	for _, tt := range []struct {
		name  string
		err   error
		stops bool
	}{
		{"an expired token", tiktokshop.ErrTokenExpired, true},
		{"no token", &tiktokshop.TokenError{Err: errors.New("no")}, true},
		{"no permission", tiktokshop.ErrPermission, true},
		{"a quota used up", tiktokshop.ErrQuotaExhausted, true},
		{"a retired version", tiktokshop.ErrVersionRetired, true},
		{"another field of the request",
			&tiktokshop.InputError{Field: "ItemsX", Reason: "is missing"}, true},
		{"a bad item and another field", errors.Join(
			&tiktokshop.InputError{Field: "Items[0]", Reason: "is bad"},
			&tiktokshop.InputError{Field: "Shop", Reason: "is missing"}), true},
		{"what the operation knows to be fatal", errItem, true},
		{"a refused request", tiktokshop.ErrInvalidRequest, false},
		{"an item that is not there", tiktokshop.ErrNotFound, false},
		{"throttling", tiktokshop.ErrRateLimited, false},
		{"a broken connection", broken, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shop{refuse: func(call int, _ []item) error {
				if call == 3 {
					return tt.err
				}
				return nil
			}}
			op := s.operation(10)
			op.Stops = func(err error) (bool, bool) { return err == errItem, err == errItem }
			results, err := collect(bulk.Run(t.Context(), op, numbers(100),
				bulk.Options{Concurrency: 1}))
			require.Equal(t, 100, len(results))
			for _, r := range results[20:30] {
				require.Equal(t, bulk.Error, r.Status)
				require.ErrorIs(t, r.Err, tt.err)
			}
			if !tt.stops {
				require.NoError(t, err)
				assert.Equal(t, 10, s.calls)
				assert.Equal(t, bulk.Done, results[99].Status)
				return
			}
			var stopped *bulk.StoppedError
			require.ErrorAs(t, err, &stopped)
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, 3, s.calls)
			assert.Equal(t, 20, stopped.Resume)
			assert.Equal(t, 70, stopped.NotTried)
			assert.Equal(t, bulk.NotTried, results[99].Status)
			require.ErrorIs(t, results[99].Err, tt.err)
		})
	}
}

// Calls without an answer count only if they follow each other.
func TestRunOutlastsSingleFailures(t *testing.T) {
	t.Parallel()
	s := &shop{refuse: func(call int, _ []item) error {
		if call%5 == 0 {
			return tiktokshop.ErrInvalidRequest
		}
		return tiktokshop.ErrUnavailable
	}}
	results, err := collect(bulk.Run(t.Context(), s.operation(1), numbers(100),
		bulk.Options{Concurrency: 1}))
	require.NoError(t, err)
	assert.Len(t, results, 100)
}

// A success between two outages begins the count anew, and a refusal after one goes on where it
// began.
func TestRunGoesOnWhereTheTroubleBegan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		calls  string // one letter each: answered, broken, token refused
		resume int
	}{
		{"a success in between", "abbbbabbbbb", 6},
		{"a refusal after two broken ones", "abbt", 1},
		{"a refusal alone", "abbat", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shop{refuse: func(call int, _ []item) error {
				switch tt.calls[call-1] {
				case 'b':
					return tiktokshop.ErrUnavailable
				case 't':
					return tiktokshop.ErrTokenInvalid
				}
				return nil
			}}
			_, err := collect(bulk.Run(t.Context(), s.operation(1), numbers(100),
				bulk.Options{Concurrency: 1}))
			var stopped *bulk.StoppedError
			require.ErrorAs(t, err, &stopped)
			assert.Equal(t, len(tt.calls), s.calls)
			assert.Equal(t, tt.resume, stopped.Resume)
		})
	}
}

// An item that waits for one before it when the context ends has a result, too.
func TestRunCancelledWhileAnItemIsHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shop{latency: func() time.Duration { return time.Minute }}
		op := s.operation(10)
		op.Key = func(item) string { return "the only one" }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		read := 0
		results, err := collect(bulk.Run(ctx, op, func(yield func(item) bool) {
			for it := range numbers(100) {
				if read++; !yield(it) {
					return
				}
			}
		}, bulk.Options{}))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2, read)
		require.Equal(t, 2, len(results))
		assert.Equal(t, bulk.NotTried, results[1].Status)
	})
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			s := &shop{latency: func() time.Duration { return time.Second }}
			op := s.operation(10)
			op.Key = func(i item) string { return strconv.Itoa(i.n % 970) } // some have to wait
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(time.Duration(rng.IntN(5000))*time.Millisecond, cancel)
			read := 0
			endless := func(yield func(item) bool) {
				for it := range numbers(1 << 40) {
					if read++; !yield(it) {
						return
					}
				}
			}
			results, err := collect(bulk.Run(ctx, op, endless,
				bulk.Options{Concurrency: 1 + rng.IntN(5)}))
			var stopped *bulk.StoppedError
			require.ErrorAs(t, err, &stopped)
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, read, len(results), "every item that was read has a result")
			for i, r := range results {
				require.Equal(t, i, r.Position)
			}
			firstOpen := slices.IndexFunc(results,
				func(r result) bool { return r.Status == bulk.Error || r.Status == bulk.NotTried })
			if firstOpen < 0 {
				firstOpen = read
			}
			require.Equal(t, firstOpen, stopped.Resume, seed)
			require.Empty(t, s.broken)
		})
	}
}

// The consumer may leave at any point, also by a panic; calls in flight end with it.
func TestRunLeftEarly(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 9, 10, 11, 35} {
		synctest.Test(t, func(t *testing.T) {
			s := &shop{latency: func() time.Duration { return time.Second }}
			released := false
			input := func(yield func(item) bool) {
				defer func() { released = true }()
				numbers(10000)(yield)
			}
			results := bulk.Run(t.Context(), s.operation(10), input, bulk.Options{})
			n := 0
			for range results {
				if n++; n == after {
					break
				}
			}
			assert.Zero(t, s.running)
			assert.True(t, released, "the input is told that no more is wanted")
			assert.Panics(t, func() {
				for range results {
					panic("the consumer's own")
				}
			})
			assert.Zero(t, s.running)
		})
	}
}

func TestRunSurvivesAPanicOfOnProgress(t *testing.T) {
	t.Parallel()
	s := &shop{}
	told := 0
	results, err := collect(bulk.Run(t.Context(), s.operation(10), numbers(1000), bulk.Options{
		Concurrency: 1, OnProgress: func(bulk.Progress) { told++; panic("no terminal") },
	}))
	var stopped *bulk.StoppedError
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, bulk.ErrProgressPanicked)
	require.ErrorContains(t, err, "no terminal")
	assert.Equal(t, 1, told)
	require.Equal(t, 1000, len(results))
	assert.Equal(t, 10*s.calls, stopped.Resume)
}
