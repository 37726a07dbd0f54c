package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// goldenEvent is an event of testdata.
type goldenEvent struct {
	name string
	body []byte
}

// goldenEvents are the platform's own examples and those made up after its field tables.
func goldenEvents(t testing.TB) []goldenEvent {
	t.Helper()
	var events []goldenEvent
	read := func(file string, v any) {
		b, err := os.ReadFile("testdata/" + file)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, v))
	}
	var samples map[string]struct {
		Topic   string          `json:"topic"`
		Example json.RawMessage `json:"example"`
	}
	read("webhook-samples.json", &samples)
	for number, sample := range samples {
		events = append(events, goldenEvent{"sample " + number, compact(t, sample.Example)})
	}
	var made []struct {
		Note  string          `json:"note"`
		Event json.RawMessage `json:"event"`
	}
	read("table-events.json", &made)
	for i, m := range made {
		var head struct {
			Type json.Number `json:"type"`
		}
		require.NoError(t, json.Unmarshal(m.Event, &head))
		if head.Type == "" {
			head.Type = "68"
		}
		events = append(events, goldenEvent{fmt.Sprintf("table %d %s: %s", i, head.Type, m.Note),
			compact(t, m.Event)})
	}
	slices.SortFunc(events, func(a, b goldenEvent) int { return strings.Compare(a.name, b.name) })
	return events
}

func compact(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, json.Compact(&buf, b))
	return buf.Bytes()
}

// normalised lists every place of the golden events where encoding a payload writes another form
// than was received.
var normalised = map[string][]string{
	"sample 5":  {"product_id: number to string"},
	"sample 7":  {"expiration_time: string to number"},
	"sample 16": {"product_id: number to string"},
	"sample 33": {"create_time: string to number"},
	"sample 37": {"audit.pre_approved_reason: string to list",
		"integrated_platform_statuses: object to list", "product_id: number to string"},
	"sample 58": {"mcf_order.consign_orders: object to list",
		"mcf_order.consign_orders[0].goods: object to list"},

	"table 0 2: retired topic": {"reverse_order_status: number to string",
		"reverse_type: number to string", "reverse_user: number to string"},
	"table 1 1: time as a string": {"order_id: number to string",
		"update_time: string to number"},
	"table 2 4: single package, single order": {"package_list: object to list",
		"package_list[0].order_id_list: string to list",
		"package_list[0].package_id: number to string"},
	"table 3 20: time as the table has it":            {"cancel_time: string to number"},
	"table 4 27: no example; prediction":              {"trigger_reason.lead_days: number to string"},
	"table 5 27: no example; threshold":               {"inventory_distribution.total_quantity: string to number"},
	"table 12 51: as the example has it":              {"replicated_product.fail_reasons: object to list"},
	"table 13 52: single id where a list is declared": {"local_product_id: string to list"},
	"table 15 56: as the example has it": {"creator: object to list",
		"product: object to list"},
	"table 20 66: no example; template": {"appeal_task.size_chart_id: number to string",
		"product_id: number to string"},
	"table 21 66: no example; image": {"product_id: number to string"},
	"table 22 68: ids as the table has them": {"change_detail: object to list",
		"product_id: number to string", "seller_id: number to string", "sku_id: number to string"},
}

func TestGoldenEventsDecodeAndEncodeWithoutLoss(t *testing.T) {
	t.Parallel()
	for _, g := range goldenEvents(t) {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			event, err := webhook.Parse(g.body)
			require.NoError(t, err)
			require.NoError(t, event.PayloadError)
			require.NotNil(t, event.Payload, "no typed payload")
			assert.Contains(t, g.name, " "+strconv.Itoa(int(event.Topic)))
			assert.NotEmpty(t, event.Owner)
			assert.NotEmpty(t, event.Owner.String())
			assert.False(t, event.Time.IsZero())

			payload, err := json.Marshal(event.Payload)
			require.NoError(t, err)
			differences, ok := diff("", decodeAny(t, event.Data), decodeAny(t, payload))
			require.True(t, ok, "lost or changed: %v\nreceived %s\nencoded  %s", differences,
				event.Data, payload)
			slices.Sort(differences)
			assert.Equal(t, normalised[g.name], differences)

			// The payload's own form is stable.
			again := reflect.New(reflect.TypeOf(event.Payload).Elem()).Interface()
			require.NoError(t, json.Unmarshal(payload, again))
			assert.Equal(t, event.Payload, again)

			// As a whole an event encodes as it came, and reads back the same.
			whole, err := json.Marshal(event)
			require.NoError(t, err)
			assert.Equal(t, decodeAny(t, g.body), decodeAny(t, whole))
			var stored webhook.Event
			require.NoError(t, json.Unmarshal(whole, &stored))
			assert.Equal(t, event.Payload, stored.Payload)
			assert.Equal(t, event.Key(), stored.Key())

			// Composed from its fields it differs from what came in those places alone.
			made := *event
			made.Raw, made.Data = nil, nil
			composed, err := json.Marshal(made)
			require.NoError(t, err)
			differences, ok = diff("", decodeAny(t, g.body), decodeAny(t, composed))
			assert.True(t, ok, "%v", differences)
			assert.Len(t, differences, len(normalised[g.name]))
		})
	}
}

