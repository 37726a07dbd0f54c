package ttsredis_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/internal/processtest"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// silent keeps go-redis from printing what tests do to it on purpose.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	if task := os.Getenv("REDISTEST_CALLER"); task != "" {
		if err := beCaller(task); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	processtest.Main(func(address string) (token.Store, error) {
		var a tokenAddress
		if err := json.Unmarshal([]byte(address), &a); err != nil {
			return nil, err
		}
		options, err := redis.ParseURL(a.URL)
		if err != nil {
			return nil, err
		}
		return ttsredis.NewTokenStore(redis.NewClient(options), ttsredis.WithPrefix(a.Prefix))
	})
	os.Exit(m.Run())
}

// tokenAddress is what a process that shares a token store is told.
type tokenAddress struct{ URL, Prefix string }

const (
	processes  = 4
	goroutines = 32
)

// callerTask is what a calling process is told.
type callerTask struct {
	Platform, Redis, Prefix string
	Rates                   ratelimit.AdaptiveOptions
}

// tally is what a calling process tells at the end.
type tally struct {
	Succeeded, Throttled, Failed int64 // since the measuring began
	Warnings                     int64
	Shared                       bool       // Redis is there
	Admitted                     []int64    // Unix nanoseconds at which calls were let pass
	Holds                        [][2]int64 // from and until when no call may be let pass
}

// diary notes what a Limiter does.
type diary struct {
	*ttsredis.Limiter
	mu    sync.Mutex
	tally tally
}

func (d *diary) Wait(ctx context.Context, quota ratelimit.Quota) error {
	if err := d.Limiter.Wait(ctx, quota); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tally.Admitted = append(d.tally.Admitted, time.Now().UnixNano())
	return nil
}

func (d *diary) Report(ctx context.Context, quota ratelimit.Quota, outcome ratelimit.Outcome) {
	begun := time.Now()
	d.Limiter.Report(ctx, quota, outcome)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case outcome.Err == nil:
		d.tally.Succeeded++
	case !outcome.Throttled:
		d.tally.Failed++
	default:
		d.tally.Throttled++
		if outcome.RetryAfter > 0 {
			d.tally.Holds = append(d.tally.Holds,
				[2]int64{time.Now().UnixNano(), begun.Add(outcome.RetryAfter).UnixNano()})
		}
	}
}

// counter is a slog.Handler that counts warnings.
type counter struct {
	slog.Handler
	n atomic.Int64
}

func (c *counter) Enabled(context.Context, slog.Level) bool { return true }

func (c *counter) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		c.n.Add(1)
	}
	return nil
}

// beCaller is a process that makes calls from 32 goroutines. For each line that it reads it goes a
// step on: begin, measure from now on, end.
func beCaller(text string) error {
	var task callerTask
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		return err
	}
	options, err := redis.ParseURL(task.Redis)
	if err != nil {
		return err
	}
	var log counter
	limiter, err := ttsredis.NewLimiter(redis.NewClient(options),
		ttsredis.LimiterOptions{Rates: task.Rates, Logger: slog.New(&log)},
		ttsredis.WithPrefix(task.Prefix))
	if err != nil {
		return err
	}
	d := &diary{Limiter: limiter}
	client, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(task.Platform),
		tiktokshop.WithAccessToken(tiktokshoptest.AccessToken),
		tiktokshop.WithLimiter(d), tiktokshop.WithoutRetry(),
		tiktokshop.WithHTTPClient(
			&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}))
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	fmt.Println("ready")
	lines.Scan()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, _ = authorization.New(client).GetAuthorizedShops(ctx, nil)
			}
		})
	}
	lines.Scan()
	d.mu.Lock()
	d.tally.Succeeded, d.tally.Throttled, d.tally.Failed = 0, 0, 0
	d.mu.Unlock()
	lines.Scan()
	for i := 0; limiter.Err() != nil && i < 1200; i++ { // calls go on until Redis is found again
		time.Sleep(50 * time.Millisecond)
	}
	d.mu.Lock()
	result := d.tally
	d.mu.Unlock()
	cancel()
	wg.Wait()
	result.Warnings, result.Shared = log.n.Load(), limiter.Err() == nil
	return json.NewEncoder(os.Stdout).Encode(result)
}

// caller is a calling process, as its parent has it.
type caller struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

