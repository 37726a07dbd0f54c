package tiktokshop

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A call of an operation that stops soon, or has stopped, is warned of once in a process.
func TestRetiredOperationIsLoggedOnce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, retired, successor string
		now                      string
		want                     string
	}{
		{"61 days before", "2026-08-15", "", "2026-06-15T23:59:59Z", ""},
		{"60 days before", "2026-08-15", "", "2026-06-16T00:00:00Z", "retired=2026-08-15"},
		{"after it", "2026-08-15", "", "2027-01-01T00:00:00Z", "retired=2026-08-15"},
		{"with a successor", "2026-08-15", "widget.GetNew", "2026-08-15T00:00:00Z",
			"retired=2026-08-15 successor=widget.GetNew"},
		{"that goes on", "", "", "2026-08-15T00:00:00Z", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, tc.now)
			require.NoError(t, err)
			op := &Operation{
				Name: "retired." + tc.name, Method: http.MethodGet, Path: "/retired/202309/widgets",
				Retired: tc.retired, Successor: tc.successor,
			}
			call := func(opts ...Option) {
				c := testClient(t, answering(200, `{"code":0}`),
					append(opts, WithClock(func() time.Time { return now }))...)
				_, err := Do[struct{}](t.Context(), c, op, Params{})
				require.NoError(t, err)
			}
			call() // without a logger it is not told, and not forgotten
			var logged bytes.Buffer
			log := slog.New(slog.NewTextHandler(&logged, nil))
			call(WithLogger(log))
			call(WithLogger(log)) // another client
			if tc.want == "" {
				assert.Empty(t, logged.String())
				return
			}
			assert.Equal(t, 1, strings.Count(logged.String(), "level=WARN"), logged.String())
			assert.Contains(t, logged.String(), "operation=\"retired."+tc.name+
				"\" method=GET path=/retired/202309/widgets "+tc.want)
		})
	}
}

// Many goroutines get one warning between them.
func TestRetiredOperationIsLoggedOnceByMany(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer // its handler has a lock
	c := testClient(t, answering(200, `{"code":0}`),
		WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
	op := &Operation{Name: "retired.Many", Method: http.MethodGet, Path: "/retired/202309/many",
		Retired: "2020-01-01"}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := Do[struct{}](t.Context(), c, op, Params{})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 1, strings.Count(logged.String(), "level=WARN"), logged.String())
}

// The error of a retired version names the method to call instead; another error does not.
func TestRetiredVersionNamesSuccessor(t *testing.T) {
	t.Parallel()
	op := &Operation{Name: "widget.GetOld", Method: http.MethodGet, Path: "/widget/202309/widgets",
		Successor: "widget.GetNew"}
	for _, tc := range []struct {
		name, answer, successor, want string
	}{
		{"retired", `{"code":36009014,"message":"gone"}`, "widget.GetNew",
			"gone (call widget.GetNew instead)"},
		{"retired, nothing known", `{"code":36009014,"message":"gone"}`, "", "gone"},
		{"another", `{"code":36009009,"message":"no"}`, "widget.GetNew", "HTTP 400: no"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			op := *op
			op.Successor = tc.successor
			_, err := Do[struct{}](t.Context(), testClient(t, answering(400, tc.answer)), &op,
				Params{})
			var refused *APIError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, tc.successor, refused.Successor)
			assert.True(t, strings.HasSuffix(err.Error(), tc.want), err.Error())
		})
	}
}

func TestRetiredMustBeADay(t *testing.T) {
	t.Parallel()
	op := &Operation{Name: "widget.Get", Method: http.MethodGet, Path: "/widget", Retired: "August"}
	_, err := Do[struct{}](t.Context(), testClient(t, answering(200, `{"code":0}`)), op, Params{})
	assert.EqualError(t, err, "tiktokshop: widget.Get: retired: is not a day such as 2026-08-15")
}