func decodeAny(t testing.TB, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	return v
}

// diff compares received with encoded JSON. It returns the places that differ in form only; ok is
// false if any differs in content.
func diff(path string, received, encoded any) (differences []string, ok bool) {
	note := func(change string) ([]string, bool) { return []string{path + ": " + change}, true }
	add := func(d []string, k bool) {
		differences = append(differences, d...)
		ok = ok && k
	}
	ok = true
	switch r := received.(type) {
	case map[string]any:
		if list, isList := encoded.([]any); isList && len(list) == 1 {
			add(note("object to list"))
			add(diff(path+"[0]", r, list[0]))
			return differences, ok
		}
		e, isObject := encoded.(map[string]any)
		if !isObject {
			return []string{path + ": no object"}, false
		}
		for key, value := range r {
			got, there := e[key]
			if !there {
				add([]string{join(path, key) + ": lost"}, false)
				continue
			}
			add(diff(join(path, key), value, got))
		}
		for key := range e {
			if _, there := r[key]; !there {
				add([]string{join(path, key) + ": made up"}, false)
			}
		}
		return differences, ok
	case []any:
		e, isList := encoded.([]any)
		if !isList || len(e) != len(r) {
			return []string{path + ": another list"}, false
		}
		for i := range r {
			add(diff(fmt.Sprintf("%s[%d]", path, i), r[i], e[i]))
		}
		return differences, ok
	case json.Number:
		if s, isString := encoded.(string); isString && s == r.String() {
			return note("number to string")
		}
	case string:
		if n, isNumber := encoded.(json.Number); isNumber && n.String() == r {
			return note("string to number")
		}
		if list, isList := encoded.([]any); isList && len(list) == 1 && list[0] == r {
			return note("string to list")
		}
	}
	if !reflect.DeepEqual(received, encoded) {
		return []string{fmt.Sprintf("%s: %v became %v", path, received, encoded)}, false
	}
	return nil, true
}

func join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// TestEveryPayloadFieldIsInAGoldenEvent keeps a field whose name is misspelt from passing unseen.
func TestEveryPayloadFieldIsInAGoldenEvent(t *testing.T) {
	t.Parallel()
	set := make(map[string]bool)
	all := make(map[string]bool)
	for _, g := range goldenEvents(t) {
		event, err := webhook.Parse(g.body)
		require.NoError(t, err)
		walkFields(reflect.TypeOf(event.Payload).Elem(), decodeAny(t, event.Data), set, all)
	}
	for field := range all {
		assert.True(t, set[field], "no golden event has %s", field)
	}
	assert.Greater(t, len(all), 200)
}

func walkFields(t reflect.Type, v any, set, all map[string]bool) {
	switch {
	case t.Kind() == reflect.Slice:
		elements, ok := v.([]any)
		if !ok {
			elements = []any{v}
		}
		for _, e := range elements {
			walkFields(t.Elem(), e, set, all)
		}
	case t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("json") != "":
		object, _ := v.(map[string]any)
		for i := range t.NumField() {
			f := t.Field(i)
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			name := t.Name() + "." + f.Name
			all[name] = true
			if value, there := object[key]; there {
				set[name] = true
				walkFields(f.Type, value, set, all)
			}
		}
	}
}

