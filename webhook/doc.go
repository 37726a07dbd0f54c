// Package webhook receives the events that TikTok Shop sends to an app's webhook address.
//
// A [Handler] is the whole receiver: an http.Handler that verifies each delivery's signature, reads
// the event, drops what was handled before, calls a function with the rest, and answers so that
// the platform delivers again what was not handled:
//
//	verifier, err := webhook.NewVerifier(appKey, appSecret)
//	...
//	handler, err := webhook.NewHandler(verifier, func(ctx context.Context, event *webhook.Event) error {
//		switch p := event.Payload.(type) {
//		case *webhook.OrderStatusChange:
//			return orders.Enqueue(ctx, event.Owner.ShopID, p.OrderID)
//		}
//		return nil
//	})
//
// The handler of [NewDurableHandler] hands events to a [Sink], a table or a queue, and answers once
// they are safe there; they are handled later, with retries of one's own. Package webhook/inbox is
// a Sink for one machine.
//
// Receivers of other kinds use the parts: [Verifier.Parse], or [Verifier.Verify] and [Parse].
//
// # Delivery
//
// The platform sends each event until the receiver has answered 200 within 3 seconds: again after 2
// minutes, 30 minutes, 3 hours and 12 hours, then never. Events come at least once, in any order,
// and some not at all: the platform asks to poll its API as well.
//
// # Payloads
//
// Each topic has a payload type. The platform's documents and its events differ in places, so
// [Parse] takes a single element for a list, numbers for strings and strings for numbers. Encoding
// a payload writes the usual form: lists, ids and [tiktokshop.Number] as strings,
// [tiktokshop.UnixTime] as a number; Event.Data and Event.Raw have what was received. A field of
// which two spellings are known is in the struct twice, with a method that finds the one that is
// set. A field that is documented for every event is always encoded, others if set.
//
// Enumerations are string types with the values documented so far; events may hold others.
//
// # Testing
//
// A [Signer] signs bodies for tests. Package tiktokshoptest delivers signed events with the
// platform's retries, duplicates and disorder.
package webhook
