package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// PlatformTimeout is how long the platform waits for the answer to a delivery.
const PlatformTimeout = 3 * time.Second

// Defaults of a Handler.
const (
	defaultTimeout    = 2500 * time.Millisecond
	defaultMaxBody    = 1 << 20
	defaultClaimLease = time.Minute
	defaultMaxKeys    = 100_000
	defaultKeep       = 24 * time.Hour

	// settleTimeout bounds the deduper's last step, which is taken even if the delivery's context
	// has ended.
	settleTimeout = 5 * time.Second
	// maxClockSkew is how far ahead of this machine's clock an event's time may be, where
	// WithMaxAge looks at it.
	maxClockSkew = 5 * time.Minute
)

// Func handles one event. Its error, or a panic, makes the platform deliver the event again.
//
// Its context ends before the platform stops waiting for the answer: take the event over into a
// queue or a database and do slow work later. A Func that ignores the end of its context goes on by
// itself: the delivery is answered 503, the event stays claimed, and if the Func returns nil after
// all, the next delivery is answered 200 at once.
type Func func(ctx context.Context, event *Event) error

// Handler receives deliveries. It is an http.Handler and is safe for concurrent use.
//
// It answers, always with an empty body:
//
//   - 200 when the Func has returned nil, now or in an earlier delivery of the event;
//   - 401 when the signature is missing or wrong, or the event is older than WithMaxAge allows;
//   - 500 when the Func has failed or panicked, or the deduper has failed, or a signed body is not
//     JSON;
//   - 503 when the time is up, or while another delivery of the event is being handled;
//   - 405, 413, 408 and 400 to what is no delivery: a method other than POST, a body that is too
//     large, too slow or cut short.
//
// The platform delivers again after anything but 200. One of NewDurableHandler answers alike, with
// the Sink in the place of the Func, except that it hands a signed body that is not JSON to the
// Sink as well.
type Handler struct {
	verifier *Verifier
	handle   func(context.Context, *Delivery) error
	durable  bool // handle is a Sink's
	deduper  Deduper
	logger   *slog.Logger
	now      func() time.Time

	timeout, lease, maxAge time.Duration
	maxBody                int64

	running running
}

// Option sets one thing of a Handler. A value that cannot work is a *tiktokshop.InputError.
type Option func(*Handler) error

// WithDeduper sets where handled events are remembered, by default a MemoryDeduper of 100,000
// events and 24 hours. nil remembers nothing: the Func sees duplicates and tells them by Event.Key.
//
// A durable handler has none: its Sink drops duplicates.
func WithDeduper(d Deduper) Option {
	return func(h *Handler) error {
		if h.durable {
			return &tiktokshop.InputError{
				Field:  "deduper",
				Reason: "is not for a durable handler, whose sink drops duplicates",
			}
		}
		h.deduper = d
		return nil
	}
}

// WithTimeout sets how long after the start of a delivery the answer is given at the latest and
// the Func's or the Sink's context ends, 2.5 seconds by default. It must be less than
// PlatformTimeout.
func WithTimeout(d time.Duration) Option {
	return func(h *Handler) error {
		if d <= 0 || d >= PlatformTimeout {
			return &tiktokshop.InputError{Field: "timeout",
				Reason: fmt.Sprintf("is %v, must be positive and less than the platform's %v", d,
					PlatformTimeout)}
		}
		h.timeout = d
		return nil
	}
}

// WithClaimLease sets how long an event stays claimed if its handling neither succeeds nor fails
// because the process dies or the Func never returns, 1 minute by default. The platform's first
// redelivery comes after 2 minutes. A Func that runs for longer than the lease may be called for
// the event again meanwhile. A durable handler claims nothing.
func WithClaimLease(d time.Duration) Option {
	return func(h *Handler) error {
		if h.durable {
			return &tiktokshop.InputError{Field: "claim lease",
				Reason: "is not for a durable handler, which claims nothing"}
		}
		if d < PlatformTimeout {
			return &tiktokshop.InputError{Field: "claim lease",
				Reason: fmt.Sprintf("is %v, must be at least %v", d, PlatformTimeout)}
		}
		h.lease = d
		return nil
	}
}

// WithMaxAge refuses events older than d, as someone who recorded a delivery might send it later,
// and those that tell no time or one more than 5 minutes ahead. The platform's own last delivery of
// an event comes 15 hours and 32 minutes after the first: a smaller d gives up some of them. By
// default any age will do.
func WithMaxAge(d time.Duration) Option {
	return func(h *Handler) error {
		if d <= 0 {
			return &tiktokshop.InputError{Field: "max age",
				Reason: fmt.Sprintf("is %v, must be positive", d)}
		}
		h.maxAge = d
		return nil
	}
}