func TestEveryTopicHasAPayloadInTheGoldenEvents(t *testing.T) {
	t.Parallel()
	// The topics of the platform's documents.
	want := []int{1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
		27, 33, 35, 36, 37, 38, 39, 42,
		46, 50, 51, 52, 55, 56, 58, 59, 62, 63, 64, 65, 66, 67, 68}
	types := make(map[int]string)
	for _, g := range goldenEvents(t) {
		event, err := webhook.Parse(g.body)
		require.NoError(t, err)
		types[int(event.Topic)] = reflect.TypeOf(event.Payload).String()
	}
	for _, topic := range want {
		assert.NotEmpty(t, types[topic], "topic %d", topic)
		assert.NotContains(t, webhook.Topic(topic).String(), "topic ")
	}
	assert.Len(t, types, len(want))
	assert.Equal(t, "topic 99", webhook.Topic(99).String())
	distinct := make(map[string]int)
	for topic, name := range types {
		assert.Zero(t, distinct[name], "%s stands for two topics", name)
		distinct[name] = topic
	}
}

func TestParseReadsTheEnvelope(t *testing.T) {
	t.Parallel()
	event, err := webhook.Parse([]byte(` { "type" : 1 , "tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621",
		"timestamp":1644412885,"data":{"order_id":"576486316948490001","order_status":"UNPAID","is_on_hold_order":true,"update_time":1644412886,"new":[1]},"extra":null} `))
	require.NoError(t, err)
	assert.Equal(t, webhook.TopicOrderStatusChange, event.Topic)
	assert.Equal(t, "1", event.Type)
	assert.Equal(t, "7327112393057371910", event.NotificationID)
	assert.Equal(t, webhook.Owner{ShopID: "7494049642642441621"}, event.Owner)
	assert.Equal(t, int64(1644412885), event.Time.Unix())
	assert.Contains(t, string(event.Data), `"new":[1]`)
	payload, ok := webhook.As[webhook.OrderStatusChange](event)
	require.True(t, ok)
	assert.Equal(t, &webhook.OrderStatusChange{
		OrderID: "576486316948490001", OrderStatus: webhook.OrderStatusUnpaid, IsOnHoldOrder: true,
		UpdateTime: tiktokshop.NewUnixTime(time.Unix(1644412886, 0)),
	}, payload)
	_, ok = webhook.As[webhook.PackageUpdate](event)
	assert.False(t, ok)
	_, ok = webhook.As[webhook.OrderStatusChange](nil)
	assert.False(t, ok)
}

