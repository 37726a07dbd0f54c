package webhooktest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// CheckSink checks that a Sink keeps what webhook.Sink promises, but for the crash: that it keeps
// what it accepted, byte for byte and once, whoever delivers it how often. kept returns what the
// sink has kept so far, with Key and Body; it need not work on the events, and those of other
// checks may be among them. The sink must not forget during the check what it has handled.
func CheckSink(t TB, sink webhook.Sink, kept func() ([]webhook.Delivery, error)) {
	t.Helper()
	c := sinkChecker{t: t, sink: sink, kept: kept, want: map[string][]byte{}}
	now := time.Now()

	event := func(id string) []byte {
		return fmt.Appendf(nil,
			`{"type":1,"tts_notification_id":%q,"shop_id":"7494049642642441621","timestamp":1644412885,`+
				`"data":{"order_id":"576486316948490001","order_status":"UNPAID","note":"日本 \u0000 é"}}`, id)
	}
	for _, tt := range []struct {
		what, key string
		body      []byte
	}{
		{"an event", "app:1:7327112393057371910", event("7327112393057371910")},
		{"an event of another app", "other:1:7327112393057371910", event("7327112393057371910")},
		{"an event with a hash for an id", "app:1:sha256:" + strings.Repeat("0f", 32), event("")},
		{"an event whose key differs in case", "App:1:7327112393057371910",
			event("7327112393057371910")},
		{"an event of an unknown topic", "app:99:1",
			[]byte(`{"type":99,"tts_notification_id":"1"}`)},
		{"a body that is no JSON", "app:0:sha256:1", []byte("{\"type\":\xff\x00")},
		{"an empty body", "app:0:sha256:2", []byte{}},
		{"a large body", "app:1:large",
			fmt.Appendf(nil, `{"type":1,"data":{"note":%q}}`, strings.Repeat("x", 256<<10))},
	} {
		for i := range 3 {
			c.accept(context.Background(), tt.what, tt.key, tt.body,
				now.Add(time.Duration(i)*time.Hour))
		}
		c.look(tt.what)
	}

	// What ended in the middle may have been kept or not; with nil it was.
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if c.sink.Accept(ended, delivery("app:1:late", event("late"), now)) == nil {
		c.want["app:1:late"] = event("late")
		c.look("an event that was accepted although the context had ended")
	}
	c.accept(context.Background(), "an event whose first delivery was too late", "app:1:late",
		event("late"), now)
	c.look("an event whose first delivery was too late")

	const keys, workers = 20, 8
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range keys {
				id := fmt.Sprintf("contended-%d", i)
				if err := c.sink.Accept(context.Background(),
					delivery("app:1:"+id, event(id), now)); err != nil {
					c.t.Errorf("accept of one event by many at once: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for i := range keys {
		id := fmt.Sprintf("contended-%d", i)
		c.want["app:1:"+id] = event(id)
	}
	c.look("events that many delivered at once")
}

type sinkChecker struct {
	t    TB
	sink webhook.Sink
	kept func() ([]webhook.Delivery, error)
	want map[string][]byte // what was accepted
}

// delivery is a new one each time: it is the sink's to change.
func delivery(key string, body []byte, at time.Time) *webhook.Delivery {
	body = bytes.Clone(body)
	event, err := webhook.Parse(body)
	if err != nil {
		event = &webhook.Event{Raw: bytes.Clone(body), PayloadError: err}
	}
	return &webhook.Delivery{Key: key, Body: body, Event: event, ReceivedAt: at}
}

func (c sinkChecker) accept(ctx context.Context, what, key string, body []byte, at time.Time) {
	c.t.Helper()
	if err := c.sink.Accept(ctx, delivery(key, body, at)); err != nil {
		c.t.Fatalf("accept of %s: %v", what, err)
	}
	c.want[key] = body
}

// look compares what is kept with what was accepted.
func (c sinkChecker) look(what string) {
	c.t.Helper()
	all, err := c.kept()
	if err != nil {
		c.t.Fatalf("after %s: reading what is kept: %v", what, err)
	}
	times := map[string]int{}
	for _, d := range all {
		times[d.Key]++
		if want, ok := c.want[d.Key]; ok && !bytes.Equal(d.Body, want) {
			c.t.Errorf("after %s: the body of %s is not what was accepted", what, d.Key)
		}
	}
	for key := range c.want {
		if times[key] != 1 {
			c.t.Errorf("after %s: %s is kept %d times, want once", what, key, times[key])
		}
	}
}
