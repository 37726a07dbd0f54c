package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/dump"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/unknown"
)

// Observer is told of the start and, through the function it returns, of the end of each call and of
// each attempt of a call, so that they can be traced or counted. The context it returns is that of the call or attempt, and of
// the HTTP request; a nil context or function is left out. It runs on the goroutine of the call and should not block. If it
// panics, the call goes on as if it were not there, and the first time one error is logged.
type Observer func(ctx context.Context, start CallStart) (context.Context, func(CallEnd))

// CallStart tells an Observer what begins. Operation and PathTemplate have few values and are fit for labels.
type CallStart struct {
	// Operation is the name of the Operation.
	Operation string
	// Method is the HTTP method.
	Method string
	// PathTemplate is the operation's path with its {parameters} unfilled.
	PathTemplate string
	// Attempt is the number of the attempt, from 1; 0 stands for the call as a whole.
	Attempt int
}

// CallEnd tells an Observer how a call or an attempt ended.
type CallEnd struct {
	// HTTPStatus is the status of the answer, 0 if none came.
	HTTPStatus int
	// Code is the platform's error code, 0 for a success and where the answer had none.
	Code int
	// RequestID is the platform's id of the request, "" if none came.
	RequestID string
	// Attempts is the number of attempts made so far.
	Attempts int
	// Duration is the time from start to end.
	Duration time.Duration
	// Wait is the time spent waiting for the rate limit and between attempts: of an attempt, before it; of a call, in all.
	Wait time.Duration
	// Err is nil for a success, or the error of the attempt or the call.
	Err error
}

// WithObserver adds an Observer. Those added before, as those of the client a call is made with, are told first.
func WithObserver(observer Observer) Option {
	return func(c *config) error {
		if observer == nil {
			return &InputError{Field: "observer", Reason: "is nil"}
		}
		c.observers = append(slices.Clip(c.observers), &watcher{observer: observer})
		return nil
	}
}

// UnknownField is something in an answer that the SDK's types do not have, because the platform has added it since.
// Response.Raw holds it.
type UnknownField struct {
	// Operation is the name of the Operation.
	Operation string
	// Path leads to it, such as "data.orders[].line_items[].sku_type": [] stands for any element of a list, * for any key of a
	// map, ? for a name that does not look like a field's.
	Path string
	// Kind tells what it is.
	Kind UnknownKind
	// Value is the value of an UnknownValue, "" if it does not look like an enumeration's. That of an UnknownName is left
	// out, as it may be personal.
	Value string
}

// UnknownKind is what an UnknownField is.
type UnknownKind string

const (
	// UnknownName is a field whose name the type does not have.
	UnknownName UnknownKind = "field"
	// UnknownValue is a value of an enumeration that has no constant for it.
	UnknownValue UnknownKind = "value"
)

// WithUnknownFields has report told of fields and values of enumerations that answers have and the SDK's types do not, so
// that a program learns when the platform moves. Each is reported once for all clients that share the option, at most 1000
// of them; on a single call it would begin anew. What a type leaves open, such as json.RawMessage, is not looked at, and
// neither are the names of a map's keys. It runs on the goroutine of the call and should not block; if it panics, the call
// goes on.
func WithUnknownFields(report func(UnknownField)) Option {
	finder, told := unknown.NewFinder(), new(watcher)
	return func(c *config) error {
		if report == nil {
			return &InputError{Field: "unknown fields", Reason: "has no function to report to"}
		}
		c.unknown = func(inv *invocation, at *attempt, ans *answer, data reflect.Type) {
			defer told.recover(at.ctx, inv)
			for _, found := range finder.Look(inv.op.Name, ans.body, data) {
				mask := inv.scrubber(&at.credentials) // keys are the platform's
				field := UnknownField{inv.op.Name, mask.Text(found.Path), UnknownName, ""}
				if found.IsValue {
					field.Kind, field.Value = UnknownValue, mask.Text(found.Value)
				}
				report(field)
			}
		}
		return nil
	}
}

