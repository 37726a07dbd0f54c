package inbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

const concurrency = 10 // of the process that is killed

func TestMain(m *testing.M) {
	dbtest.Main(func(d dbtest.Database, verifier *webhook.Verifier, success func(
		*webhook.Event,
	) error) (http.Handler, error) {
		box, _, err := open(d, inbox.WithLease(time.Second), inbox.WithConcurrency(concurrency),
			inbox.WithMaxAttempts(1000))
		if err != nil {
			return nil, err
		}
		err = box.Start(func(_ context.Context, e *webhook.Event) error {
			if rand.IntN(20) == 0 {
				return errors.New("now and then")
			}
			return success(e)
		})
		if err != nil {
			return nil, err
		}
		return webhook.NewDurableHandler(verifier, box)
	})
	os.Exit(m.Run())
}

// TestKilledWhileHandling kills the process that has the inbox again and again, while events are
// delivered to it, some several times, out of order. INBOXTEST_EVENTS and INBOXTEST_KILLS set how
// many and how often; the defaults are a sample. In the end each event was handled to success, and
// more than once only if it was in hand at a kill.
func TestKilledWhileHandling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		events, kills := dbtest.FromEnvironment(t, "INBOXTEST_EVENTS", 2000),
			dbtest.FromEnvironment(t, "INBOXTEST_KILLS", 5)
		box := mustOpen(t, d)
		log := filepath.Join(t.TempDir(), "successes")
		var url atomic.Value
		receiver := dbtest.StartReceiver(t, d, log)
		defer func() { receiver.Kill() }()
		url.Store(receiver.URL)

		began := time.Now()
		sender := dbtest.NewSender(events, func() string { return url.Load().(string) })
		sent := make(chan error, 1)
		go func() { sent <- sender.Run(t.Context()) }()
		for n := range kills { // spread over the work, however fast it goes
			for sender.Done() < (n+1)*sender.Deliveries()/(kills+1) {
				time.Sleep(time.Millisecond)
			}
			receiver.Kill()
			receiver = dbtest.StartReceiver(t, d, log)
			url.Store(receiver.URL)
		}
		require.NoError(t, <-sent)
		accepted := time.Since(began)
		for {
			stats, err := box.Stats(t.Context())
			require.NoError(t, err)
			if stats.Waiting == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		took := time.Since(began)
		receiver.Kill()

		times := dbtest.Successes(t, log)
		repeats, attempts, handled := -events, 0, 0
		for _, n := range times {
			repeats += n
		}
		for e, err := range box.Entries(t.Context(), inbox.Filter{}) {
			require.NoError(t, err)
			attempts += e.Attempts
			if e.State == inbox.Handled {
				handled++
			}
		}
		assert.Len(t, times, events, "events handled to success")
		assert.Equal(t, events, handled, "rows of handled events: one for each")
		assert.LessOrEqual(t, repeats, kills*concurrency, "only what was in hand is repeated")
		assert.GreaterOrEqual(t, attempts, events+repeats, "attempts are counted")
		t.Logf("%d events in %d deliveries, %d more refused or unanswered, %d kills: %d handled, %d repeated, %d attempts; accepted in %v, handled in %v",
			events, sender.Deliveries(), sender.Refused(), kills, len(times), repeats, attempts,
			accepted.Round(time.Millisecond), took.Round(time.Millisecond))
	})
}
