package tiktokshoptest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// webhookTimeout is how long the platform waits for an answer.
const webhookTimeout = 3 * time.Second

// webhookRetries are the waits of the platform's schedule. Its documents leave open what they are
// counted from; the fake counts each from the delivery before.
var webhookRetries = [...]time.Duration{2 * time.Minute, 30 * time.Minute, 3 * time.Hour,
	12 * time.Hour}

// WebhookEvent is an event to send. The zero value of each field but Type stands for what it says.
type WebhookEvent struct {
	// Type is the number of the event's topic, such as 1 for an order's status.
	Type int
	// NotificationID is the event's id; "" means the next of the sender's.
	NotificationID string
	// ShopID, SellerOpenID and CreatorOpenID are the event's owner, one of them; without any it
	// is the constant ShopID, the shop that a server begins with.
	ShopID        tiktokshop.ID
	SellerOpenID  string
	CreatorOpenID string
	// Time is when the event happened; zero means the sender's time.
	Time time.Time
	// Data is encoded as the event's data: a payload of package webhook, a map, or JSON as a
	// json.RawMessage.
	Data any
	// Body is sent instead of all that: an event without an envelope, or a broken one.
	Body []byte
}

// WebhookSender delivers events to a receiver as the platform does: signed, with an answer of 200
// as the only acknowledgement, and again after 2 minutes, 30 minutes, 3 hours and 12 hours without
// one. Its time stands still until Advance moves it, so a test of the whole schedule waits for
// nothing. It is safe for concurrent use.
type WebhookSender struct {
	url       string
	secret    string
	copies    int
	shuffle   *rand.Rand // nil: in order
	transport http.RoundTripper

	sending sync.Mutex // held while deliveries are made

	mu         sync.Mutex
	now        time.Time
	deliveries []*WebhookDelivery
}

// WebhookOption configures a WebhookSender.
type WebhookOption func(*WebhookSender)

// WithDuplicates makes every delivery n times more than once, all at the same moment. The
// event is acknowledged if one of them is.
func WithDuplicates(n int) WebhookOption {
	return func(w *WebhookSender) { w.copies = max(n, 0) }
}

// WithShuffle makes deliveries that are due at the same moment in a random order, the same for the
// same seed, instead of that of their events.
func WithShuffle(seed uint64) WebhookOption {
	return func(w *WebhookSender) { w.shuffle = rand.New(rand.NewPCG(seed, seed)) }
}

// WithWebhookSecret signs with this secret instead of AppSecret: another one than the receiver
// knows, say.
func WithWebhookSecret(secret string) WebhookOption {
	return func(w *WebhookSender) { w.secret = secret }
}

// WithWebhookTransport sets what carries deliveries instead of a connection to the receiver's URL.
func WithWebhookTransport(transport http.RoundTripper) WebhookOption {
	return func(w *WebhookSender) { w.transport = transport }
}

// NewWebhookSender returns a sender of events to the receiver at a URL, which may be a plain http
// one. Its time begins at the server's.
func (s *Server) NewWebhookSender(url string, opts ...WebhookOption) *WebhookSender {
	w := &WebhookSender{
		url:       url,
		secret:    AppSecret,
		transport: &http.Transport{DisableKeepAlives: true}, // nothing to close
		now:       s.now(),
	}
	for _, opt := range opts {
		opt(w)
	}
	return w
}

// WebhookDelivery is an event on its way to a receiver, with all attempts to deliver it.
type WebhookDelivery struct {
	// Body is the event as sent.
	Body []byte

	sender   *WebhookSender // whose mu guards the rest
	due      time.Time      // of the next attempt; zero: there is none
	tries    int            // scheduled attempts so far
	acked    bool
	attempts []WebhookAttempt
}

// WebhookAttempt is one attempt to deliver an event.
type WebhookAttempt struct {
	// At is the sender's time.
	At time.Time
	// Status is the answer's, 0 if there was none in 3 seconds.
	Status int
	// Body is the start of the answer's body. The platform wants it empty.
	Body string
	// Err is why there was no answer.
	Err error
}

// Attempts returns the attempts so far, copies included.
func (d *WebhookDelivery) Attempts() []WebhookAttempt {
	d.sender.mu.Lock()
	defer d.sender.mu.Unlock()
	return slices.Clone(d.attempts)
}

// Acknowledged reports whether the receiver has answered 200.
func (d *WebhookDelivery) Acknowledged() bool {
	d.sender.mu.Lock()
	defer d.sender.mu.Unlock()
	return d.acked
}

// Next returns the sender's time of the next attempt, the zero time if there is none: the event was
// acknowledged or given up.
func (d *WebhookDelivery) Next() time.Time {
	d.sender.mu.Lock()
	defer d.sender.mu.Unlock()
	return d.due
}