// WithDump has each attempt written to w when it has ended: the request as a curl command, the answer as HTTP text. App
// secret, tokens, signature and cookies are masked, as are answers that hold a token; the rest, names and addresses of
// buyers among it, is shown. Files are not. Each attempt is one Write, one at a time; what w returns is not looked at.
func WithDump(w io.Writer) Option {
	out := dump.NewWriter(w)
	return func(c *config) error {
		if bind.IsNil(w) {
			return &InputError{Field: "dump", Reason: "has no writer"}
		}
		c.dump = func(inv *invocation, at *attempt, ans *answer, err error) {
			mask := inv.scrubber(&at.credentials)
			e := dump.Exchange{
				Title:  fmt.Sprintf("%s, attempt %d, %v", inv.op.Name, at.number, time.Since(at.start).Round(time.Microsecond)),
				Method: inv.op.Method,
				URL:    inv.cfg.scheme + "://" + inv.cfg.host + inv.path + "?" + inv.query(at),
				Header: [][2]string{{"User-Agent", inv.cfg.userAgent}},
				Body:   inv.body,
			}
			if at.token != "" {
				e.Header = append(e.Header, [2]string{"X-Tts-Access-Token", at.token}, [2]string{"Content-Type", "application/json"})
			}
			if inv.upload != nil {
				e.Streamed = "a body that is streamed"
			}
			if ans != nil {
				e.Status, e.AnswerHeader, e.Answer = ans.status, ans.header.Clone(), ans.body
				if _, ok := e.AnswerHeader["Set-Cookie"]; ok {
					e.AnswerHeader["Set-Cookie"] = []string{scrub.Redacted}
				}
				if inv.hidesAnswer() {
					e.Withheld = "the answer holds a secret and is not shown"
				}
			}
			if err != nil {
				e.Err = err.Error() // which has passed the scrubber
			}
			out.Write(&e, mask.Text)
		}
		return nil
	}
}

// WithLogBodies adds to the record of each attempt that failed the first n bytes of its JSON body and of its answer; see
// [WithLogger]. Secrets are masked as with [WithDump], personal data is not.
func WithLogBodies(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return &InputError{Field: "log bodies", Reason: fmt.Sprintf("is %d, must not be negative", n)}
		}
		c.logBodies = n
		return nil
	}
}

// watcher is an Observer and whether it has panicked.
type watcher struct {
	observer Observer
	panicked atomic.Bool
}

// start tells the observer of a start. The end function it returns may be nil, and does not panic.
func (w *watcher) start(ctx context.Context, inv *invocation, start CallStart) (inner context.Context, end func(CallEnd)) {
	defer w.recover(ctx, inv)
	inner, ended := w.observer(ctx, start)
	if ended == nil {
		return inner, nil
	}
	return inner, func(e CallEnd) {
		defer w.recover(ctx, inv)
		ended(e)
	}
}

// recover is deferred around the observer.
func (w *watcher) recover(ctx context.Context, inv *invocation) {
	if value := recover(); value != nil && !w.panicked.Swap(true) && inv.cfg.log != nil {
		inv.cfg.log.LogAttrs(ctx, slog.LevelError, "tiktokshop: an observer panicked",
			slog.String("operation", inv.op.Name), slog.Any("panic", value))
	}
}

// observed holds the end functions of the observers of one call or attempt.
type observed []func(CallEnd)

