package riverjobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// database is a schema of a test's own on the server that .ci/postgres starts.
type database struct {
	dsn, schema string
	pool        *pgxpool.Pool
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	dsn := os.Getenv("TIKTOKSHOP_TEST_POSTGRES")
	switch {
	case dsn != "":
	case os.Getenv("CI") == "true":
		t.Fatal("TIKTOKSHOP_TEST_POSTGRES is not set: run the tests with bash .ci/postgres")
	default:
		t.Skip("needs PostgreSQL: bash .ci/postgres go -C river test ./...")
	}
	schema := strings.ToLower(strings.NewReplacer("/", "_", " ", "_", ",", "", "-",
		"_").Replace(t.Name()))
	d := &database{dsn: dsn, schema: schema[:min(len(schema), 50)], pool: connect(t.Context(), dsn)}
	t.Cleanup(d.pool.Close)
	d.exec(t, `DROP SCHEMA IF EXISTS `+d.schema+` CASCADE`)
	d.exec(t, `CREATE SCHEMA `+d.schema)
	migrator, err := rivermigrate.New(riverpgxv5.New(d.pool),
		&rivermigrate.Config{Schema: d.schema, Logger: quiet})
	require.NoError(t, err)
	_, err = migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	return d
}

func connect(ctx context.Context, dsn string) *pgxpool.Pool {
	config, err := pgxpool.ParseConfig(dsn)
	if err == nil {
		config.MaxConns = 16
		config.ConnConfig.RuntimeParams["synchronous_commit"] = "off" // the server is not killed
		var pool *pgxpool.Pool
		if pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config); err == nil {
			return pool
		}
	}
	panic(err)
}

func (d *database) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := d.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func (d *database) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, d.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// texts are the rows of a query that has one column.
func (d *database) texts(t *testing.T, sql string, args ...any) []string {
	t.Helper()
	rows, err := d.pool.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// client is of a process of one's own, as far as the database can tell.
func (d *database) client(t *testing.T, config river.Config) *river.Client[pgx.Tx] {
	t.Helper()
	config.Schema, config.Logger, config.TestOnly = d.schema, quiet, true
	client, err := river.NewClient(riverpgxv5.New(d.pool), &config)
	require.NoError(t, err)
	return client
}

func (d *database) tx(t *testing.T) pgx.Tx {
	t.Helper()
	tx, err := d.pool.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })
	return tx
}

var quiet = slog.New(slog.DiscardHandler)

// soon is a RetryPolicy for those who do not want to wait.
type soon struct{}

func (soon) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(50 * time.Millisecond) }

// body is an event of a shop as the platform writes it.
func body(id int, shop string, at time.Time) []byte {
	return fmt.Appendf(nil,
		`{"type":1,"tts_notification_id":"%d","shop_id":"%s","timestamp":%d,"data":{"order_id":"5764863169484%05d",`+
			`"order_status":"UNPAID","is_on_hold_order":false,"update_time":%d}}`,
		7327112393000000000+id, shop, at.Unix(), id, at.Unix())
}

func delivery(t *testing.T, body []byte) *webhook.Delivery {
	t.Helper()
	event, err := webhook.Parse(body)
	if err != nil {
		event = &webhook.Event{Raw: body, PayloadError: err}
	}
	return &webhook.Delivery{
		Key: tiktokshoptest.AppKey + ":" + event.Key(), Body: body, Event: event,
		ReceivedAt: time.Now(),
	}
}

func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}