// Now returns the sender's time.
func (w *WebhookSender) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Enqueue makes an event due. It is sent by the next Advance. It panics if the event's data does
// not encode as JSON.
func (w *WebhookSender) Enqueue(e WebhookEvent) *WebhookDelivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := &WebhookDelivery{sender: w, due: w.now, Body: e.Body}
	if d.Body == nil {
		d.Body = e.encode(w.now, len(w.deliveries))
	}
	w.deliveries = append(w.deliveries, d)
	return d
}

// Send makes an event due and its first attempt at once, ahead of all else that is due.
func (w *WebhookSender) Send(ctx context.Context, e WebhookEvent) *WebhookDelivery {
	w.sending.Lock()
	defer w.sending.Unlock()
	d := w.Enqueue(e)
	w.attempt(ctx, d, true)
	return d
}

// Repeat delivers an event once more, as the platform may at any time, acknowledged or not. The
// schedule stays as it is.
func (w *WebhookSender) Repeat(ctx context.Context, d *WebhookDelivery) {
	w.sending.Lock()
	defer w.sending.Unlock()
	w.attempt(ctx, d, false)
}

// Advance moves the sender's time on by d and makes the attempts that are due by then, each at its
// time. Advance by 0 makes those due now; by 16 hours, all that the schedule has. A context that
// ends, ends it: what is due then stays due.
func (w *WebhookSender) Advance(ctx context.Context, d time.Duration) {
	w.sending.Lock()
	defer w.sending.Unlock()
	end := w.Now().Add(d)
	for ctx.Err() == nil {
		due := w.nextDue(end)
		if len(due) == 0 {
			w.mu.Lock()
			w.now = end
			w.mu.Unlock()
			return
		}
		for _, delivery := range due {
			if ctx.Err() == nil {
				w.attempt(ctx, delivery, true)
			}
		}
	}
}

// nextDue moves the time on to the earliest attempt due by end, and returns the deliveries due
// then.
func (w *WebhookSender) nextDue(end time.Time) []*WebhookDelivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	var due []*WebhookDelivery
	for _, d := range w.deliveries {
		switch {
		case d.due.IsZero() || d.due.After(end):
		case len(due) == 0 || d.due.Before(due[0].due):
			due = []*WebhookDelivery{d}
		case d.due.Equal(due[0].due):
			due = append(due, d)
		}
	}
	if len(due) > 0 && due[0].due.After(w.now) {
		w.now = due[0].due
	}
	if w.shuffle != nil {
		w.shuffle.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	}
	return due
}

// attempt delivers an event, with its copies, and notes what came of it.
func (w *WebhookSender) attempt(ctx context.Context, d *WebhookDelivery, scheduled bool) {
	results := make([]WebhookAttempt, 1+w.copies)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = w.post(ctx, d.Body) })
	}
	wg.Wait()

	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range results {
		d.acked = d.acked || r.Status == http.StatusOK
	}
	d.attempts = append(d.attempts, results...)
	switch {
	case d.acked:
		d.due = time.Time{}
	case !scheduled:
	case d.tries == len(webhookRetries):
		d.due = time.Time{}
	default:
		d.due = w.now.Add(webhookRetries[d.tries])
		d.tries++
	}
}

// post makes one delivery. It follows no redirect.
func (w *WebhookSender) post(ctx context.Context, body []byte) WebhookAttempt {
	result := WebhookAttempt{At: w.Now()}
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		result.Err = err
		return result
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", w.sign(body))
	resp, err := w.transport.RoundTrip(req)
	if err != nil {
		result.Err = err
		return result
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		result.Err = err
		return result
	}
	result.Status, result.Body = resp.StatusCode, string(answer)
	return result
}

// sign computes the signature of an event. Like that of a request it shares no code with what it is
// there to test.
func (w *WebhookSender) sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(w.secret))
	mac.Write([]byte(AppKey + string(body)))
	return hex.EncodeToString(mac.Sum(nil))
}

// encode writes the event in its envelope; n is its place among the sender's.
func (e WebhookEvent) encode(now time.Time, n int) []byte {
	envelope := map[string]any{"type": e.Type, "tts_notification_id": e.NotificationID,
		"timestamp": e.Time.Unix(), "data": e.Data}
	if e.NotificationID == "" {
		envelope["tts_notification_id"] = fmt.Sprintf("73271123930%08d", n+1)
	}
	if e.Time.IsZero() {
		envelope["timestamp"] = now.Unix()
	}
	switch {
	case e.SellerOpenID != "":
		envelope["seller_open_id"] = e.SellerOpenID
	case e.CreatorOpenID != "":
		envelope["creator_open_id"] = e.CreatorOpenID
	case e.ShopID != "":
		envelope["shop_id"] = e.ShopID
	default:
		envelope["shop_id"] = ShopID
	}
	body, err := json.Marshal(envelope)
	if err != nil {
		panic("tiktokshoptest: webhook event does not encode: " + err.Error())
	}
	return body
}
