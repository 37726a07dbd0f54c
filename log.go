package tiktokshop

import (
	"context"
	"log/slog"
	"sync"
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
