package samples

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func TestSamples(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	for _, s := range All() {
		e, err := webhook.Parse(s.Event)
		require.NoError(t, err)
		assert.Equal(t, s.Topic, e.Topic)
		assert.NotNil(t, e.Payload, "%v: %v", s.Topic, e.PayloadError)
		assert.False(t, names[Name(s.Topic)])
		names[Name(s.Topic)] = true
		got, err := Find(Name(s.Topic))
		require.NoError(t, err)
		assert.Equal(t, s.Topic, got.Topic)

		fresh, err := s.Fresh("42", 1700000000, "7")
		require.NoError(t, err)
		again, err := webhook.Parse(fresh)
		require.NoError(t, err)
		assert.Equal(t, e.Topic, again.Topic)
		if e.NotificationID != "" {
			assert.Equal(t, "42", again.NotificationID)
		}
	}
	// Every topic that the SDK knows has one.
	for topic := webhook.Topic(1); topic < 200; topic++ {
		if name := topic.String(); name != "topic "+json.Number(itoa(int(topic))).String() {
			_, err := Find(itoa(int(topic)))
			assert.NoError(t, err, name)
		}
	}
	_, err := Find("no-such-topic")
	require.ErrorContains(t, err, "--list")
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestSamplesAreThePlatforms: what the platform's pages show is here as it is there.
func TestSamplesAreThePlatforms(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../../../webhook/testdata/webhook-samples.json")
	require.NoError(t, err)
	var pages map[string]struct{ Example json.RawMessage }
	require.NoError(t, json.Unmarshal(content, &pages))
	require.NotEmpty(t, pages)
	for topic, page := range pages {
		s, err := Find(topic)
		require.NoError(t, err)
		assert.JSONEq(t, string(page.Example), string(s.Event))
	}
}
