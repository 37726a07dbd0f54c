package tiktokshop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/stream"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
)

// TestDecideAtItsBounds has waits that are just short enough and just too long.
func TestDecideAtItsBounds(t *testing.T) {
	t.Parallel()
	throttled := func(after time.Duration) error {
		return &APIError{kind: ErrRateLimited, RetryAfter: after}
	}
	for _, tt := range []struct {
		name     string
		err      error
		deadline time.Duration // 0: none
		want     decision
	}{
		{"the longest wait asked for", throttled(5 * time.Minute), 0,
			decision{step: repeat, wait: 5 * time.Minute}},
		{"too long", throttled(5*time.Minute + 1), 0,
			decision{reason: "the platform asked for too long a wait"}},
		{"just before the deadline", throttled(time.Minute), time.Minute + 1,
			decision{step: repeat, wait: time.Minute}},
		{"until the deadline", throttled(time.Minute), time.Minute,
			decision{reason: "the wait would outlast the context's deadline"}},
		{"the source's own failure", &TokenError{}, 0, decision{}},
		{"no error of a call", io.ErrUnexpectedEOF, 0, decision{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				c := testClient(t, answering(200, `{"code":0}`),
					WithRetry(RetryPolicy{MaxDelay: time.Second}))
				inv := &invocation{prepared: prepared{cfg: c.cfg, op: testOp, stamp: 1}, made: 1}
				assert.Equal(t, tt.want, inv.decide(ctx, &attempt{}, tt.err))
			})
		})
	}
}

func TestDecideOnAnUploadThatIsUsedUp(t *testing.T) {
	t.Parallel()
	file, err := stream.NewFile("Data.Content", io.MultiReader(strings.NewReader("content")), 0,
		100)
	require.NoError(t, err)
	body := stream.New("image/png")
	body.AddFile(file)
	req := &http.Request{Header: http.Header{}}
	body.AddTo(t.Context(), req)
	_, err = io.ReadAll(req.Body)
	require.NoError(t, err)
	c := testClient(t, answering(200, `{"code":0}`))
	inv := &invocation{prepared: prepared{cfg: c.cfg, op: testOp, stamp: 1, upload: body}, made: 1}
	got := inv.decide(t.Context(), &attempt{}, &APIError{kind: ErrRateLimited})
	assert.Equal(t, decision{reason: "the content of the upload cannot be read again"}, got)
}

func TestWhatFailuresMean(t *testing.T) {
	t.Parallel()
	assert.Equal(t, failureFinal, classify(&TokenError{}))
	assert.Equal(t, failureFinal, classify(io.EOF))
	assert.Equal(t, failureNoEffect, classify(&APIError{kind: ErrRateLimited}))
	assert.Zero(t, RetryAfter(io.EOF))
	var content ContentError
	inv := &invocation{ambiguous: true}
	inv.describe(&content, time.Second)
	assert.True(t, content.earlier)
}

func TestErrorsOfInterruptedCallsSayWhatWasWaitedFor(t *testing.T) {
	t.Parallel()
	inv := &invocation{prepared: prepared{op: testOp}}
	err := inv.interrupted(context.Canceled, nil)
	assert.ErrorContains(t, err, "waiting for its turn: context canceled")
	last := errors.New("last")
	err = inv.interrupted(context.DeadlineExceeded, last)
	assert.ErrorContains(t, err,
		"waiting to try again: context deadline exceeded (the last attempt: last)")
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorIs(t, err, last)
	assert.Equal(t, "answer cut short: unexpected EOF",
		(&wire.CutShort{Err: io.ErrUnexpectedEOF}).Error())
}

func TestQueryBeginsWithItsFirstParameter(t *testing.T) {
	t.Parallel()
	query := ""
	c := testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		query = r.URL.RawQuery
		return answering(200, `{"code":0}`)(r)
	}))
	_, err := Do[testData](t.Context(), c, testOp, testParams)
	require.NoError(t, err)
	assert.Regexp(t, `^[a-z]\w*=`, query)
	assert.False(t, strings.HasSuffix(query, "&"))
	assert.NotContains(t, query, "&&")
}
