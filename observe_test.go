package tiktokshop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

type contextKey struct{}

func TestObserver(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		var starts []tiktokshop.CallStart
		var ends []tiktokshop.CallEnd
		client, err := client.With(
			tiktokshop.WithObserver(func(
				ctx context.Context, start tiktokshop.CallStart,
			) (context.Context, func(tiktokshop.CallEnd)) {
				starts = append(starts, start)
				nested, _ := ctx.Value(contextKey{}).(string)
				ctx = context.WithValue(ctx, contextKey{},
					fmt.Sprintf("%s/%d", nested, start.Attempt))
				return ctx, func(end tiktokshop.CallEnd) { ends = append(ends, end) }
			}),
			tiktokshop.WithObserver(func(
				context.Context, tiktokshop.CallStart,
			) (context.Context, func(tiktokshop.CallEnd)) {
				return nil, nil
			}))
		require.NoError(t, err)
		var nesting []string
		srv.FailNext(1, throttle)
		srv.FailNext(1, tiktokshoptest.Fault{Drop: true})
		srv.FailNext(1, tiktokshoptest.Fault{Delay: 3 * time.Second})
		_, err = callThing(t.Context(), client, opRead, "99",
			withTransport(func(req *http.Request) (*http.Response, error) {
				nested, _ := req.Context().Value(contextKey{}).(string)
				nesting = append(nesting, nested)
				return srv.Transport().RoundTrip(req)
			}))
		require.NoError(t, err)

		require.Len(t, starts, 4)
		for i, start := range starts {
			assert.Equal(t, tiktokshop.CallStart{Operation: "Things.Get", Method: "GET",
				PathTemplate: "/things/202501/things/{id}", Attempt: i}, start)
		}
		assert.Equal(t, []string{"/0/1", "/0/2", "/0/3"}, nesting,
			"the request has the context of its attempt")
		require.Len(t, ends, 4)
		requests := srv.Requests()
		assert.Equal(t, []int{429, 0, 200, 200},
			[]int{ends[0].HTTPStatus, ends[1].HTTPStatus, ends[2].HTTPStatus, ends[3].HTTPStatus})
		assert.Equal(t, []int{36009002, 0, 0, 0},
			[]int{ends[0].Code, ends[1].Code, ends[2].Code, ends[3].Code})
		assert.Equal(t, requests[0].RequestID, ends[0].RequestID)
		assert.Equal(t, requests[2].RequestID, ends[3].RequestID)
		assert.ErrorIs(t, ends[0].Err, tiktokshop.ErrRateLimited)
		assert.Error(t, ends[1].Err)
		assert.NoError(t, ends[2].Err)
		assert.Equal(t, []int{1, 2, 3, 3}, []int{ends[0].Attempts, ends[1].Attempts,
			ends[2].Attempts, ends[3].Attempts})
		assert.Equal(t, 3*time.Second, ends[2].Duration)
		assert.Zero(t, ends[0].Wait)
		within(t, time.Second, 1500*time.Millisecond, ends[1].Wait)
		within(t, 2*time.Second, 2500*time.Millisecond, ends[2].Wait)
		assert.Equal(t, ends[1].Wait+ends[2].Wait, ends[3].Wait)
		assert.Equal(t, ends[3].Wait+ends[2].Duration, ends[3].Duration)
	})
}

func TestObserverOfAFailedCall(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		var last tiktokshop.CallEnd
		srv.FailNext(5, throttle)
		_, err := callThing(t.Context(), client, opRead, "99", tiktokshop.WithObserver(
			func(ctx context.Context, start tiktokshop.CallStart) (context.Context, func(
				tiktokshop.CallEnd,
			)) {
				return ctx, func(end tiktokshop.CallEnd) { last = end }
			}))
		assert.Equal(t, err, last.Err)
		assert.Equal(t, 5, last.Attempts)
		assert.Equal(t, 429, last.HTTPStatus)
		assert.Equal(t, apiError(t, err).RequestID, last.RequestID)
	})
}

// TestObserverOfACallThatEndsWaiting: a wait that no attempt followed is the call's all the same.
func TestObserverOfACallThatEndsWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		var ends []tiktokshop.CallEnd
		full, asked := errors.New("full"), 0
		srv.FailNext(2, throttle)
		_, err := callThing(t.Context(), client, opRead, "99",
			tiktokshop.WithLimiter(ratelimit.ForAll(waiterFunc(func(context.Context) error {
				if asked++; asked > 2 {
					return full
				}
				return nil
			}))),
			tiktokshop.WithObserver(func(
				ctx context.Context, _ tiktokshop.CallStart,
			) (context.Context, func(tiktokshop.CallEnd)) {
				return ctx, func(end tiktokshop.CallEnd) { ends = append(ends, end) }
			}))
		require.ErrorIs(t, err, full)
		require.Len(t, ends, 3, "two attempts and the call")
		within(t, time.Second, 1500*time.Millisecond, ends[1].Wait)
		within(t, 2*time.Second, 2500*time.Millisecond, ends[2].Wait-ends[1].Wait)
		assert.Equal(t, ends[2].Duration, ends[2].Wait)
	})
}

