package webhook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/relax"
)

// Event is one event of the platform's. Payload is the typed part; Data and Raw keep
// everything, including topics and fields that this package does not know.
type Event struct {
	// Topic is the kind of event; 0 if the event has a type that is no number, or none.
	Topic Topic
	// Type is the event's type as received, such as "1"; "" if it has none.
	Type string
	// NotificationID is the platform's id of the event, the same in every delivery of it. A few
	// events have none; see Key.
	NotificationID string
	// Owner is whom the event concerns.
	Owner Owner
	// Time is when the event happened, to the second for most topics; zero if the event does not
	// tell.
	Time time.Time
	// Payload is a pointer to the payload type of the topic, such as *OrderStatusChange. It is nil
	// if the topic is unknown or the data does not fit the type.
	Payload any
	// PayloadError tells why Payload is nil although the topic is known.
	PayloadError error
	// Data is the event's data as received: for an event without an envelope all of it.
	Data json.RawMessage
	// Raw is the whole event as received.
	Raw json.RawMessage
}

// Owner is whom an event concerns. An event names one of them, by one id.
type Owner struct {
	// ShopID is the shop's id.
	ShopID tiktokshop.ID
	// SellerOpenID is the seller's open id, in events about a seller's shops together.
	SellerOpenID string
	// CreatorOpenID is the creator's open id.
	CreatorOpenID string
	// SellerID is the seller's id, in events without an envelope (TopicInventoryChange).
	SellerID tiktokshop.ID
}

// String names the owner, such as "shop 7494049642642441621"; it is "" for none.
func (o Owner) String() string {
	switch {
	case o.ShopID != "":
		return "shop " + string(o.ShopID)
	case o.SellerOpenID != "":
		return "seller " + o.SellerOpenID
	case o.CreatorOpenID != "":
		return "creator " + o.CreatorOpenID
	case o.SellerID != "":
		return "seller " + string(o.SellerID)
	}
	return ""
}

// As returns the event's payload if it is a T:
//
//	if change, ok := webhook.As[webhook.OrderStatusChange](event); ok { … }
//
// A type switch over Payload does the same for many types.
func As[T any](e *Event) (*T, bool) {
	if e == nil {
		return nil, false
	}
	payload, ok := e.Payload.(*T)
	return payload, ok && payload != nil
}

// Key identifies the event among those sent to one app: all deliveries of it have the same
// key. It is the type and the notification id, or a hash of the event if it has no id.
func (e *Event) Key() string {
	kind := e.Type
	if kind == "" {
		kind = strconv.Itoa(int(e.Topic))
	}
	if e.NotificationID != "" {
		return kind + ":" + e.NotificationID
	}
	// which spells what was received in one way, so that an event that was stored keeps its key
	raw, err := json.Marshal(e)
	if err != nil {
		raw = e.Raw // what is no JSON, as a durable handler hands it on, is told apart by its bytes
	}
	sum := sha256.Sum256(raw)
	return kind + ":sha256:" + hex.EncodeToString(sum[:])
}

// Parse reads an event. Verify its signature first: see Verifier.Parse. An unknown topic, an
// unknown field and a payload of an unexpected shape are no errors; what is not a JSON object is.
// The body is copied.
func Parse(body []byte) (*Event, error) {
	raw := bytes.Clone(body)
	env, err := readEnvelope(raw)
	if err != nil {
		return nil, err
	}
	e := &Event{
		Type:           env.typ,
		Topic:          topicOf(env.typ),
		NotificationID: env.notificationID,
		Owner:          env.owner,
		Time:           env.time,
		Data:           env.data,
		Raw:            raw,
	}
	if !env.hasType && env.eventID != "" && env.inventory {
		e.Topic, e.NotificationID, e.Data = TopicInventoryChange, env.eventID, raw
	}
	if e.Data == nil && !env.hasType {
		e.Data = raw
	}
	if env.unchecked && len(e.Data) != len(raw) && !json.Valid(raw) {
		return nil, errNotObject
	}
	if err := e.readPayload(); err != nil {
		return nil, err
	}
	return e, nil
}

// envelope is what stands around an event's data.
type envelope struct {
	typ, notificationID, eventID string
	hasType, inventory           bool
	unchecked                    bool // a member that nobody has looked into may be broken
	owner                        Owner
	time                         time.Time
	data                         json.RawMessage
}

func readEnvelope(raw []byte) (*envelope, error) {
	env := new(envelope)
	err := scanObject(raw, func(key string, value []byte) error {
		switch key {
		case "data": // checked when it is decoded, unless another replaces it
			env.unchecked = env.unchecked || env.data != nil
			env.data = value
			return nil
		case "type", "tts_notification_id", "shop_id", "seller_open_id", "creator_open_id",
			"timestamp", "event_id":
			if !json.Valid(value) {
				return errNotObject
			}
			env.set(key, value)
		case "quantity_snapshot_after_change", "change_detail":
			env.inventory, env.unchecked = true, true
		default:
			env.unchecked = true
		}
		return nil
	})
	return env, err
}

