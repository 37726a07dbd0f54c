package riverjobs

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/tiktokshop-go/tiktokshop"
)

// Pool begins transactions in the database that River is in. A *pgxpool.Pool is one.
type Pool interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// rollbackTimeout bounds the end of a transaction whose context is over.
const rollbackTimeout = 5 * time.Second

// inTx commits what do has done if it returns nil.
func inTx(ctx context.Context, pool Pool, do func(pgx.Tx) error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer stop()
		_ = tx.Rollback(ctx) // nothing after a commit
	}()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// saveCursor stores the position of a resumable step in the job, in tx.
func saveCursor[T river.JobArgs, C any](
	ctx context.Context, tx pgx.Tx, job *river.Job[T], cursor C,
) error {
	_, err := river.ResumableSetStepCursorTx[riverdriver.Driver[pgx.Tx]](ctx, tx, job, cursor)
	return err
}

// judged is the middleware of this package's workers.
func judged(
	repeatSafe bool, onCancel func(context.Context, *rivertype.JobRow, error),
) []rivertype.WorkerMiddleware {
	return []rivertype.WorkerMiddleware{
		NewMiddleware(MiddlewareOptions{RepeatSafe: repeatSafe, OnCancel: onCancel}),
	}
}

// mistakes gathers those of one call.
type mistakes struct {
	operation string
	found     []error
}

func (m *mistakes) add(wrong bool, field, reason string) {
	if wrong {
		m.found = append(m.found,
			&tiktokshop.InputError{Operation: m.operation, Field: field, Reason: reason})
	}
}

// timeout sets the default. There is no job without one: River does not rescue it from a killed
// worker.
func (m *mistakes) timeout(d *time.Duration) {
	m.add(*d < 0, "Timeout", "is negative")
	if *d == 0 {
		*d = defaultTimeout
	}
}

func (m *mistakes) err() error { return errors.Join(m.found...) }