func TestObserversOfDerivedClients(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *tiktokshoptest.Server, client *tiktokshop.Client) {
		var told []string
		observe := func(name string) tiktokshop.Option {
			return tiktokshop.WithObserver(func(
				ctx context.Context, start tiktokshop.CallStart,
			) (context.Context, func(tiktokshop.CallEnd)) {
				if start.Attempt > 0 {
					return nil, nil
				}
				told = append(told, "start "+name)
				return nil, func(tiktokshop.CallEnd) { told = append(told, "end "+name) }
			})
		}
		silent := tiktokshop.WithObserver(func(
			context.Context, tiktokshop.CallStart,
		) (context.Context, func(tiktokshop.CallEnd)) {
			return nil, nil
		})
		// so many that a list has room for another
		base, err := client.With(silent, silent, observe("base"))
		require.NoError(t, err)
		one, err := base.With(observe("one"))
		require.NoError(t, err)
		two, err := base.With(observe("two"))
		require.NoError(t, err)
		for _, c := range []*tiktokshop.Client{one, two} {
			_, err = callThing(t.Context(), c, opRead, "1")
			require.NoError(t, err)
		}
		assert.Equal(t, []string{
			"start base", "start one", "end one", "end base", "start base", "start two", "end two",
			"end base",
		}, told)
	})
}

func TestLogOfAttempts(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		var logged syncBuffer
		srv.FailNext(1, throttle)
		_, err := callThing(t.Context(), client, opRead, "99", logTo(&logged, slog.LevelDebug))
		require.NoError(t, err)
		records := logged.records(t)
		require.Len(t, records, 2)
		first, second := records[0], records[1]
		for i, record := range records {
			assert.Equal(t, "DEBUG", record["level"])
			assert.Equal(t, "Things.Get", record["operation"])
			assert.Equal(t, "GET", record["method"])
			assert.Equal(t, "/things/202501/things/{id}", record["path"])
			assert.EqualValues(t, i+1, record["attempt"])
			assert.Equal(t, srv.Requests()[i].RequestID, record["request_id"])
			assert.Contains(t, record, "duration")
		}
		assert.EqualValues(t, 429, first["status"])
		assert.EqualValues(t, 36009002, first["code"])
		assert.EqualValues(t, 200, second["status"])
		assert.GreaterOrEqual(t, second["wait"], float64(time.Second))
	})
}

// TestLogOfALimitersWait: the time that a limiter took is that of the attempt it held back.
func TestLogOfALimitersWait(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		var logged syncBuffer
		slow := waiterFunc(func(context.Context) error { time.Sleep(3 * time.Second); return nil })
		limiter := tiktokshop.WithLimiter(ratelimit.ForAll(slow))
		_, err := callThing(t.Context(), client, opRead, "99", limiter,
			logTo(&logged, slog.LevelDebug))
		require.NoError(t, err)
		records := logged.records(t)
		require.Len(t, records, 1)
		assert.EqualValues(t, 3*time.Second, records[0]["wait"])
		assert.Len(t, srv.Requests(), 1)
	})
}

func TestLogOfGivingUp(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  tiktokshoptest.Fault
		op     *tiktokshop.Operation
		opts   []tiktokshop.Option
		reason string // "" for no record
	}{
		"no attempts left": {throttle, opRead, nil, "no attempts left"},
		"one retry": {throttle, opRead,
			[]tiktokshop.Option{tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 2})},
			"no attempts left"},
		"unsafe": {tiktokshoptest.Fault{}, opWrite, nil,
			"the call may have taken effect and is not safe to repeat"},
		"Retry-After": {
			tiktokshoptest.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, opRead,
			nil,
			"the platform asked for too long a wait",
		},
		"not worth a retry": {tiktokshoptest.Fault{Status: 400, Code: 36009004}, opRead, nil, ""},
		"retry off":         {throttle, opRead, []tiktokshop.Option{tiktokshop.WithoutRetry()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				var logged syncBuffer
				srv.FailNext(5, tt.fault)
				_, err := callThing(t.Context(), client, tt.op, "99",
					append(tt.opts, logTo(&logged, slog.LevelWarn))...)
				require.Error(t, err)
				records := logged.records(t)
				if tt.reason == "" {
					assert.Empty(t, records)
					return
				}
				require.Len(t, records, 1)
				assert.Equal(t, "WARN", records[0]["level"])
				assert.Equal(t, tt.reason, records[0]["reason"])
				assert.Equal(t, tt.op.Path, records[0]["path"])
				assert.Equal(t, tt.op.Name, records[0]["operation"])
				assert.NotContains(t, fmt.Sprint(records), tiktokshoptest.AccessToken)
			})
		})
	}
}

// TestObserverThatPanics is left out, and one error is logged however often it does.
func TestObserverThatPanics(t *testing.T) {
	type hook = func(context.Context, tiktokshop.CallStart) (context.Context, func(tiktokshop.CallEnd))
	for _, tc := range []struct {
		name     string
		observer hook
	}{
		{"at the start",
			func(context.Context, tiktokshop.CallStart) (context.Context, func(
				tiktokshop.CallEnd,
			)) {
				panic("oh")
			}},
		{"at the end",
			func(context.Context, tiktokshop.CallStart) (context.Context, func(
				tiktokshop.CallEnd,
			)) {
				return nil, func(tiktokshop.CallEnd) { panic("oh") }
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				var logged bytes.Buffer
				told := 0
				client, err := client.With(tiktokshop.WithObserver(tc.observer),
					tiktokshop.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))),
					tiktokshop.WithObserver(func(
						ctx context.Context, _ tiktokshop.CallStart,
					) (context.Context, func(tiktokshop.CallEnd)) {
						return ctx, func(tiktokshop.CallEnd) { told++ }
					}))
				require.NoError(t, err)
				srv.FailNext(1, throttle)
				for range 2 {
					_, err = callThing(t.Context(), client, opRead, "1")
					require.NoError(t, err)
				}
				assert.Equal(t, 5, told,
					"the other observer is told of two calls and three attempts")
				assert.Equal(t, 1, strings.Count(logged.String(), "an observer panicked"))
			})
		})
	}
}
