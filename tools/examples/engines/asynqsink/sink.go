package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tools/examples/engines/internal/scenario"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// TypeEvent is the type of the tasks.
const TypeEvent = "tiktokshop:event"

// Sink is a webhook.Sink whose events are asynq tasks.
type Sink struct {
	Client *asynq.Client
	Queue  string
}

// payload keeps the body's bytes: it is not JSON in JSON.
type payload struct {
	Body []byte `json:"body"`
}

// Accept implements webhook.Sink. The event's key is the task's id, so that a duplicate is refused
// by Redis for as long as the task is there: until it is done and then for a day, which is longer
// than the platform goes on delivering. An asynq.Unique would end with its time, be the task done
// or not.
func (s *Sink) Accept(ctx context.Context, d *webhook.Delivery) error {
	b, err := json.Marshal(payload{Body: d.Body})
	if err != nil {
		return err
	}
	_, err = s.Client.EnqueueContext(ctx, asynq.NewTask(TypeEvent, b),
		asynq.Queue(s.Queue), asynq.TaskID(d.Key), asynq.Retention(24*time.Hour),
		asynq.MaxRetry(25), asynq.Timeout(time.Minute))
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return err
}

// Handle makes a handler of tasks of one of events. What no repeat helps is archived at once.
func Handle(fn webhook.Func) func(context.Context, *asynq.Task) error {
	return func(ctx context.Context, task *asynq.Task) error {
		var p payload
		if err := json.Unmarshal(task.Payload(), &p); err != nil {
			return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
		}
		event, err := webhook.Parse(p.Body)
		if err != nil {
			event = &webhook.Event{Raw: p.Body, PayloadError: err}
		}
		if err = fn(ctx, event); err != nil && scenario.Hopeless(err) {
			return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
		}
		return err
	}
}

// RetryDelay waits for as long as the platform says, and else a second, doubled for each try, up to
// an hour.
func RetryDelay(n int, err error, _ *asynq.Task) time.Duration {
	if refused := (*tiktokshop.APIError)(nil); errors.As(err, &refused) && refused.RetryAfter > 0 {
		return refused.RetryAfter
	}
	return min(time.Second<<min(n, 12), time.Hour)
}

// IsFailure leaves a throttled call out of the count of tries.
func IsFailure(err error) bool { return !errors.Is(err, tiktokshop.ErrRateLimited) }
