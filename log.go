package tiktokshop

import (
	"context"
	"log/slog"
	"time"
)

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
	}
	log.LogAttrs(at.ctx, slog.LevelDebug, "tiktokshop: attempt", attrs...)
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
