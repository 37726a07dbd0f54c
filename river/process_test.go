package riverjobs_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

const processVariable = "RIVERJOBSTEST_PROCESS"

// process is what a process that is killed is told: it works all kinds of jobs of the schema, and
// receives webhooks.
type process struct {
	DSN, Schema string
	// Platform is the fake's address, for jobs that call it.
	Platform string
	Ordered  bool
	// Alone makes the process one of three that do all that River does. Otherwise the maintenance
	// is the test's, see maintain.
	Alone bool
}

func TestMain(m *testing.M) {
	if config := os.Getenv(processVariable); config != "" {
		var p process
		err := json.Unmarshal([]byte(config), &p)
		if err == nil {
			err = p.run(context.Background())
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func (p *process) run(ctx context.Context) error {
	pool := connect(ctx, p.DSN)
	client, err := p.client(pool)
	if err == nil {
		err = client.Start(ctx)
	}
	if err != nil {
		return err
	}
	sink, err := riverjobs.NewSink(client, riverjobs.SinkOptions{MaxAttempts: 1000})
	if err != nil {
		return err
	}
	verifier, err := webhook.NewVerifier(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	if err != nil {
		return err
	}
	handler, err := webhook.NewDurableHandler(verifier, sink, webhook.WithLogger(quiet))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, handler) }()
	fmt.Println("http://" + listener.Addr().String())
	_, err = io.Copy(io.Discard, os.Stdin) // until it is killed, or the test is
	return err
}

// client works all kinds of jobs. In the schema there are tables of what came of them.
func (p *process) client(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	table := func(name string) string { return p.Schema + "." + name }
	events, err := riverjobs.NewEventWorker(riverjobs.EventOptions{
		Pool: pool, Ordered: p.Ordered,
		HandleTx: func(ctx context.Context, tx pgx.Tx, e *webhook.Event) error {
			if _, err := pool.Exec(ctx, `INSERT INTO `+table("attempts")+` VALUES ($1)`,
				e.NotificationID); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO `+table("effects")+
				` (key, shop, at) VALUES ($1, $2, $3)`,
				e.NotificationID, string(e.Owner.ShopID), e.Time.Unix())
			switch rand.IntN(50) {
			case 0:
				err = errors.Join(err, errors.New("bad luck"))
			case 1:
				time.Sleep(20 * time.Millisecond) // so that kills meet it
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	platform := func(context.Context, string) (*tiktokshop.Client, error) {
		return tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
			tiktokshop.WithBaseURL(p.Platform),
			tiktokshop.WithAccessToken(tiktokshoptest.AccessToken),
			tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher),
			tiktokshop.WithCategoryAssetCipher(tiktokshoptest.CategoryAssetCipher),
			tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Millisecond,
				Jitter: time.Millisecond}))
	}
	links, err := riverjobs.NewLinksWorker(riverjobs.LinksOptions{
		Pool: pool, Client: platform, Timeout: p.timeout(), Concurrency: 1,
		Handle: func(
			ctx context.Context, tx pgx.Tx, _ riverjobs.LinksArgs,
			results []affiliatepartner.LinkResult,
		) error {
			rows := make([][]any, len(results))
			for i, r := range results {
				rows[i] = []any{string(r.ProductID), string(r.Status), r.Link}
			}
			_, err := tx.CopyFrom(ctx, pgx.Identifier{p.Schema, "links"},
				[]string{"product", "status", "link"}, pgx.CopyFromRows(rows))
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	backfills, err := riverjobs.NewBackfillWorker(riverjobs.BackfillOptions{
		Pool: pool, Timeout: p.timeout(),
		Feeds: map[string]riverjobs.Feed{"orders": ordersFeed(
			func() *tiktokshop.Client {
				client, _ := platform(context.Background(), "")
				return client
			},
			func(ctx context.Context, orders []order.Order) error {
				for _, o := range orders {
					if _, err := pool.Exec(ctx, `INSERT INTO `+table("orders")+` VALUES ($1)`,
						string(o.ID)); err != nil {
						return err
					}
				}
				return nil
			})},
	})
	if err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, events)
	river.AddWorker(workers, links)
	river.AddWorker(workers, backfills)
	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: p.Schema, Logger: quiet, Workers: workers, LeaderElectionDisabled: !p.Alone,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 5}},
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 100 * time.Millisecond,
		JobTimeout: p.timeout(), RescueStuckJobsAfter: p.timeout(), RetryPolicy: soon{},
	})
}

func (p *process) timeout() time.Duration {
	if p.Alone {
		return 10 * time.Second
	}
	return 2 * time.Second
}

// fleet is three processes that come and go.
type fleet struct {
	config    process
	processes [3]*exec.Cmd
	mu        sync.Mutex
	urls      [3]string
}

func newFleet(t *testing.T, d *database, config process) *fleet {
	t.Helper()
	for _, table := range []string{
		`attempts (key text)`, `effects (id bigserial, key text, shop text, at bigint)`,
		`links (product text, status text, link text)`, `orders (id text)`,
	} {
		d.exec(t, `CREATE TABLE `+d.schema+`.`+table)
	}
	config.DSN, config.Schema = d.dsn, d.schema
	f := &fleet{config: config}
	for i := range f.processes {
		f.start(t, i)
	}
	t.Cleanup(func() {
		for i := range f.processes {
			f.kill(i)
		}
	})
	if !config.Alone {
		f.maintain(t, d)
	}
	return f
}

func (f *fleet) start(t *testing.T, i int) {
	t.Helper()
	config, err := json.Marshal(f.config)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), processVariable+"="+string(config))
	cmd.Stderr = os.Stderr
	_, err = cmd.StdinPipe() // which ends with the test
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	f.processes[i] = cmd
	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.urls[i] = strings.TrimSpace(url)
}

func (f *fleet) kill(i int) {
	_ = f.processes[i].Process.Kill()
	_ = f.processes[i].Wait()
}

// killSome kills a process at random after each of the times, and starts another one, until enough
// are killed or it is over.
func (f *fleet) killSome(
	t *testing.T, kills int, pause time.Duration, over <-chan struct{},
) (killed int) {
	t.Helper()
	for killed < kills {
		select {
		case <-over:
			return killed
		case <-time.After(pause/2 + rand.N(pause)):
		}
		i := rand.IntN(len(f.processes))
		f.kill(i)
		f.start(t, i)
		killed++
	}
	return killed
}

func (f *fleet) anyURL() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.urls[rand.IntN(len(f.urls))]
}

// maintain is River's maintenance, again and again from the start: it looks for the jobs of killed
// workers when it starts, and then each 30 seconds, which cannot be set. It works no jobs itself.
func (f *fleet) maintain(t *testing.T, d *database) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	t.Cleanup(func() { stop(); running.Wait() })
	p := f.config
	p.Alone = true
	running.Go(func() {
		for ctx.Err() == nil {
			client, err := p.maintenance(d.pool)
			if err == nil {
				err = client.Start(ctx)
			}
			if err != nil {
				if ctx.Err() == nil {
					t.Error(err)
				}
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			_ = client.Stop(context.WithoutCancel(ctx))
		}
	})
}

func (p *process) maintenance(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	// of all kinds: River discards the stuck jobs of a kind that it does not know
	workers := river.NewWorkers()
	events, _ := riverjobs.NewEventWorker(
		riverjobs.EventOptions{Handle: func(context.Context, *webhook.Event) error { return nil }})
	river.AddWorker(workers, events)
	links, _ := riverjobs.NewLinksWorker(riverjobs.LinksOptions{
		Pool: pool, Timeout: (&process{}).timeout(),
		Client: func(context.Context, string) (*tiktokshop.Client, error) { return nil, nil },
		Handle: func(
			context.Context, pgx.Tx, riverjobs.LinksArgs, []affiliatepartner.LinkResult,
		) error {
			return nil
		},
	})
	river.AddWorker(workers, links)
	backfills, _ := riverjobs.NewBackfillWorker(riverjobs.BackfillOptions{
		Pool: pool, Timeout: (&process{}).timeout(),
		Feeds: map[string]riverjobs.Feed{"orders": ordersFeed(nil, nil)},
	})
	river.AddWorker(workers, backfills)
	timeout := (&process{}).timeout()
	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: p.Schema, Logger: quiet, Workers: workers, TestOnly: true, RetryPolicy: soon{},
		Queues: map[string]river.QueueConfig{"nothing": {MaxWorkers: 1}}, JobTimeout: timeout,
		RescueStuckJobsAfter: timeout,
	})
}

// finish waits until no job is unfinished.
func (f *fleet) finish(t *testing.T, d *database, patience time.Duration) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		left := d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job WHERE finalized_at IS NULL`)
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d jobs are unfinished: %v", left,
				d.texts(t, `SELECT row(id, kind, state, attempt, scheduled_at, errors[1])::text FROM `+
					d.schema+`.river_job WHERE finalized_at IS NULL ORDER BY id LIMIT 5`))
		}
		time.Sleep(50 * time.Millisecond)
	}
}