// WithMaxBodyBytes bounds the size of a delivery, 1 MiB by default.
func WithMaxBodyBytes(n int64) Option {
	return func(h *Handler) error {
		if n < 1 {
			return &tiktokshop.InputError{Field: "max body bytes",
				Reason: fmt.Sprintf("is %d, must be positive", n)}
		}
		h.maxBody = n
		return nil
	}
}

// WithLogger sets where failures are logged, by default slog.Default. Records name the event by its
// key, topic and owner; neither its data nor a secret is in them.
func WithLogger(logger *slog.Logger) Option {
	return func(h *Handler) error {
		if logger == nil {
			return &tiktokshop.InputError{Field: "logger", Reason: "is nil"}
		}
		h.logger = logger
		return nil
	}
}

// WithClock sets the clock that WithMaxAge and Delivery.ReceivedAt go by instead of time.Now.
func WithClock(now func() time.Time) Option {
	return func(h *Handler) error {
		if now == nil {
			return &tiktokshop.InputError{Field: "clock", Reason: "is nil"}
		}
		h.now = now
		return nil
	}
}

// NewHandler returns a Handler that passes the events of verified deliveries to fn. A nil verifier
// or fn, and an option that cannot work, is a *tiktokshop.InputError each.
func NewHandler(verifier *Verifier, fn Func, opts ...Option) (*Handler, error) {
	h := &Handler{deduper: newMemoryDeduper(defaultMaxKeys, defaultKeep)}
	if fn != nil {
		h.handle = func(ctx context.Context, d *Delivery) error { return fn(ctx, d.Event) }
	}
	return h.set(verifier, "func", opts)
}

// set completes a Handler. what names what it hands deliveries to.
func (h *Handler) set(verifier *Verifier, what string, opts []Option) (*Handler, error) {
	h.verifier, h.now = verifier, time.Now
	h.timeout, h.lease, h.maxBody = defaultTimeout, defaultClaimLease, defaultMaxBody
	var errs []error
	if verifier == nil || len(verifier.signers) == 0 {
		errs = append(errs, errNoVerifier)
	}
	if h.handle == nil {
		errs = append(errs, &tiktokshop.InputError{Field: what, Reason: "is nil"})
	}
	for _, opt := range opts {
		if opt != nil {
			errs = append(errs, opt(h))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return h, nil
}

// ServeHTTP receives one delivery.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.timeout)
	defer cancel()
	if r.Method != http.MethodPost {
		boundReads(ctx, w)
		giveUp(w, r)
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, status := h.readBody(ctx, w, r)
	if status == 0 {
		status = h.receive(ctx, body, r.Header.Get(SignatureHeader))
	}
	w.WriteHeader(status)
}

// Wait returns when no Func is running any more, or with the context's error. Call it
// after http.Server.Shutdown, which does not know of a Func that outlived its delivery.
func (h *Handler) Wait(ctx context.Context) error {
	return h.running.wait(ctx)
}

// running counts what runs. Other than a sync.WaitGroup it can be waited for while more begins, and
// with a context.
type running struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n falls to 0
}

func (r *running) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n++; r.n == 1 {
		r.idle = make(chan struct{})
	}
}

func (r *running) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n--; r.n == 0 {
		close(r.idle)
	}
}

