package tiktokshop

import (
	"context"
	"log/slog"
	"time"
)

// callLog is where the client and the token sources log: an interface, so that programs without a logger do not link log/slog.
type callLog interface {
	attempt(ctx context.Context, inv *invocation, start time.Time, ans *answer, err error)
	giveUp(ctx context.Context, inv *invocation, reason string, err error)
	wrongClock(ctx context.Context, offset time.Duration)
	tokenSource(ctx context.Context, level slog.Level, msg string, attrs []slog.Attr)
}

// slogger logs to the slog.Logger of WithLogger.
type slogger struct{ to *slog.Logger }

// attempt writes one record for an attempt.
func (l *slogger) attempt(ctx context.Context, inv *invocation, start time.Time, ans *answer, err error) {
	if !l.to.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", inv.op.Name),
		slog.String("method", inv.op.Method),
		slog.String("path", inv.op.Path),
		slog.Int("attempt", inv.made),
		slog.Duration("duration", time.Since(start)),
		slog.Duration("wait", inv.waited),
	}
	if status, code, requestID := outcome(ans, err); status != 0 {
		attrs = append(attrs, slog.Int("status", status), slog.Int("code", code), slog.String("request_id", requestID))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	l.to.LogAttrs(ctx, slog.LevelDebug, "tiktokshop: attempt", attrs...)
}

// giveUp writes one record for a call that fails although another attempt might have helped.
func (l *slogger) giveUp(ctx context.Context, inv *invocation, reason string, err error) {
	l.to.LogAttrs(ctx, slog.LevelWarn, "tiktokshop: gave up",
		slog.String("operation", inv.op.Name),
		slog.String("method", inv.op.Method),
		slog.String("path", inv.op.Path),
		slog.Int("attempt", inv.made),
		slog.Duration("wait", inv.waitedInAll),
		slog.String("reason", reason),
		slog.Any("error", err))
}

func (l *slogger) wrongClock(ctx context.Context, offset time.Duration) {
	l.to.LogAttrs(ctx, slog.LevelWarn, "tiktokshop: the clock of this machine is wrong; requests are signed with the platform's time",
		slog.Duration("offset", offset))
}

func (l *slogger) tokenSource(ctx context.Context, level slog.Level, msg string, attrs []slog.Attr) {
	l.to.LogAttrs(ctx, level, "tiktokshop: "+msg, attrs...)
}
