package webhook_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// FuzzParse holds Parse against encoding/json: it accepts exactly the JSON objects, sees the
// members that encoding/json sees, and what it accepts encodes to the same JSON.
func FuzzParse(f *testing.F) {
	for _, g := range goldenEvents(f) {
		f.Add(g.body)
	}
	for _, s := range []string{
		`{}`, `{"type":"TBD"}`, ` {"a" : [ {"b":"]}"} , "\"" ] } `,
		`{"type":1,"type":5,"data":{"product_id":1}}`, `{"data":null,"type":1}`,
		`{"ty\u0070e":4,"data":{"package_list":{"order_id_list":1}}}`,
		`{"type":1,"data":{"order_id":1e3}}`, `[{}]`, `{"a":01}`, "{\"\xff\":1}",
		`{"event_id":"e","occurred_at":1e9,"change_detail":""}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		isObject := json.Valid(body) && bytes.TrimLeft(body, " \t\r\n")[0] == '{'
		if isObject != (err == nil) {
			t.Fatalf("object %v, error %v", isObject, err)
		}
		if err != nil {
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatal(err)
		}
		data, enveloped := members["data"]
		if enveloped && event.Topic != webhook.TopicInventoryChange &&
			!bytes.Equal(bytes.TrimSpace(event.Data), bytes.TrimSpace(data)) {
			t.Fatalf("data %s, want %s", event.Data, data)
		}
		if typ, ok := members["type"]; ok {
			var text string
			if json.Unmarshal(typ, &text) == nil && text != event.Type {
				t.Fatalf("type %q, want %q", event.Type, text)
			}
		}
		if event.Payload != nil && event.PayloadError != nil {
			t.Fatal("a payload and an error")
		}
		_ = event.Owner.String()

		// What was received encodes as it came, and reads back as the same event.
		encoded, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		var again webhook.Event
		if err := json.Unmarshal(encoded, &again); err != nil {
			t.Fatal(err)
		}
		if again.Key() != event.Key() {
			t.Fatalf("key %q, then %q", event.Key(), again.Key())
		}

		// A payload's own encoding is stable.
		if event.Payload == nil {
			return
		}
		first, err := json.Marshal(event.Payload)
		if err != nil {
			t.Fatal(err)
		}
		made := webhook.Event{Topic: event.Topic, Data: first}
		if event.Topic != webhook.TopicInventoryChange {
			made.NotificationID = event.NotificationID
		}
		composed, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		reread, err := webhook.Parse(composed)
		if err != nil {
			t.Fatal(err)
		}
		if reread.Payload == nil {
			if reread.Topic != 0 { // a flat event that lost what it is known by
				t.Fatalf("payload %s does not read back: %v", first, reread.PayloadError)
			}
			return
		}
		second, err := json.Marshal(reread.Payload)
		if err != nil {
			t.Fatal(err)
		}
		// Compared decoded: encoding/json writes a byte that is not UTF-8 in one way and what it
		// replaces it by in another.
		if !reflect.DeepEqual(decodeAny(t, first), decodeAny(t, second)) {
			t.Fatalf("%s\nbecame\n%s", first, second)
		}
	})
}