func TestParseTolerates(t *testing.T) {
	t.Parallel()
	order := `"data":{"order_id":576486316948490001,"order_status":"NEW_STATUS","update_time":"5"}`
	tests := []struct {
		name, body string
		check      func(*testing.T, *webhook.Event)
	}{
		{"numbers for strings",
			`{"type":1,"tts_notification_id":7327112393057371910,"shop_id":7494049642642441621,"timestamp":"1644412885",` + order + `}`, func(t *testing.T, e *webhook.Event) {
				assert.Equal(t, "7327112393057371910", e.NotificationID)
				assert.Equal(t, tiktokshop.ID("7494049642642441621"), e.Owner.ShopID)
				assert.Equal(t, int64(1644412885), e.Time.Unix())
				assert.Equal(t, tiktokshop.ID("576486316948490001"),
					e.Payload.(*webhook.OrderStatusChange).OrderID)
			}},
		{"type as a string, after the data", `{` + order + `,"type":"1"}`,
			func(t *testing.T, e *webhook.Event) {
				assert.Equal(t, webhook.TopicOrderStatusChange, e.Topic)
				assert.IsType(t, &webhook.OrderStatusChange{}, e.Payload)
			}},
		{"type without a number", `{"type":"TBD","data":{"product_id":"1","skus":[]}}`,
			func(t *testing.T, e *webhook.Event) {
				assert.Equal(t, webhook.Topic(0), e.Topic)
				assert.Equal(t, "TBD", e.Type)
				assert.Nil(t, e.Payload)
				assert.NoError(t, e.PayloadError)
				assert.JSONEq(t, `{"product_id":"1","skus":[]}`, string(e.Data))
			}},
		{"unknown topic", `{"type":99,"creator_open_id":"c","data":[1,2]}`,
			func(t *testing.T, e *webhook.Event) {
				assert.Equal(t, webhook.Topic(99), e.Topic)
				assert.Nil(t, e.Payload)
				assert.NoError(t, e.PayloadError)
				assert.Equal(t, "[1,2]", string(e.Data))
				assert.Equal(t, "creator c", e.Owner.String())
			}},
		{"payload of another shape", `{"type":1,"data":{"order_id":{"id":1}}}`,
			func(t *testing.T, e *webhook.Event) {
				assert.Nil(t, e.Payload)
				assert.ErrorContains(t, e.PayloadError, "order status change")
				assert.JSONEq(t, `{"order_id":{"id":1}}`, string(e.Data))
			}},
		{"data of another shape", `{"type":1,"data":"text"}`, func(t *testing.T, e *webhook.Event) {
			assert.Nil(t, e.Payload)
			assert.Error(t, e.PayloadError)
		}},
		{"no data", `{"type":1}`, func(t *testing.T, e *webhook.Event) {
			assert.Nil(t, e.Payload)
			assert.Error(t, e.PayloadError)
			assert.Nil(t, e.Data)
		}},
		{"odd envelope",
			`{"type":{"a":1},"tts_notification_id":null,"timestamp":"yesterday","shop_id":[1]}`,
			func(t *testing.T, e *webhook.Event) {
				assert.Equal(t, `{"a":1}`, e.Type)
				assert.Empty(t, e.NotificationID)
				assert.True(t, e.Time.IsZero())
			}},
		{"no envelope, unknown", `{"something":"new"}`, func(t *testing.T, e *webhook.Event) {
			assert.Equal(t, webhook.Topic(0), e.Topic)
			assert.JSONEq(t, `{"something":"new"}`, string(e.Data))
		}},
		{"flat topic in an envelope",
			`{"type":68,"tts_notification_id":"n","seller_open_id":"s","timestamp":7,"data":{"event_id":"e","occurred_at":"1775122114","sku_id":1}}`, func(t *testing.T, e *webhook.Event) {
				change := e.Payload.(*webhook.InventoryChange)
				assert.Equal(t, "e", change.EventID)
				assert.Equal(t, int64(1775122114), change.OccurredAt.Unix())
				assert.Equal(t, "n", e.NotificationID)
				assert.Equal(t, "seller s", e.Owner.String())
				assert.Equal(t, int64(7), e.Time.Unix())
			}},
		{"forms that no document has",
			`{"type":58,"data":{"mcf_order":[{"external_order_id":12,"mcf_order_id":7136104329798256386,"consign_orders":{"id":true,"goods":[{"id":1,"quantity":"2"},{"id":2,"quantity":""}]}}]}}`, func(t *testing.T, e *webhook.Event) {
				require.NoError(t, e.PayloadError)
				order := e.Payload.(*webhook.MCFOrderStatusChange).Order
				assert.Equal(t, "12", order.ExternalOrderID)
				assert.Equal(t, tiktokshop.ID("7136104329798256386"), order.MCFOrderID)
				require.Len(t, order.ConsignOrders, 1)
				assert.Equal(t, "true", order.ConsignOrders[0].ID)
				assert.Equal(t, []webhook.ConsignGoods{{ID: "1", Quantity: 2}, {ID: "2"}},
					order.ConsignOrders[0].Goods)
			}},
		{"a flag in a string", `{"type":1,"data":{"is_on_hold_order":"True"}}`,
			func(t *testing.T, e *webhook.Event) {
				require.NoError(t, e.PayloadError)
				assert.True(t, e.Payload.(*webhook.OrderStatusChange).IsOnHoldOrder)
			}},
		{"an empty string for a list", `{"type":4,"data":{"package_list":""}}`,
			func(t *testing.T, e *webhook.Event) {
				require.NoError(t, e.PayloadError)
				assert.Empty(t, e.Payload.(*webhook.PackageUpdate).PackageList)
			}},
		{"quantity that is none",
			`{"type":24,"data":{"fbt_warehouse_inventory":[{"on_hand_detail":{"total_quantity":"many"}}]}}`, func(t *testing.T, e *webhook.Event) {
				assert.Nil(t, e.Payload)
				assert.Error(t, e.PayloadError)
			}},
		{"escaped key and duplicate", `{"type":4,"\u0074ype":1,` + order + `}`,
			func(t *testing.T, e *webhook.Event) {
				assert.Equal(t, webhook.TopicOrderStatusChange, e.Topic)
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			event, err := webhook.Parse([]byte(tt.body))
			require.NoError(t, err)
			assert.Equal(t, tt.body, string(event.Raw))
			tt.check(t, event)
		})
	}
}