func startCaller(t *testing.T, task callerTask) *caller {
	t.Helper()
	text, err := json.Marshal(task)
	require.NoError(t, err)
	c := &caller{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")}
	c.cmd.Env = append(os.Environ(), "REDISTEST_CALLER="+string(text))
	c.cmd.Stderr = os.Stderr
	c.stdin, err = c.cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	c.stdout = bufio.NewReader(stdout)
	require.NoError(t, c.cmd.Start())
	return c
}

func (c *caller) ready(t *testing.T) {
	t.Helper()
	line, err := c.stdout.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
}

// step lets the process go a step on.
func (c *caller) step(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(c.stdin, "\n")
	require.NoError(t, err)
}

func (c *caller) end(t *testing.T) (result tally) {
	t.Helper()
	require.NoError(t, json.NewDecoder(c.stdout).Decode(&result))
	require.NoError(t, c.cmd.Wait())
	return result
}

// startCallers starts the processes and lets them begin.
func startCallers(t *testing.T, task callerTask) []*caller {
	t.Helper()
	var all []*caller
	for range processes {
		all = append(all, startCaller(t, task))
	}
	for _, c := range all {
		c.ready(t)
	}
	stepAll(t, all)
	return all
}

func stepAll(t *testing.T, all []*caller) {
	t.Helper()
	for _, c := range all {
		c.step(t)
	}
}

func endAll(t *testing.T, all []*caller) (results []tally) {
	t.Helper()
	stepAll(t, all)
	for _, c := range all {
		results = append(results, c.end(t))
	}
	return results
}

// assertHeld asserts that no process let a call pass while one had been told to hold back. grace is
// for what another process has already been let do, on a machine that has much else to do.
func assertHeld(t *testing.T, results []tally, grace time.Duration) {
	t.Helper()
	holds := 0
	for _, teller := range results {
		for _, hold := range teller.Holds {
			holds++
			for i, other := range results {
				for _, at := range other.Admitted {
					if at > hold[0]+grace.Nanoseconds() &&
						at < hold[1]-time.Millisecond.Nanoseconds() {
						t.Errorf("process %d called %v after a throttle was reported and %v before Retry-After was over",
							i, time.Duration(at-hold[0]), time.Duration(hold[1]-at))
					}
				}
			}
		}
	}
	t.Logf("%d throttles with Retry-After", holds)
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

func duration(t *testing.T, name string, otherwise time.Duration) time.Duration {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	require.NoError(t, err)
	return d
}

// TestProcessesShareAQuota: 4 processes with 32 goroutines each use a quota together. The default
// is a sample; REDISTEST_MEASURE=60s is the long run, after a minute in which they learn the quota,
// and holds them to what the README says.
func TestProcessesShareAQuota(t *testing.T) {
	measure := duration(t, "REDISTEST_MEASURE", 0)
	warm, least, most := time.Minute, 0.95, 0.01
	if measure == 0 { // on a machine that has much else to do
		measure, warm, least, most = 4*time.Second, 2*time.Second, 0.7, 0.1
	}
	for _, tt := range []struct {
		name       string
		retryAfter bool
	}{{"throttled", false}, {"throttled with Retry-After", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := needRedis(t)
			const perSecond = 50
			srv := tiktokshoptest.NewServer(t, tiktokshoptest.KeepRequests(0))
			srv.SetQuota(tiktokshoptest.Quota{PerSecond: perSecond, Burst: perSecond,
				RetryAfter: tt.retryAfter})
			task := callerTask{Platform: srv.URL, Redis: url, Prefix: newPrefix()}
			if warm < time.Minute {
				task.Rates.Initial = 0.9 * perSecond
			}
			all := startCallers(t, task)
			time.Sleep(warm)
			stepAll(t, all)
			began := time.Now()
			time.Sleep(measure)
			results := endAll(t, all)
			measured := time.Since(began)

			var total, throttled int64
			for _, r := range results {
				total += r.Succeeded
				throttled += r.Throttled
				assert.Zero(t, r.Failed)
				assert.Zero(t, r.Warnings)
			}
			used := float64(total) / (perSecond * measured.Seconds())
			share := float64(throttled) / float64(total+throttled)
			t.Logf("%.1f%% of the quota used, %.2f%% throttled (%d of %d)", 100*used, 100*share,
				throttled, total+throttled)
			for i, r := range results {
				t.Logf("process %d: %.1f%% of the calls", i,
					100*float64(r.Succeeded)/float64(total))
				assert.Greater(t, float64(r.Succeeded), float64(total)/processes/2,
					"half of a fair share")
			}
			assert.Greater(t, used, least)
			assert.Less(t, share, most)
			assertHeld(t, results, 250*time.Millisecond)
		})
	}
}
