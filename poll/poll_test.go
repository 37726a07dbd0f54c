package poll_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// job is asked for by Until: it is at its n-th answer's state, and notes when it was asked.
type job struct {
	answers []any // a state, or an error
	asked   []time.Time
}

func (j *job) ask(context.Context) (string, error) {
	j.asked = append(j.asked, time.Now())
	answer := j.answers[min(len(j.asked), len(j.answers))-1]
	if err, failed := answer.(error); failed {
		return "", err
	}
	return answer.(string), nil
}

var errJobFailed = errors.New("the job failed")

func jobDone(state string) (bool, error) {
	if state == "failed" {
		return true, errJobFailed
	}
	return state == "done", nil
}

func TestUntil(t *testing.T) {
	t.Parallel()
	refused := &tiktokshop.InputError{Field: "TaskID", Reason: "is required"}
	for _, tt := range []struct {
		name    string
		policy  poll.Policy
		timeout time.Duration
		answers []any
		want    string
		is      []error
		asked   int
		text    string
	}{
		{name: "done at once", answers: []any{"done"}, want: "done", asked: 1},
		{name: "done later", answers: []any{"wait", "wait", "done"}, want: "done", asked: 3},
		{name: "an outage in between",
			answers: []any{"wait", tiktokshop.ErrUnavailable, tiktokshop.ErrRateLimited, "done"},
			want:    "done", asked: 4},
		{name: "a refusal", answers: []any{"wait", refused, "done"}, want: "wait",
			is: []error{refused}, asked: 2, text: "TaskID: is required"},
		{name: "another error", answers: []any{errJobFailed, "done"}, is: []error{errJobFailed},
			asked: 1},
		{name: "a bad end", answers: []any{"wait", "failed"}, want: "failed",
			is: []error{errJobFailed}, asked: 2, text: "tiktokshop: the job: asked 2 times in "},
		{
			name: "out of time", policy: poll.Policy{MaxWait: time.Minute,
				MinDelay: 20 * time.Second, MaxDelay: 20 * time.Second},
			answers: []any{"wait"}, want: "wait", is: []error{poll.ErrNotDone}, asked: 4,
			text: "tiktokshop: the job: asked 4 times in 1m0s: not done in time",
		},
		{
			name: "out of time in an outage", policy: poll.Policy{MaxWait: 10 * time.Second,
				MinDelay: 10 * time.Second},
			answers: []any{"wait", tiktokshop.ErrUnavailable}, want: "wait",
			is: []error{poll.ErrNotDone, tiktokshop.ErrUnavailable}, asked: 2,
			text: "(the last call: platform unavailable)",
		},
		{
			name: "the context's deadline", policy: poll.Policy{MinDelay: 20 * time.Second,
				MaxDelay: 20 * time.Second}, timeout: 50 * time.Second,
			answers: []any{"wait"}, want: "wait", is: []error{context.DeadlineExceeded}, asked: 3,
			text: "asked 3 times in 50s: context deadline exceeded",
		},
		{
			name:    "the platform asks for more than there is",
			policy:  poll.Policy{MaxWait: time.Minute},
			answers: []any{"wait", &tiktokshop.APIError{RetryAfter: time.Hour}}, want: "wait",
			is: nil, asked: 2,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.timeout)
					defer cancel()
				} else if tt.policy.MaxWait == 0 {
					tt.policy.MaxWait = time.Hour
				}
				tt.policy.What = "the job"
				j := &job{answers: tt.answers}
				start := time.Now()
				got, err := poll.Until(ctx, tt.policy, j.ask, jobDone)
				assert.Equal(t, tt.want, got)
				assert.Len(t, j.asked, tt.asked)
				if tt.want == "done" {
					require.NoError(t, err)
					return
				}
				var ended *poll.Error
				require.ErrorAs(t, err, &ended)
				for _, is := range tt.is {
					require.ErrorIs(t, err, is)
				}
				require.ErrorContains(t, err, tt.text)
				assert.Equal(t, tt.asked, ended.Asked)
				assert.Equal(t, time.Since(start), ended.Elapsed)
				if tt.want == "" {
					assert.Nil(t, ended.Last)
				} else {
					assert.Equal(t, tt.want, ended.Last)
				}
			})
		})
	}
}

// Waits grow from the shortest to the longest, with some chance in them, and stay between the two.
func TestUntilWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waits := func() (all []time.Duration) {
			j := &job{answers: []any{"wait"}}
			_, err := poll.Until(t.Context(), poll.Policy{MaxWait: time.Hour, MinDelay: time.Second,
				MaxDelay: 30 * time.Second}, j.ask, jobDone)
			require.ErrorIs(t, err, poll.ErrNotDone)
			for i := range j.asked[1:] {
				all = append(all, j.asked[i+1].Sub(j.asked[i]))
			}
			return all[:len(all)-1] // the last is what was left
		}
		first, second := waits(), waits()
		assert.NotEqual(t, first, second, "two machines do not ask in step")
		for _, wait := range first {
			assert.GreaterOrEqual(t, wait, time.Second)
			assert.LessOrEqual(t, wait, 30*time.Second)
		}
		assert.Less(t, first[0], 2*time.Second)
		assert.GreaterOrEqual(t, slices.Min(first[12:]), 20*time.Second)
	})
}

func TestUntilKeepsTheWaitThatThePlatformAsksFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		throttled := errors.Join(tiktokshop.ErrRateLimited,
			&passingThrottle{&tiktokshop.APIError{RetryAfter: 90 * time.Second}})
		j := &job{answers: []any{throttled, "done"}}
		_, err := poll.Until(t.Context(), poll.Policy{MaxWait: time.Hour}, j.ask, jobDone)
		require.NoError(t, err)
		assert.Equal(t, 90*time.Second, j.asked[1].Sub(j.asked[0]))

		j = &job{answers: []any{throttled, "done"}}
		_, err = poll.Until(t.Context(), poll.Policy{MaxWait: time.Minute}, j.ask, jobDone)
		require.ErrorIs(t, err, poll.ErrNotDone)
		assert.Len(t, j.asked, 1, "a wait that will fail is not begun")
	})
}

// passingThrottle is an APIError that may pass, which no program can make.
type passingThrottle struct{ *tiktokshop.APIError }

func (*passingThrottle) Retryable() bool { return true }
func (e *passingThrottle) Unwrap() error { return e.APIError }

func TestUntilCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		j := &job{answers: []any{"wait"}}
		start := time.Now()
		last, err := poll.Until(ctx, poll.Policy{MaxWait: time.Hour}, j.ask, jobDone)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, "wait", last)
		assert.Equal(t, time.Minute, time.Since(start))
	})
}

func TestUntilRefusesBadInput(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		policy poll.Policy
		fields []string
	}{
		{"no end", poll.Policy{}, []string{"Policy.MaxWait"}},
		{"negative", poll.Policy{MaxWait: -1, MinDelay: -1},
			[]string{"Policy.MaxWait", "Policy.MinDelay"}},
		{"upside down", poll.Policy{MaxWait: 1, MinDelay: 2, MaxDelay: 1},
			[]string{"Policy.MaxDelay"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := &job{answers: []any{"done"}}
			_, err := poll.Until(t.Context(), tt.policy, j.ask, jobDone)
			var fields []string
			for _, mistake := range tiktokshop.InputErrors(err) {
				fields = append(fields, mistake.Field)
			}
			assert.Equal(t, tt.fields, fields)
			assert.Empty(t, j.asked)
		})
	}
}
