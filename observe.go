package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/calllog"
	"github.com/tiktokshop-go/tiktokshop/internal/dump"
	"github.com/tiktokshop-go/tiktokshop/internal/unknown"
)

// Observer is told of the start and, through the function it returns, of the end of each call and
// of each attempt of a call, so that they can be traced or counted. The context it returns is that
// of the call or attempt, and of the HTTP request; a nil context or function is left out. It runs
// on the goroutine of the call and should not block. If it panics, the call goes on as if it were
// not there, and the first time one error is logged.
type Observer func(ctx context.Context, start CallStart) (context.Context, func(CallEnd))

// CallStart tells an Observer what begins. Operation and PathTemplate are fit for labels.
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
	// Wait is the time spent waiting for the rate limit and between attempts: of an attempt, before
	// it; of a call, in all.
	Wait time.Duration
	// Err is nil for a success, or the error of the attempt or the call.
	Err error
}

// WithObserver adds an Observer. Those added before, as those of the client, are told first.
func WithObserver(observer Observer) Option {
	return func(c *config) error {
		if observer == nil {
			return &InputError{Field: "observer", Reason: "is nil"}
		}
		c.observers = append(slices.Clip(c.observers), &watcher{observer: observer})
		return nil
	}
}

// UnknownField is something in an answer that the SDK's types do not have, because the platform has
// added it since. Response.Raw holds it.
type UnknownField struct {
	// Operation is the name of the Operation.
	Operation string
	// Path leads to it, such as "data.orders[].line_items[].sku_type": [] stands for any element of
	// a list, * for any key of a map, ? for a name that does not look like a field's.
	Path string
	// Kind tells what it is.
	Kind UnknownKind
	// Value is the value of an UnknownValue, "" if it does not look like an enumeration's. That of
	// an UnknownName is left out, as it may be personal.
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

// WithUnknownFields has report told of fields and values of enumerations that answers have and the
// SDK's types do not, so that a program learns when the platform moves. Each is reported once for
// all clients that share the option, at most 1000 of them; on a single call it would begin anew.
// What a type leaves open, such as json.RawMessage, is not looked at, and neither are the names of
// a map's keys. It runs on the goroutine of the call and should not block; if it panics, the call
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

// WithDump has each attempt written to w when it has ended: the request as a curl command, the
// answer as HTTP text. App secret, tokens, signature and cookies are masked, as are answers that
// hold a token; the rest, names and addresses of buyers among it, is shown. Files are not. Each
// attempt is one Write, one at a time; what w returns is not looked at.
func WithDump(w io.Writer) Option {
	out := dump.NewWriter(w)
	return func(c *config) error {
		if bind.IsNil(w) {
			return &InputError{Field: "dump", Reason: "has no writer"}
		}
		c.dump = func(inv *invocation, at *attempt, ans *answer, err error) {
			mask := inv.scrubber(&at.credentials)
			e := dump.Exchange{
				Title: fmt.Sprintf("%s, attempt %d, %v", inv.op.Name, at.number,
					time.Since(at.start).Round(time.Microsecond)),
				Method: inv.op.Method,
				URL:    inv.cfg.scheme + "://" + inv.cfg.host + inv.path + "?" + inv.query(at),
				Header: inv.header(at),
				Body:   inv.body,
			}
			if inv.upload != nil {
				e.Streamed = "a body that is streamed"
			}
			if ans != nil {
				e.Status, e.AnswerHeader, e.Answer = ans.status, ans.header, ans.body
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

// WithLogBodies adds to the record of each attempt that failed the first n bytes of its JSON body
// and of its answer; see [WithLogger]. Secrets are masked as with [WithDump], personal data is not.
func WithLogBodies(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return &InputError{Field: "log bodies",
				Reason: fmt.Sprintf("is %d, must not be negative", n)}
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
func (w *watcher) start(
	ctx context.Context, inv *invocation, start CallStart,
) (inner context.Context, end func(CallEnd)) {
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
	if value := recover(); value != nil && !w.panicked.Swap(true) {
		inv.records().Panicked(ctx, inv.scrubber(&credentials{}).Text(fmt.Sprint(value)))
	}
}

// observed holds the end functions of the observers of one call or attempt.
type observed []func(CallEnd)

// startObserved tells the observers of a start.
func (inv *invocation) startObserved(ctx context.Context, attempt int) (context.Context, observed) {
	if len(inv.cfg.observers) == 0 {
		return ctx, nil
	}
	start := CallStart{Operation: inv.op.Name, Method: inv.op.Method, PathTemplate: inv.op.Path,
		Attempt: attempt}
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

// end tells the observers, the last one first, how a call or an attempt ended.
func (o observed) end(
	inv *invocation, start time.Time, wait time.Duration, ans *answer, err error,
) {
	if len(o) == 0 {
		return
	}
	e := CallEnd{Attempts: inv.made, Duration: time.Since(start), Wait: wait, Err: err}
	e.HTTPStatus, e.Code, e.RequestID = outcome(ans, err)
	for _, end := range slices.Backward(o) {
		end(e)
	}
}

// outcome is what an answer said, if there was one; that of an error has passed the scrubber.
func outcome(ans *answer, err error) (status, code int, requestID string) {
	if refused := (*APIError)(nil); errors.As(err, &refused) {
		return refused.HTTPStatus, refused.Code, refused.RequestID
	}
	if err != nil || ans == nil {
		return 0, 0, ""
	}
	return ans.status, ans.code, ans.requestID
}

// records writes the log of a call.
func (inv *invocation) records() calllog.Call {
	return calllog.Call{Log: inv.cfg.log, Operation: inv.op.Name, Method: inv.op.Method,
		Path: inv.op.Path, Attempt: inv.made}
}

// logAttempt writes the records of an attempt.
func (inv *invocation) logAttempt(at *attempt, ans *answer, err error) {
	log := inv.records()
	if err == nil {
		defer calllog.Mismatches(at.ctx, log, ans.requestID, ans.mismatches)
	}
	if !log.Debugs(at.ctx) {
		return
	}
	r := calllog.Ended{Duration: time.Since(at.start), Wait: inv.waited, Err: err}
	r.Status, r.Code, r.RequestID = outcome(ans, err)
	if n := inv.cfg.logBodies; n > 0 && err != nil {
		mask := inv.scrubber(&at.credentials)
		r.RequestBody = mask.Head(inv.body, n)
		if ans != nil && !inv.hidesAnswer() {
			r.AnswerBody = mask.Head(ans.body, n)
		}
	}
	log.Ended(at.ctx, r)
}