// startObserved tells the observers of a start.
func (inv *invocation) startObserved(ctx context.Context, attempt int) (context.Context, observed) {
	if len(inv.cfg.observers) == 0 {
		return ctx, nil
	}
	start := CallStart{Operation: inv.op.Name, Method: inv.op.Method, PathTemplate: inv.op.Path, Attempt: attempt}
	var ends observed
	for _, w := range inv.cfg.observers {
		inner, end := w.start(ctx, inv, start)
		if inner != nil {
			ctx = inner
		}
		if end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, ends
}

// end tells the observers, the last one first.
func (o observed) end(e CallEnd) {
	for _, end := range slices.Backward(o) {
		end(e)
	}
}

// call tells of the end of a call.
func (o observed) call(inv *invocation, start time.Time, ans *answer, err error) {
	if len(o) > 0 {
		o.end(callEnd(inv, start, inv.waitedInAll+inv.waited, ans, err))
	}
}

// attempt tells of the end of an attempt.
func (o observed) attempt(inv *invocation, at *attempt, ans *answer, err error) {
	if len(o) > 0 {
		o.end(callEnd(inv, at.start, inv.waited, ans, err))
	}
}

func callEnd(inv *invocation, start time.Time, wait time.Duration, ans *answer, err error) CallEnd {
	e := CallEnd{Attempts: inv.made, Duration: time.Since(start), Wait: wait, Err: err}
	e.HTTPStatus, e.Code, e.RequestID = outcome(ans, err)
	return e
}

// outcome is what an answer said, as far as there was one. That of an error has passed the scrubber.
func outcome(ans *answer, err error) (status, code int, requestID string) {
	if refused := (*APIError)(nil); errors.As(err, &refused) {
		return refused.HTTPStatus, refused.Code, refused.RequestID
	}
	if err != nil || ans == nil {
		return 0, 0, ""
	}
	return ans.status, ans.code, ans.requestID
}

// logAttempt writes one record for an attempt.
func (inv *invocation) logAttempt(at *attempt, ans *answer, err error) {
	log := inv.cfg.log
	if log == nil || !log.Enabled(at.ctx, slog.LevelDebug) {
		return
	}
	attrs := append(inv.logAttrs(),
		slog.Duration("duration", time.Since(at.start)),
		slog.Duration("wait", inv.waited))
	if status, code, requestID := outcome(ans, err); status != 0 {
		attrs = append(attrs, slog.Int("status", status), slog.Int("code", code), slog.String("request_id", requestID))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		attrs = append(attrs, inv.bodies(at, ans)...)
	}
	log.LogAttrs(at.ctx, slog.LevelDebug, "tiktokshop: attempt", attrs...)
}

// bodies are what WithLogBodies adds to the record of a failure.
func (inv *invocation) bodies(at *attempt, ans *answer) (attrs []slog.Attr) {
	if inv.cfg.logBodies == 0 {
		return nil
	}
	mask := inv.scrubber(&at.credentials)
	if len(inv.body) > 0 {
		attrs = append(attrs, slog.String("request_body", string(mask.Head(inv.body, inv.cfg.logBodies))))
	}
	if ans != nil && len(ans.body) > 0 && !inv.hidesAnswer() {
		attrs = append(attrs, slog.String("answer_body", string(mask.Head(ans.body, inv.cfg.logBodies))))
	}
	return attrs
}

// logMismatches writes one record for an answer that has values of an unexpected form.
func (inv *invocation) logMismatches(at *attempt, ans *answer, err error) {
	if inv.cfg.log == nil || err != nil || len(ans.mismatches) == 0 {
		return
	}
	found := make([]string, min(len(ans.mismatches), 5)) // as many as a line takes
	for i := range found {
		found[i] = ans.mismatches[i].String()
	}
	inv.cfg.log.LogAttrs(at.ctx, slog.LevelWarn, "tiktokshop: values of the answer are not of the form expected", append(inv.logAttrs(),
		slog.String("request_id", ans.requestID),
		slog.Int("mismatches", len(ans.mismatches)),
		slog.Any("first", found))...)
}

// logGivenUp writes one record for a call that fails although another attempt might have helped, for a reason.
func (inv *invocation) logGivenUp(ctx context.Context, reason string, err error) {
	if inv.cfg.log == nil || reason == "" || inv.cfg.retry.MaxAttempts == 1 {
		return
	}
	inv.cfg.log.LogAttrs(ctx, slog.LevelWarn, "tiktokshop: gave up", append(inv.logAttrs(),
		slog.Duration("wait", inv.waitedInAll),
		slog.String("reason", reason),
		slog.Any("error", err))...)
}

// retirementNotice is how long before the platform stops an operation its calls are warned of.
const retirementNotice = 60 * 24 * time.Hour

// retirementsLogged are the operations that logRetired has told of, whatever the client.
var retirementsLogged sync.Map

// logRetired writes one record for an operation that the platform stops soon, or has stopped.
func (inv *invocation) logRetired(ctx context.Context) {
	op, log := inv.op, inv.cfg.log
	if op.Retired == "" || log == nil || !log.Enabled(ctx, slog.LevelWarn) {
		return
	}
	day, err := time.Parse(time.DateOnly, op.Retired)
	if err != nil || inv.cfg.now().Before(day.Add(-retirementNotice)) {
		return
	}
	if _, told := retirementsLogged.LoadOrStore(op.Name+" "+op.Path, true); told {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", op.Name), slog.String("path", op.Path), slog.String("retired", op.Retired),
	}
	if op.Successor != "" {
		attrs = append(attrs, slog.String("successor", op.Successor))
	}
	log.LogAttrs(ctx, slog.LevelWarn, "tiktokshop: the platform stops this version of the operation", attrs...)
}

func (inv *invocation) logAttrs() []slog.Attr {
	return []slog.Attr{
		slog.String("operation", inv.op.Name),
		slog.String("method", inv.op.Method),
		slog.String("path", inv.op.Path),
		slog.Int("attempt", inv.made),
	}
}

func (cfg *config) logWrongClock(ctx context.Context, offset time.Duration) {
	if cfg.log != nil {
		cfg.log.LogAttrs(ctx, slog.LevelWarn,
			"tiktokshop: the clock of this machine is wrong; requests are signed with the platform's time",
			slog.Duration("offset", offset))
	}
}
