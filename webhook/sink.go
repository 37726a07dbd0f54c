package webhook

import (
	"context"
	"time"
)

// Delivery is a verified event as a Sink keeps it.
type Delivery struct {
	// Key names the event over all apps: a duplicate has the same. It is the app key and Event.Key,
	// or a hash of the body where that cannot be read, and at most some hundred bytes long.
	Key string
	// Body is the event as it was signed. Parse reads it again.
	Body []byte
	// Event is the body, read. It is never nil: of a body that is no JSON object it has
	// nothing but Raw and PayloadError.
	Event *Event
	// ReceivedAt is when the delivery came in, by the receiver's clock.
	ReceivedAt time.Time
}

// Sink takes events over durably: a table, a queue, a log. Package webhooktest checks
// implementations; webhook/inbox is one for one machine.
type Sink interface {
	// Accept keeps a delivery. When it returns nil, the event survives a crash of the process and
	// of the machine. A delivery that the Sink has already, and one that it has already seen
	// handled, is no error and is not kept again. It may be called for one event from several
	// goroutines and machines at once. The context ends with the time for the answer; what is kept
	// after that is kept all the same. The Delivery is the Sink's to keep and to change.
	Accept(ctx context.Context, d *Delivery) error
}

// NewDurableHandler returns a Handler that answers 200 only after the sink has accepted the event,
// within the time of WithTimeout. It answers 500 when Accept fails or panics, and 503 when the time
// is up; the platform then delivers again. If Accept succeeds after the time is up, the next
// delivery is its duplicate.
//
// A signed body that is no JSON object is the platform's all the same, and would be as broken when
// it is delivered again: it is handed to the sink too, so that somebody can look at it (see
// Delivery.Event), except with WithMaxAge, as it tells no time.
//
// The options are those of NewHandler without WithDeduper and WithClaimLease, as the sink drops
// duplicates. Those two, an option that cannot work, and a nil verifier or sink are a
// *tiktokshop.InputError each.
func NewDurableHandler(verifier *Verifier, sink Sink, opts ...Option) (*Handler, error) {
	h := &Handler{durable: true}
	if sink != nil {
		h.handle = sink.Accept
	}
	return h.set(verifier, "sink", opts)
}