func (r *running) wait(ctx context.Context) error {
	r.mu.Lock()
	n, idle := r.n, r.idle
	r.mu.Unlock()
	if n == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive verifies, reads and handles a delivery and returns the answer's status.
func (h *Handler) receive(ctx context.Context, body []byte, signature string) int {
	if err := h.verifier.Verify(body, signature); err != nil {
		h.log(ctx, slog.LevelWarn, "delivery refused: signature missing or wrong", nil)
		return http.StatusUnauthorized
	}
	event, err := Parse(body)
	if err != nil {
		h.log(ctx, slog.LevelError, "signed delivery cannot be read", nil,
			slog.String("error", err.Error()))
		if !h.durable {
			return http.StatusInternalServerError
		}
		// Another delivery would be as it is, and the platform gives up after the fifth.
		event = &Event{Raw: bytes.Clone(body), PayloadError: err}
	}
	if !h.fresh(event) {
		h.log(ctx, slog.LevelWarn,
			"delivery refused: event too old, or its time is missing or ahead", event)
		return http.StatusUnauthorized
	}
	if event.PayloadError != nil && err == nil {
		h.logPayloadError(ctx, event)
	}
	// A notification id is unique within an app; a shared deduper or sink may serve several.
	d := &Delivery{Key: h.verifier.appKey() + ":" + event.Key(), Body: body, Event: event,
		ReceivedAt: h.now()}

	// What is not this package's runs in a goroutine of its own, so that whatever it does there is
	// an answer in time.
	done := make(chan int, 1)
	h.running.begin()
	go func() {
		defer h.running.end()
		status := http.StatusInternalServerError
		defer func() {
			if p := recover(); p != nil { // of the deduper's; the Func's are caught closer to it
				h.logPanic(ctx, event, p)
			}
			done <- status
		}()
		status = h.process(ctx, d)
	}()
	select {
	case status := <-done:
		return status
	case <-ctx.Done():
	}
	select {
	case status := <-done:
		return status
	default:
		h.log(ctx, slog.LevelError, h.failure()+" in time", event)
		return http.StatusServiceUnavailable
	}
}

// fresh applies WithMaxAge.
func (h *Handler) fresh(event *Event) bool {
	if h.maxAge == 0 {
		return true
	}
	age := h.now().Sub(event.Time)
	return !event.Time.IsZero() && age <= h.maxAge && age >= -maxClockSkew
}

// failure says what became of an event.
func (h *Handler) failure() string {
	if h.durable {
		return "event not accepted"
	}
	return "event not handled"
}

// process claims an event and handles it.
func (h *Handler) process(ctx context.Context, d *Delivery) int {
	if h.deduper == nil {
		return h.call(ctx, d, func(context.Context, bool) {})
	}
	owner := rand.Text()
	state, err := h.deduper.Claim(ctx, d.Key, owner, h.lease)
	switch {
	case err != nil:
		h.log(ctx, slog.LevelError, "deduper failed to claim", d.Event,
			slog.String("error", h.scrub(err.Error())))
		return http.StatusInternalServerError
	case state == Seen:
		h.log(ctx, slog.LevelDebug, "duplicate dropped", d.Event)
		return http.StatusOK
	case state != Claimed:
		h.log(ctx, slog.LevelInfo, "duplicate of an event in flight put off", d.Event)
		return http.StatusServiceUnavailable
	}
	return h.call(ctx, d, func(ctx context.Context, handled bool) {
		settle, step := h.deduper.Release, "release"
		if handled {
			settle, step = h.deduper.Commit, "commit"
		}
		if err := settle(ctx, d.Key, owner); err != nil {
			h.log(ctx, slog.LevelError, "deduper failed to "+step, d.Event,
				slog.String("error", h.scrub(err.Error())))
		}
	})
}

var errNoReturn = errors.New("the function did not return")

// call runs the Func or the Sink and settles the claim by what came of it, even if it panics or
// ends its goroutine.
func (h *Handler) call(
	ctx context.Context, d *Delivery, settle func(ctx context.Context, handled bool),
) (status int) {
	var err error
	defer func() {
		if p := recover(); p != nil {
			h.logPanic(ctx, d.Event, p)
		} else if err != nil {
			h.log(ctx, slog.LevelError, h.failure(), d.Event,
				slog.String("error", h.scrub(err.Error())))
		}
		// The delivery may be over; what became of the event counts all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
		defer cancel()
		settle(ctx, err == nil)
		status = http.StatusOK
		if err != nil {
			status = http.StatusInternalServerError
		}
	}()
	if err = ctx.Err(); err != nil {
		return // the claim took all the time there was
	}
	err = errNoReturn
	own, event := *d, *d.Event // theirs to change while these are logged
	own.Event = &event
	err = h.handle(ctx, &own)
	return
}

// logPayloadError names the field that does not fit, without its value, which the error does not
// quote.
func (h *Handler) logPayloadError(ctx context.Context, event *Event) {
	h.log(ctx, slog.LevelWarn,
		"data has another shape than expected, the event has no typed payload", event,
		slog.String("reason", event.PayloadError.Error()))
}

func (h *Handler) logPanic(ctx context.Context, event *Event, p any) {
	h.log(ctx, slog.LevelError, "panic while handling an event", event,
		slog.String("panic", h.scrub(fmt.Sprint(p))), slog.String("stack", string(debug.Stack())))
}

// log writes one record about a delivery, and its event if that could be read.
func (h *Handler) log(
	ctx context.Context, level slog.Level, message string, event *Event, attrs ...slog.Attr,
) {
	logger := h.logger
	if logger == nil {
		logger = slog.Default()
	}
	if !logger.Enabled(ctx, level) {
		return
	}
	if event != nil {
		attrs = append([]slog.Attr{
			slog.String("event", event.Key()),
			slog.String("topic", event.Topic.String()),
			slog.String("owner", event.Owner.String()),
		}, attrs...)
	}
	logger.LogAttrs(ctx, level, "webhook: "+message, attrs...)
}

// scrub removes the app secrets from a text that this package did not write.
func (h *Handler) scrub(text string) string {
	for _, s := range h.verifier.signers {
		text = strings.ReplaceAll(text, s.secret(), "[redacted]")
	}
	return text
}
