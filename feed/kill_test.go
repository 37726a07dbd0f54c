package feed_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestMain(m *testing.M) {
	if server := os.Getenv("FEEDTEST_SERVER"); server != "" {
		if err := followOrders(server, os.Getenv("FEEDTEST_DIR"),
			os.Getenv("FEEDTEST_ONCE") != ""); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lineEnd stands at the end of a whole line: a kill may cut a write, and what follows is written
// behind what is left of it.
const lineEnd = " ."

// followOrders is the process that is killed: it writes a line for each order that changed, and
// goes on for ever or until it has read all once.
func followOrders(server, dir string, once bool) error {
	client, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(server), tiktokshop.WithAccessToken(tiktokshoptest.AccessToken),
		tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 10, BaseDelay: time.Millisecond,
			Jitter: time.Millisecond}))
	if err != nil {
		return err
	}
	store, err := feed.NewFileStore(dir)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir, "orders"), os.O_APPEND|os.O_CREATE|os.O_WRONLY,
		0o600)
	if err != nil {
		return err
	}
	if _, err := log.WriteString("\n"); err != nil { // ends a line that was cut
		return err
	}
	changes, err := order.New(client).Changes(nil, feed.Options{
		Name: "orders", Store: store, Since: time.Now().AddDate(-1, 0, 0),
		Overlap: 10 * time.Second,
		// what is of this second is read, too
		Clock: func() time.Time { return time.Now().Add(2 * time.Second) },
	})
	if err != nil {
		return err
	}
	write := func(_ context.Context, orders []order.Order) error {
		var lines bytes.Buffer
		for _, o := range orders {
			fmt.Fprintf(&lines, "%s %s%s\n", o.ID, o.SellerNote, lineEnd)
		}
		_, err := log.Write(lines.Bytes())
		return err
	}
	if once {
		return changes.Run(context.Background(), write)
	}
	return changes.Follow(context.Background(), 5*time.Millisecond, write)
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

// TestKilledWhileFollowing kills a process that follows the orders of a shop that changes, behind a
// platform that fails now and then, at random points. FEEDTEST_KILLS, FEEDTEST_ORDERS and
// FEEDTEST_LIFETIME_MS set how often, how many orders there are at first, and how long a process
// lives at most; the defaults are a sample. In the end the process has written the last state of
// every order.
func TestKilledWhileFollowing(t *testing.T) {
	t.Parallel()
	kills, orders := fromEnvironment(t, "FEEDTEST_KILLS", 5),
		fromEnvironment(t, "FEEDTEST_ORDERS", 2000)
	lifetime := time.Duration(fromEnvironment(t, "FEEDTEST_LIFETIME_MS", 200)) * time.Millisecond
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.KeepRequests(0))
	srv.SetMood(tiktokshoptest.Mood{
		Seed: 1, Unavailable: 0.02, HTML: 0.02, Truncate: 0.02, ResetBefore: 0.02, ResetAfter: 0.02,
		Duplicate: 0.02,
	})
	now := time.Now()
	id := func(i int) tiktokshop.ID { return tiktokshop.ID(strconv.Itoa(576461413000000000 + i)) }
	for i := range orders {
		at := tiktokshop.NewUnixTime(
			now.Add(-24*time.Hour + time.Duration(i)*(23*time.Hour)/time.Duration(orders)))
		srv.AddOrder(order.Order{ID: id(i), SellerNote: "1", CreateTime: at, UpdateTime: at})
	}
	dir := t.TempDir()
	start := func(once string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "FEEDTEST_SERVER="+srv.URL, "FEEDTEST_DIR="+dir,
			"FEEDTEST_ONCE="+once)
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		return cmd
	}

	// The shop's life goes on while the processes come and go.
	stop := make(chan struct{})
	var life sync.WaitGroup
	made := orders
	life.Go(func() {
		for n := 2; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			if n%5 == 0 {
				srv.AddOrder(order.Order{ID: id(made), SellerNote: "1"})
				made++
			}
			err := srv.ChangeOrder(id(rand.IntN(made)), func(o *order.Order) {
				o.SellerNote = strconv.Itoa(n)
				if n%7 == 0 { // the time of a change may be one that has gone by
					o.UpdateTime = tiktokshop.NewUnixTime(
						time.Now().Add(-time.Duration(n%5) * time.Second))
				}
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	began := time.Now()
	var highest atomic.Int64
	look := func(cmd *exec.Cmd) {
		highest.Store(max(highest.Load(), residentPeak(cmd.Process.Pid)))
	}
	for range kills {
		cmd := start("")
		time.AfterFunc(100*time.Millisecond+rand.N(lifetime), func() {
			look(cmd)
			_ = cmd.Process.Kill()
		})
		require.ErrorContains(t, cmd.Wait(), "killed")
	}
	close(stop)
	life.Wait()
	last := start("once")
	for done := make(chan error, 1); done != nil; {
		go func() { done <- last.Wait() }()
		for done != nil {
			select {
			case err := <-done:
				require.NoError(t, err)
				done = nil
			case <-time.After(20 * time.Millisecond):
				look(last)
			}
		}
	}
	took := time.Since(began)

	b, err := os.ReadFile(filepath.Join(dir, "orders"))
	require.NoError(t, err)
	known, handed := make(map[string]string, made), 0
	for line := range strings.Lines(string(b)) {
		line, whole := strings.CutSuffix(line, lineEnd+"\n")
		if !whole {
			continue
		}
		id, note, _ := strings.Cut(line, " ")
		known[id] = note
		handed++
	}
	missed := 0
	for i := range made {
		if want, ok := srv.Order(id(i)); !ok || known[string(id(i))] != want.SellerNote {
			missed++
		}
	}
	assert.Zero(t, missed, "orders missed")
	assert.Len(t, known, made)
	t.Logf("%d orders, %d kills, %d missed, %d handed over, %.0f a second, %d MiB at most",
		made, kills, missed, handed, float64(handed)/took.Seconds(), highest.Load()>>20)
}

// residentPeak is the most memory that a process has had, 0 where that cannot be read.
func residentPeak(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), "VmHWM:")
	var kib int64
	_, _ = fmt.Sscan(after, &kib)
	return kib << 10
}
