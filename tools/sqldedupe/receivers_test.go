package sqldedupe

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func TestMain(m *testing.M) {
	dbtest.Main(func(d dbtest.Database, verifier *webhook.Verifier, success func(
		*webhook.Event,
	) error) (http.Handler, error) {
		deduper, _, err := open(d)
		if err != nil {
			return nil, err
		}
		return webhook.NewHandler(verifier, func(_ context.Context, e *webhook.Event) error {
			if rand.IntN(20) == 0 {
				return errors.New("now and then")
			}
			return success(e)
		}, webhook.WithDeduper(deduper))
	})
	os.Exit(m.Run())
}

// TestThreeReceivers delivers events to three processes, some several times, out of order.
// DEDUPETEST_EVENTS sets how many; the default is a sample. None is handled to success twice, and
// none is left out.
func TestThreeReceivers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		events := dbtest.FromEnvironment(t, "DEDUPETEST_EVENTS", 1000)
		log := filepath.Join(t.TempDir(), "successes")
		var urls []string
		for range 3 {
			receiver := dbtest.StartReceiver(t, d, log)
			defer receiver.Kill()
			urls = append(urls, receiver.URL)
		}
		began := time.Now()
		sender := dbtest.NewSender(events, func() string { return urls[rand.IntN(len(urls))] })
		if err := sender.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		times := dbtest.Successes(t, log)
		if len(times) != events {
			t.Errorf("%d of %d events were handled", len(times), events)
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("event %s was handled %d times", id, n)
			}
		}
		t.Logf("%d events in %d deliveries to 3 receivers, %d more put off or failed: %d handled, in %v",
			events, sender.Deliveries(), sender.Refused(), len(times), took.Round(time.Millisecond))
	})
}
