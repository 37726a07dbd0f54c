package cli

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/feed/sqlcursor"
)

// parseAge reads a time until now: a number of days, as 30d, or a duration, as 12h.
func parseAge(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d, nil
	}
	return 0, fmt.Errorf("must be such as 30d or 12h, not %q", text)
}

func (a *App) syncCommand() *cobra.Command {
	return group("sync", "Keep what a shop has in a database of one's own", a.syncOrdersCommand())
}

// syncOptions are the flags of `tts sync orders`.
type syncOptions struct {
	since, to string
	follow    bool
	every     time.Duration
}

func (a *App) syncOrdersCommand() *cobra.Command {
	var o syncOptions
	c := &cobra.Command{
		Use:   "orders --to sqlite:FILE",
		Short: "Keep a shop's orders in a SQLite file",
		Long: `Keep a shop's orders, as they are now, in the table orders of a SQLite file: a row for each order, with its id, status and
times, and all of it as JSON. How far it has come is in the same file, so that the same command goes on where it was,
however it ended; --since counts the first time only. A file is for one shop.`,
		Example: `  tts sync orders --since 30d --to sqlite:orders.db
  tts sync orders --to sqlite:orders.db --follow --every 5m
  tts --fake sync orders --to sqlite:orders.db --json
  sqlite3 orders.db 'SELECT status, count(*) FROM orders GROUP BY status'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "to"); err != nil {
				return err
			}
			return a.syncOrders(cmd.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.since, "since", "30d", "how far to go back the first time, such as 30d or 12h")
	f.StringVar(&o.to, "to", "", "the database: sqlite: and a file")
	f.BoolVar(&o.follow, "follow", false, "go on until Ctrl-C")
	f.DurationVar(&o.every, "every", time.Minute, "the pause with --follow")
	return c
}

// The table of orders. The newest state of an order wins, whatever comes in which order.
const (
	createOrders = `CREATE TABLE IF NOT EXISTS orders (
	id TEXT PRIMARY KEY,
	status TEXT NOT NULL,
	create_time INTEGER NOT NULL,
	update_time INTEGER NOT NULL,
	synced_at INTEGER NOT NULL,
	data TEXT NOT NULL
)`
	createShop = `CREATE TABLE IF NOT EXISTS tts_sync (what TEXT PRIMARY KEY, shop TEXT NOT NULL)`
	saveOrder  = `INSERT INTO orders (id, status, create_time, update_time, synced_at, data) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, create_time = excluded.create_time, update_time = excluded.update_time,
	synced_at = excluded.synced_at, data = excluded.data
WHERE excluded.update_time >= orders.update_time`
)

// synced is what a run has done.
type synced struct {
	Changed  int       `json:"changed"`
	Orders   int       `json:"orders"`
	Position time.Time `json:"position"`
	To       string    `json:"to"`
}

func (a *App) syncOrders(ctx context.Context, o *syncOptions) error {
	name, ok := strings.CutPrefix(o.to, "sqlite:")
	age, err := parseAge(o.since)
	var errs []error
	if !ok || name == "" {
		errs = append(errs, &tiktokshop.InputError{Field: "--to",
			Reason: "must be sqlite: and a file, such as sqlite:orders.db"})
	}
	if err != nil {
		errs = append(errs, &tiktokshop.InputError{Field: "--since", Reason: err.Error()})
	}
	if o.every <= 0 {
		errs = append(errs, &tiktokshop.InputError{Field: "--every", Reason: "must be more than 0"})
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	client, err := a.Client(ctx)
	if err != nil {
		return err
	}
	db, err := a.openDatabase(name)
	if err != nil {
		return err
	}
	for _, statement := range []string{createOrders, createShop} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return usagef("%s: %w", name, err)
		}
	}
	if err := a.oneShop(ctx, db, name); err != nil {
		return err
	}
	store, err := sqlcursor.New(db, sqlcursor.SQLite)
	if err != nil {
		return err
	}
	if err := store.CreateTable(ctx); err != nil {
		return err
	}
	failed := func(err error) error { a.Note("will go on: %v", err); return nil }
	changes, err := order.New(client).Changes(nil, feed.Options{
		Name: "orders", Store: store, Since: a.Now().Add(-age), Clock: a.Now,
		OnError: func(err error) error {
			if tiktokshop.Retryable(err) {
				return failed(err)
			}
			return err
		},
	})
	if err != nil {
		return err
	}
	done := synced{To: name}
	save := func(ctx context.Context, orders []order.Order) error {
		if err := saveOrders(ctx, db, orders, a.Now()); err != nil {
			return err
		}
		done.Changed += len(orders)
		if o.follow {
			for i := range orders {
				a.showOrder(&orders[i])
			}
		}
		return nil
	}
	if o.follow {
		err = changes.Follow(ctx, o.every, save)
	} else {
		err = changes.Run(ctx, save)
	}
	if ctx.Err() != nil {
		return &output.CodeError{
			Code: output.Interrupted,
			Err: fmt.Errorf(
				"interrupted: %d orders were new or had changed; the same command goes on",
				done.Changed),
		}
	}
	if err != nil || o.follow {
		return err
	}
	if done.Position, err = changes.Position(ctx); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(
		&done.Orders); err != nil {
		return err
	}
	return a.Show(done, func() error {
		a.Println("%d orders are new or have changed; %s has %d", done.Changed, done.To,
			done.Orders)
		return nil
	})
}

// showOrder tells of an order with --follow.
func (a *App) showOrder(o *order.Order) {
	if a.JSON {
		_ = a.Value(o) // a broken pipe ends the next write of the summary, too
		return
	}
	a.Println("%s %s", o.ID, o.Status)
}

// oneShop refuses a file that is another shop's.
func (a *App) oneShop(ctx context.Context, db *sql.DB, name string) error {
	shop := "environment"
	if a.fake {
		shop = "fake"
	} else if p, err := a.Profile(); err != nil {
		return err
	} else if p != nil {
		shop = p.AppKey + "/" + p.OpenID + "/" + p.ShopCipher
	} else if cipher := a.Getenv("TIKTOK_SHOP_CIPHER"); cipher != "" {
		shop = "environment/" + cipher
	}
	if _, err := db.ExecContext(ctx,
		"INSERT INTO tts_sync (what, shop) VALUES ('orders', ?) ON CONFLICT DO NOTHING",
		digest(shop)); err != nil {
		return err
	}
	var kept string
	if err := db.QueryRowContext(ctx,
		"SELECT shop FROM tts_sync WHERE what = 'orders'").Scan(&kept); err != nil {
		return err
	}
	if kept != digest(shop) {
		return usagef("%s has the orders of another shop: give each shop a file of its own", name)
	}
	return nil
}

// digest stands for a text with ciphers in it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// saveOrders keeps orders, all or none.
func saveOrders(ctx context.Context, db *sql.DB, orders []order.Order, now time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of nothing after Commit
	for i := range orders {
		o := &orders[i]
		data, err := json.Marshal(o)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, saveOrder, string(o.ID), string(o.Status), o.CreateTime.Unix(),
			o.UpdateTime.Unix(), now.Unix(), string(data))
		if err != nil {
			return fmt.Errorf("save order %s: %w", o.ID, err)
		}
	}
	return tx.Commit()
}
