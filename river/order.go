package riverjobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

const (
	// waitFor is how long a job is snoozed for each event before it, up to mostBefore of them. It
	// is woken when it is the next, unless the process that should have woken it was killed.
	waitFor    = time.Second
	mostBefore = 20
)

// OrderIndex returns the statement for an index that EventOptions.Ordered is quick with, in the
// schema of river.Config, "" if that names none. It has unfinished events alone, and is made
// without holding up writers; so it cannot be run in a transaction.
func OrderIndex(schema string) string {
	return `CREATE INDEX CONCURRENTLY IF NOT EXISTS river_job_tiktokshop_order ON ` +
		jobTable(schema) +
		` ((args->>'owner'), (args->>'at') COLLATE "C", id) WHERE ` + unfinishedEvents
}

const unfinishedEvents = `kind = '` + KindEvent + `' AND finalized_at IS NULL`

func jobTable(schema string) string {
	if schema == "" {
		return "river_job"
	}
	return pgx.Identifier{schema, "river_job"}.Sanitize()
}

func schemaOf(ctx context.Context) string { return river.ClientFromContext[pgx.Tx](ctx).Schema() }

// countBefore is asked for an owner, a time, an id and how many are enough.
func countBefore(schema string) string {
	return `SELECT count(*) FROM (SELECT 1 FROM ` + jobTable(schema) + ` WHERE ` +
		unfinishedEvents +
		` AND args->>'owner' = $1 AND ((args->>'at') COLLATE "C", id) < ($2, $3) LIMIT $4) AS before`
}

// findNext is asked for an owner. The row is locked, so that the job is not finished by hand
// meanwhile: to retry what is finished would begin it anew.
func findNext(schema string) string {
	return `SELECT id, state::text FROM ` + jobTable(schema) + ` WHERE ` + unfinishedEvents +
		` AND args->>'owner' = $1 ORDER BY (args->>'at') COLLATE "C", id LIMIT 1 FOR UPDATE SKIP LOCKED`
}

// lockName has the schema, as advisory locks are those of the whole database.
func lockName(schema, owner string) string { return KindEvent + " " + schema + " " + owner }

// takeTurn returns a verdict unless the job is the owner's first one and alone. The lock is held
// until tx ends.
func takeTurn(ctx context.Context, tx pgx.Tx, job *river.Job[EventArgs]) error {
	var locked bool
	err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`,
		lockName(schemaOf(ctx), job.Args.Owner)).Scan(&locked)
	if err != nil {
		return fmt.Errorf("riverjobs: lock the owner: %w", err)
	}
	if !locked {
		return waitTurn(1)
	}
	// A statement of its own: it sees what was committed before the lock was free.
	var before int
	err = tx.QueryRow(ctx, countBefore(schemaOf(ctx)),
		job.Args.Owner, job.Args.At, job.ID, mostBefore).Scan(&before)
	if err != nil {
		return fmt.Errorf("riverjobs: look for earlier events of the owner: %w", err)
	}
	if before > 0 {
		return waitTurn(before)
	}
	return nil
}

func waitTurn(before int) error {
	wait := time.Duration(before) * waitFor
	return river.JobSnooze(wait/2 + rand.N(wait))
}

// complete marks the job as done in tx. It fails if the job is no longer running, because another
// worker has completed it meanwhile.
func complete[T river.JobArgs](ctx context.Context, tx pgx.Tx, job *river.Job[T]) error {
	_, err := river.JobCompleteTx[riverdriver.Driver[pgx.Tx]](ctx, tx, job)
	if err != nil {
		return fmt.Errorf("riverjobs: complete the job: %w", err)
	}
	return nil
}

// wakeNext ends the snooze of the owner's next event. It is no error if that is not to be had: the
// snooze ends by itself.
func wakeNext(ctx context.Context, tx pgx.Tx, job *river.Job[EventArgs]) error {
	var id int64
	var state string
	err := tx.QueryRow(ctx, findNext(schemaOf(ctx)), job.Args.Owner).Scan(&id, &state)
	if err == nil && (state == string(rivertype.JobStateScheduled) ||
		state == string(rivertype.JobStateAvailable)) {
		_, err = river.ClientFromContext[pgx.Tx](ctx).JobRetryTx(ctx, tx, id)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("riverjobs: wake the owner's next event: %w", err)
	}
	return nil
}