// set takes a member over that this package knows.
func (env *envelope) set(key string, value []byte) {
	text := scalar(value)
	switch key {
	case "type":
		env.typ, env.hasType = text, true
	case "tts_notification_id":
		env.notificationID = text
	case "shop_id":
		env.owner.ShopID = tiktokshop.ID(text)
	case "seller_open_id":
		env.owner.SellerOpenID = text
	case "creator_open_id":
		env.owner.CreatorOpenID = text
	case "event_id":
		env.eventID = text
	case "timestamp":
		var t tiktokshop.UnixTime
		if t.UnmarshalJSON(value) == nil { // another notation is no reason to refuse the event
			env.time = t.Time
		}
	}
}

// scalar is the text of a valid JSON value: of a string what it says, of null nothing, of a list or
// an object its JSON as encoding/json spells it.
func scalar(value []byte) string {
	switch value[0] {
	case '"':
		s, _ := stringText(value)
		return s
	case 'n':
		return ""
	case '{', '[':
		value, _ = json.Marshal(json.RawMessage(value))
	}
	return string(value)
}

var errNoData = errors.New("webhook: the event has no data")

// readPayload decodes Data into the payload type of the topic. The error is for data that is not
// even JSON.
func (e *Event) readPayload() error {
	info, known := topics[e.Topic]
	switch {
	case e.Data == nil || string(e.Data) == "null":
		if known {
			e.PayloadError = errNoData
		}
		return nil
	case !known:
		if !json.Valid(e.Data) {
			return errNotObject
		}
		return nil
	}
	payload := info.payload()
	err := json.Unmarshal(e.Data, payload)
	if err != nil {
		if !json.Valid(e.Data) {
			return errNotObject
		}
		payload = info.payload()
		var mismatches []relax.Mismatch
		if mismatches, err = relax.Unmarshal(e.Data, payload); len(mismatches) > 0 {
			err = errors.New("data" + mismatches[0].Path + " " + mismatches[0].Reason)
		}
	}
	if err != nil {
		e.PayloadError = fmt.Errorf(
			"webhook: data of topic %d, %s, has another shape than expected: %w", e.Topic, e.Topic,
			err)
		return nil
	}
	e.Payload = payload
	if change, ok := payload.(*InventoryChange); ok {
		e.fromInventoryChange(change)
	}
	return nil
}

// fromInventoryChange fills in what an envelope would have told.
func (e *Event) fromInventoryChange(change *InventoryChange) {
	if e.NotificationID == "" {
		e.NotificationID = change.EventID
	}
	if e.Owner == (Owner{}) {
		e.Owner.SellerID = change.SellerID
	}
	if e.Time.IsZero() {
		e.Time = change.OccurredAt.Time
	}
}

// UnmarshalJSON is Parse: an event that was stored as JSON can be read back.
func (e *Event) UnmarshalJSON(b []byte) error {
	parsed, err := Parse(b)
	if err == nil {
		*e = *parsed
	}
	return err
}

// MarshalJSON returns Raw, so that an event that was received encodes as it came, whatever was done
// to its other fields. An event without Raw, made for a test, is composed of the others as the
// platform would.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Raw != nil {
		return e.Raw, nil
	}
	data := e.Data
	if e.Payload != nil {
		var err error
		if data, err = json.Marshal(e.Payload); err != nil {
			return nil, err
		}
	}
	if e.Topic == TopicInventoryChange && e.Type == "" {
		return data, nil
	}
	composed := struct {
		Type           any             `json:"type"`
		NotificationID string          `json:"tts_notification_id,omitempty"`
		ShopID         tiktokshop.ID   `json:"shop_id,omitempty"`
		SellerOpenID   string          `json:"seller_open_id,omitempty"`
		CreatorOpenID  string          `json:"creator_open_id,omitempty"`
		Time           int64           `json:"timestamp,omitempty"`
		Data           json.RawMessage `json:"data,omitempty"`
	}{
		Type:           e.Type,
		NotificationID: e.NotificationID,
		ShopID:         e.Owner.ShopID,
		SellerOpenID:   e.Owner.SellerOpenID,
		CreatorOpenID:  e.Owner.CreatorOpenID,
		Data:           data,
	}
	if e.Type == "" || e.Type == strconv.Itoa(int(e.Topic)) {
		composed.Type = int(e.Topic)
	}
	if !e.Time.IsZero() {
		composed.Time = e.Time.Unix()
	}
	return json.Marshal(composed)
}