func TestParseRefusesWhatIsNoJSONObject(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", " ", "null", "[]", `"text"`, "1", "{", "}", "{}}", "{} x", `{"a"}`, `{"a":}`,
		`{"a":1,}`, `{"a":1 "b":2}`, `{a:1}`, `{"a":1`,
		`{"a":[1}`, `{"data":{"a":1]}`, `{"type":1,"data":{"order_id":}}`,
		`{"type":99,"data":{"order_id":}}`, `{"type":01}`, `{"a":tru}`,
		"{\"a\tb\":1}", "{\"a\":\"\t\"}", `{"\x":1}`, `{"type":"\x"}`, `{"a":"b`, `{"a\`,
	} {
		_, err := webhook.Parse([]byte(body))
		assert.Error(t, err, "%q", body)
	}
}

func TestParseCopiesTheBody(t *testing.T) {
	t.Parallel()
	body := []byte(`{"type":6,"data":{"message":"gone"}}`)
	event, err := webhook.Parse(body)
	require.NoError(t, err)
	for i := range body {
		body[i] = 'x'
	}
	assert.JSONEq(t, `{"type":6,"data":{"message":"gone"}}`, string(event.Raw))
	assert.JSONEq(t, `{"message":"gone"}`, string(event.Data))
}

func TestKeyTellsEventsApart(t *testing.T) {
	t.Parallel()
	key := func(body string) string {
		event, err := webhook.Parse([]byte(body))
		require.NoError(t, err)
		return event.Key()
	}
	assert.Equal(t, "1:77", key(`{"type":1,"tts_notification_id":"77","timestamp":1}`))
	assert.Equal(t, "1:77", key(`{"type":"1","tts_notification_id":77,"timestamp":2}`))
	assert.NotEqual(t, key(`{"type":1,"tts_notification_id":"77"}`),
		key(`{"type":1,"tts_notification_id":"78"}`))
	// Without an id the content counts.
	withoutID := key(`{"type":3,"shop_id":"1","data":{"order_id":"1"}}`)
	assert.Equal(t, withoutID, key(`{"type":3,"shop_id":"1","data":{"order_id":"1"}}`))
	assert.NotEqual(t, withoutID, key(`{"type":3,"shop_id":"1","data":{"order_id":"2"}}`))
	assert.Equal(t, "68:d7813cae",
		key(`{"event_id":"d7813cae","occurred_at":"2026-04-02T09:28:34Z","change_detail":[]}`))
	assert.NotEmpty(t, (&webhook.Event{Topic: webhook.TopicNewMessage}).Key())
}

func TestAlternativeSpellings(t *testing.T) {
	t.Parallel()
	at, later := tiktokshop.NewUnixTime(time.Unix(1, 0)), tiktokshop.NewUnixTime(time.Unix(2, 0))
	for _, rma := range []webhook.RMAStatusChange{
		{RMACreateTime: at, RMAUpdateTime: later},
		{RMARequestCreateTime: at, RMARequestUpdateTime: later},
	} {
		assert.Equal(t, at, rma.CreatedAt())
		assert.Equal(t, later, rma.UpdatedAt())
	}
	assert.Equal(t, []string{"a"},
		(&webhook.ProductAudit{PreApprovedReason: []string{"a"}}).Reasons())
	assert.Equal(t, []string{"a", "b"},
		(&webhook.ProductAudit{PreApprovedReasons: []string{"a", "b"}}).Reasons())
	assert.Equal(t, "it-IT", (&webhook.ImageTranslationTask{TargetLang: "it-IT"}).Language())
	assert.Equal(t, "it-IT", (&webhook.ImageTranslationTask{TargetLanguage: "it-IT"}).Language())
	assert.Equal(t, tiktokshop.Money{Amount: "1.25", Currency: "USD"},
		(&webhook.RefundSuccess{RefundTotal: "1.25", RefundCurrency: "USD"}).Total())
	var content struct{ Content string }
	require.NoError(t, (&webhook.NewMessage{Content: `{"content":"444"}`}).DecodeContent(&content))
	assert.Equal(t, "444", content.Content)
}

func TestISOTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"2026-04-02T09:28:34.979101552Z"`: `"2026-04-02T09:28:34.979101552Z"`,
		`"2026-04-02T09:28:34+07:00"`:      `"2026-04-02T09:28:34+07:00"`,
		`1775122114`:                       `"2026-04-02T09:28:34Z"`,
		`"1775122114"`:                     `"2026-04-02T09:28:34Z"`,
		`""`:                               `""`,
		`null`:                             `""`,
		`0`:                                `""`,
	} {
		var at webhook.ISOTime
		require.NoError(t, json.Unmarshal([]byte(in), &at), in)
		out, err := json.Marshal(at)
		require.NoError(t, err)
		assert.Equal(t, want, string(out), in)
	}
	for _, in := range []string{`"2026-04-02"`, `"soon"`, `{}`, `true`, `99999999999999`} {
		var at webhook.ISOTime
		assert.Error(t, json.Unmarshal([]byte(in), &at), in)
	}
}
