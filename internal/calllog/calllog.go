// Package calllog writes the log of calls: what a record says, and at which level.
package calllog

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Call is what the records of a call have in common.
type Call struct {
	// Log takes the records; nil takes none.
	Log *slog.Logger
	// Operation, Method and Path name the call; Path is a template.
	Operation, Method, Path string
	// Attempt is the number of the last attempt.
	Attempt int
}

func (c Call) enabled(ctx context.Context, level slog.Level) bool {
	return c.Log != nil && c.Log.Enabled(ctx, level)
}

func (c Call) write(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) {
	if !c.enabled(ctx, level) {
		return
	}
	all := make([]slog.Attr, 0, 16)
	all = append(all, slog.String("operation", c.Operation), slog.String("method", c.Method),
		slog.String("path", c.Path))
	if c.Attempt > 0 {
		all = append(all, slog.Int("attempt", c.Attempt))
	}
	c.Log.LogAttrs(ctx, level, "tiktokshop: "+message, append(all, attrs...)...)
}

// Debugs reports whether attempts are logged.
func (c Call) Debugs(ctx context.Context) bool { return c.enabled(ctx, slog.LevelDebug) }

// Ended is how an attempt ended. Bodies are those of a failure, masked.
type Ended struct {
	Duration, Wait          time.Duration
	Status, Code            int
	RequestID               string
	Err                     error
	RequestBody, AnswerBody []byte
}

// Ended tells of an attempt.
func (c Call) Ended(ctx context.Context, e Ended) {
	attrs := []slog.Attr{slog.Duration("duration", e.Duration), slog.Duration("wait", e.Wait)}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status), slog.Int("code", e.Code),
			slog.String("request_id", e.RequestID))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	if len(e.RequestBody) > 0 {
		attrs = append(attrs, slog.String("request_body", string(e.RequestBody)))
	}
	if len(e.AnswerBody) > 0 {
		attrs = append(attrs, slog.String("answer_body", string(e.AnswerBody)))
	}
	c.write(ctx, slog.LevelDebug, "attempt", attrs...)
}

// Mismatches tells of values of an answer that have an unexpected form, if there are any.
func Mismatches[M fmt.Stringer](ctx context.Context, c Call, requestID string, all []M) {
	if len(all) == 0 {
		return
	}
	first := make([]string, min(len(all), 5)) // as many as a line takes
	for i := range first {
		first[i] = all[i].String()
	}
	c.write(ctx, slog.LevelWarn, "values of the answer are not of the form expected",
		slog.String("request_id", requestID), slog.Int("mismatches", len(all)),
		slog.Any("first", first))
}

// GivenUp tells of a call that fails although another attempt might have helped, and why.
func (c Call) GivenUp(ctx context.Context, reason string, waited time.Duration, err error) {
	c.write(ctx, slog.LevelWarn, "gave up",
		slog.Duration("wait", waited), slog.String("reason", reason), slog.Any("error", err))
}

// WrongClock tells that this machine's clock is wrong.
func (c Call) WrongClock(ctx context.Context, offset time.Duration) {
	c.write(ctx, slog.LevelWarn,
		"the clock of this machine is wrong; requests are signed with the platform's time",
		slog.Duration("offset", offset))
}

// Panicked tells that an observer did.
func (c Call) Panicked(ctx context.Context, value any) {
	c.write(ctx, slog.LevelError, "an observer panicked", slog.Any("panic", value))
}

// notice is how long before the platform stops an operation its calls are warned of.
const notice = 60 * 24 * time.Hour

// told are the operations that Retired has told of, whatever the client.
var told sync.Map

// Retired tells, once in a process, of an operation that the platform stops on a day that is near
// or over. day is one such as "2026-08-15", or "".
func (c Call) Retired(ctx context.Context, day, successor string, now func() time.Time) {
	if day == "" || !c.enabled(ctx, slog.LevelWarn) {
		return
	}
	end, err := time.Parse(time.DateOnly, day)
	if err != nil || now().Before(end.Add(-notice)) {
		return
	}
	if _, done := told.LoadOrStore(c.Operation+" "+c.Path, true); done {
		return
	}
	attrs := []slog.Attr{slog.String("retired", day)}
	if successor != "" {
		attrs = append(attrs, slog.String("successor", successor))
	}
	c.write(ctx, slog.LevelWarn, "the platform stops this version of the operation", attrs...)
}
