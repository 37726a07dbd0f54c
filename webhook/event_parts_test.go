package webhook_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func TestOwnerNamesWhoeverTheEventTells(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want  string
		owner webhook.Owner
	}{
		{"shop 1", webhook.Owner{ShopID: "1"}},
		{"seller open", webhook.Owner{SellerOpenID: "open"}},
		{"creator open", webhook.Owner{CreatorOpenID: "open"}},
		{"seller 2", webhook.Owner{SellerID: "2"}},
		{"", webhook.Owner{}},
	} {
		assert.Equal(t, tt.want, tt.owner.String())
	}
}

func TestAsWantsAPayload(t *testing.T) {
	t.Parallel()
	_, ok := webhook.As[webhook.OrderStatusChange](
		&webhook.Event{Payload: (*webhook.OrderStatusChange)(nil)})
	assert.False(t, ok, "a nil pointer is none")
}

// TestKeyOfAnEventWithoutID pins the form of the key, which stores outlive a program with.
func TestKeyOfAnEventWithoutID(t *testing.T) {
	t.Parallel()
	event, err := webhook.Parse([]byte(`{"type":3,"shop_id":"1"}`))
	require.NoError(t, err)
	assert.Regexp(t, `^3:sha256:[0-9a-f]{64}$`, event.Key())
}

func TestParseTellsAnInventoryChangeByItsMembers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		topic      webhook.Topic
		id         string
	}{
		{"whole", `{"event_id":"e","change_detail":[]}`, webhook.TopicInventoryChange, "e"},
		{"a snapshot will do", `{"event_id":"e","quantity_snapshot_after_change":{}}`,
			webhook.TopicInventoryChange, "e"},
		{"no event id", `{"change_detail":[]}`, 0, ""},
		{"nothing of an inventory", `{"event_id":"e","tts_notification_id":"n"}`, 0, "n"},
		{"a type", `{"type":99,"event_id":"e","change_detail":[],"tts_notification_id":"n"}`, 99,
			"n"},
		{"in an envelope, without its id", `{"type":68,"data":{"event_id":"e","change_detail":[]}}`,
			webhook.TopicInventoryChange, "e"},
		{"in an envelope",
			`{"type":68,"tts_notification_id":"n","data":{"event_id":"e","change_detail":[]}}`,
			webhook.TopicInventoryChange, "n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			event, err := webhook.Parse([]byte(tt.body))
			require.NoError(t, err)
			assert.Equal(t, tt.topic, event.Topic)
			assert.Equal(t, tt.id, event.NotificationID)
		})
	}
}

// TestParseChecksEveryMember has events that are broken in one value alone.
func TestParseChecksEveryMember(t *testing.T) {
	t.Parallel()
	for _, member := range []string{
		"type", "tts_notification_id", "shop_id", "seller_open_id", "creator_open_id", "timestamp",
		"event_id",
		"quantity_snapshot_after_change", "change_detail", "new", "data",
	} {
		for _, value := range []string{"tru", "[1,]", `{"a" 1}`, `["a]`} {
			for _, around := range []string{
				`{"` + member + `":` + value + `}`,
				`{"` + member + `":` + value + `,"type":1,"data":{}}`,
				`{"type":99,"data":{},"` + member + `":` + value + `}`,
			} {
				if event, err := webhook.Parse([]byte(around)); err == nil {
					t.Errorf("%s is taken for %+v", around, event)
				}
			}
		}
	}
	event, err := webhook.Parse([]byte(`{"type":[ 1, 2 ],"shop_id":{ "a": 1 }}`))
	require.NoError(t, err)
	assert.Equal(t, "[1,2]", event.Type)
	assert.Equal(t, tiktokshop.ID(`{"a":1}`), event.Owner.ShopID)
}

func TestEventUnmarshalsAsItParses(t *testing.T) {
	t.Parallel()
	var event webhook.Event
	require.NoError(t, json.Unmarshal([]byte(`{"type":1,"tts_notification_id":"7"}`), &event))
	assert.Equal(t, "1:7", event.Key())
	assert.Error(t, json.Unmarshal([]byte(`[1]`), &event))
	assert.Equal(t, "1:7", event.Key(), "an error leaves it as it was")
}

func TestComposedEventsEncodeAsThePlatformWould(t *testing.T) {
	t.Parallel()
	gone := &webhook.SellerDeauthorization{Message: "gone"}
	for _, tt := range []struct {
		name, want string
		event      webhook.Event
	}{
		{"by topic", `{"type":6,"data":{"message":"gone"}}`,
			webhook.Event{Topic: webhook.TopicSellerDeauthorization, Payload: gone}},
		{"by type and topic", `{"type":6,"data":{"message":"gone"}}`,
			webhook.Event{Type: "6", Topic: webhook.TopicSellerDeauthorization, Payload: gone}},
		{"a type that is no number", `{"type":"TBD","tts_notification_id":"1","timestamp":5}`,
			webhook.Event{Type: "TBD", NotificationID: "1", Time: time.Unix(5, 0)}},
		{"an inventory change has no envelope", `{"event_id":"e"}`,
			webhook.Event{Topic: webhook.TopicInventoryChange,
				Data: json.RawMessage(`{"event_id":"e"}`)}},
		{"unless it is given a type", `{"type":68,"data":{"event_id":"e"}}`,
			webhook.Event{Topic: webhook.TopicInventoryChange, Type: "68",
				Data: json.RawMessage(`{"event_id":"e"}`)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(tt.event)
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(b))
		})
	}
	for _, event := range []webhook.Event{
		{Topic: 1, Payload: math.NaN()},
		{Topic: 1, Data: json.RawMessage("{")},
	} {
		b, err := event.MarshalJSON()
		assert.Error(t, err)
		assert.Empty(t, b)
	}
}

func TestISOTimeAtItsBounds(t *testing.T) {
	t.Parallel()
	for _, in := range []string{`""`, `null`, `0`, `"0"`} {
		at := webhook.ISOTime{Time: time.Unix(1, 0)}
		require.NoError(t, at.UnmarshalJSON([]byte(in)), in)
		assert.True(t, at.IsZero(), "%s replaces what was there", in)
	}
	var at webhook.ISOTime
	require.NoError(t, json.Unmarshal([]byte(`253402300799`), &at))
	assert.Equal(t, "9999-12-31T23:59:59Z", at.Format(time.RFC3339))
	assert.Error(t, json.Unmarshal([]byte(`253402300800`), &at), "RFC 3339 has no year 10000")
	b, err := webhook.ISOTime{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}.MarshalJSON()
	assert.Error(t, err)
	assert.Empty(t, strings.TrimSpace(string(b)))
}
