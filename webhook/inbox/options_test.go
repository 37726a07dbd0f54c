package inbox

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// settings are what options set.
type settings struct {
	prefix, table                                  string
	ordered                                        bool
	concurrency, attempts                          int
	timeout, lease, minDelay, maxDelay, poll, keep time.Duration
}

func settingsOf(b *Inbox) settings {
	return settings{
		b.prefix, b.table.SQL("{table}"), b.ordered, b.concurrency, b.attempts,
		b.timeout, b.lease, b.minDelay, b.maxDelay, b.poll, b.keep,
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	defaults := settings{
		"tiktokshop_", "tiktokshop_inbox", false, 10, 20,
		time.Minute, 30 * time.Second, 5 * time.Second, time.Hour, time.Second, 48 * time.Hour,
	}
	for _, tt := range []struct {
		name string
		opts []Option
		want func(*settings)
	}{
		{"defaults", nil, func(*settings) {}},
		{"table prefix", []Option{WithTablePrefix("app.")},
			func(s *settings) { s.prefix, s.table = "app.", "app.inbox" }},
		{"concurrency", []Option{WithConcurrency(1)}, func(s *settings) { s.concurrency = 1 }},
		{"attempts", []Option{WithMaxAttempts(1)}, func(s *settings) { s.attempts = 1 }},
		{
			"backoff", []Option{WithBackoff(time.Millisecond, time.Millisecond)},
			func(s *settings) { s.minDelay, s.maxDelay = time.Millisecond, time.Millisecond },
		},
		{"handler timeout", []Option{WithHandlerTimeout(time.Millisecond)},
			func(s *settings) { s.timeout = time.Millisecond }},
		{"lease", []Option{WithLease(time.Second)}, func(s *settings) { s.lease = time.Second }},
		{"poll interval", []Option{WithPollInterval(time.Millisecond)},
			func(s *settings) { s.poll = time.Millisecond }},
		{
			"time to keep", []Option{WithKeep(15*time.Hour + 32*time.Minute)},
			func(s *settings) { s.keep = 15*time.Hour + 32*time.Minute },
		},
		{"order", []Option{WithOrder()}, func(s *settings) { s.ordered = true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := defaults
			tt.want(&want)
			assert.Equal(t, want, settingsOf(newInbox(t, tt.opts...)))
		})
	}
	at := time.Unix(1, 0)
	assert.Equal(t, at, newInbox(t, WithClock(func() time.Time { return at })).now())
	assert.WithinDuration(t, time.Now(), newInbox(t).now(), time.Minute)
}

func TestLog(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	b := newInbox(t, WithSecrets("a-secret"),
		WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
	w := &worker{Inbox: b}
	handled := &task{Entry: Entry{Key: "app:1:7", Owner: "shop 7", State: Handled, Attempts: 2}}
	w.report(handled)
	failed := *handled
	failed.err, failed.ended = assert.AnError, true
	w.report(&failed)
	assert.Empty(t, logged.String(), "nothing went wrong")

	for _, tt := range []struct {
		state State
		want  string
	}{
		{Parked, `level=ERROR msg="inbox: event parked" event=app:1:7 owner="shop 7" attempts=2 error="no [redacted]"`},
		{
			Waiting, `level=WARN msg="inbox: event not handled, tried again later" event=app:1:7 owner="shop 7" attempts=2 ` +
				`next=1970-01-01T00:00:01.000Z error="no [redacted]"`,
		},
	} {
		logged.Reset()
		failed.err, failed.ended, failed.State, failed.DueAt = errorText("no a-secret"), false,
			tt.state, time.Unix(1, 0).UTC()
		w.report(&failed)
		assert.Contains(t, logged.String(), tt.want)
	}
}

type errorText string

func (e errorText) Error() string { return string(e) }
