// Package samples has an event of each webhook topic, as the platform's pages show them or, for
// topics without an example there, as their field tables have it. The events are those of
// webhook/testdata.
package samples

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

//go:embed events.jsonl
var events []byte

// Sample is an event of a topic.
type Sample struct {
	Topic webhook.Topic   `json:"topic"`
	Event json.RawMessage `json:"event"`
}

// All are the samples in the order of their topics.
var All = sync.OnceValue(func() []Sample {
	var all []Sample
	for line := range bytes.Lines(events) {
		var s Sample
		if err := json.Unmarshal(line, &s); err != nil {
			panic("samples: " + err.Error()) // a test reads them
		}
		all = append(all, s)
	}
	return all
})

// Name is what a topic is called on a command line, such as order-status-change.
func Name(t webhook.Topic) string {
	return strings.ToLower(strings.ReplaceAll(t.String(), " ", "-"))
}

// Find returns the sample of a topic by its name or number.
func Find(topic string) (Sample, error) {
	n, err := strconv.Atoi(topic)
	for _, s := range All() {
		if err == nil && s.Topic == webhook.Topic(n) || Name(s.Topic) == strings.ToLower(topic) {
			return s, nil
		}
	}
	return Sample{}, fmt.Errorf("there is no topic %q: `tts webhook trigger --list` has them",
		topic)
}

// Fresh is the event as if it happened now: with an id and a time of its own, where it has them,
// and of a shop if one is given and the event is of a shop.
func (s Sample) Fresh(id string, unix int64, shop string) ([]byte, error) {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(s.Event, &e); err != nil {
		return nil, err
	}
	set := func(key, value string) {
		if _, ok := e[key]; ok {
			e[key] = json.RawMessage(value)
		}
	}
	set("tts_notification_id", strconv.Quote(id))
	set("event_id", strconv.Quote(id)) // of the topic without an envelope
	set("timestamp", strconv.FormatInt(unix, 10))
	if shop != "" {
		set("shop_id", strconv.Quote(shop))
	}
	return json.Marshal(e)
}
