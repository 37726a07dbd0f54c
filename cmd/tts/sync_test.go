//go:build unix

package main

import (
	"bufio"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// follower is `tts sync orders --follow` under way.
type follower struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string

	stderr strings.Builder // to be read when it has ended
}

func follow(t *testing.T, srv *tiktokshoptest.Server, file string) *follower {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	f := &follower{t: t, lines: make(chan string, 1000)}
	f.cmd = exec.CommandContext(ctx, "tts", "sync", "orders", "--since", "60d", "--to",
		"sqlite:"+file, "--follow", "--every", "20ms")
	f.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(file), "TTS_SECRETS=file",
		"TIKTOK_BASE_URL=" + srv.URL, "TIKTOK_AUTH_BASE_URL=" + srv.URL,
		"TIKTOK_APP_KEY=" + tiktokshoptest.AppKey,
		"TIKTOK_APP_SECRET=" + tiktokshoptest.AppSecret,
		"TIKTOK_APP_ACCESS_KEY=" + tiktokshoptest.AccessToken,
		"TIKTOK_SHOP_CIPHER=" + tiktokshoptest.ShopCipher,
	}
	f.cmd.Stderr = &f.stderr
	out, err := f.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, f.cmd.Start())
	t.Cleanup(func() { _ = f.cmd.Process.Kill() })
	go func() {
		defer close(f.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			f.lines <- lines.Text()
		}
	}()
	return f
}

// until reads lines up to one, and returns how many there were.
func (f *follower) until(line string) (lines int) {
	f.t.Helper()
	for {
		got, more := <-f.lines
		require.True(f.t, more, "tts ended before it said %q", line)
		lines++
		if got == line {
			return lines
		}
	}
}

// end sends a signal and waits.
func (f *follower) end(signal syscall.Signal) *os.ProcessState {
	f.t.Helper()
	require.NoError(f.t, f.cmd.Process.Signal(signal))
	for range f.lines {
	}
	_ = f.cmd.Wait()
	return f.cmd.ProcessState
}

// change gives an order another status and tells the line that tts writes of it.
func change(
	t *testing.T, srv *tiktokshoptest.Server, id tiktokshop.ID, status order.OrderStatus,
) string {
	t.Helper()
	require.NoError(t, srv.ChangeOrder(id, func(o *order.Order) {
		o.Status = status
		o.UpdateTime = tiktokshop.NewUnixTime(time.Now())
	}))
	return string(id) + " " + string(status)
}

// TestSyncFollows: changes arrive as they happen, and after a kill those that happened meanwhile;
// the file has each order once, as it is now.
func TestSyncFollows(t *testing.T) {
	t.Parallel()
	srv, err := fakeshop.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	file := filepath.Join(t.TempDir(), "orders.db")

	first := follow(t, srv, file)
	var ids []tiktokshop.ID
	for range 120 {
		line, more := <-first.lines
		require.True(t, more)
		id, _, _ := strings.Cut(line, " ")
		ids = append(ids, tiktokshop.ID(id))
	}
	first.until(change(t, srv, ids[3], "AWAITING_COLLECTION"))
	first.end(syscall.SIGKILL)

	missed := change(t, srv, ids[50], "IN_TRANSIT")
	second := follow(t, srv, file)
	lines := second.until(missed)
	assert.Less(t, lines, 20, "it goes on where it was, but for what changed last")
	second.until(change(t, srv, ids[3], "DELIVERED"))
	state := second.end(syscall.SIGINT)
	assert.Equal(t, 130, state.ExitCode())
	assert.Contains(t, second.stderr.String(),
		"orders were new or had changed; the same command goes on")

	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	rows, err := db.QueryContext(t.Context(), "SELECT id, status FROM orders")
	require.NoError(t, err)
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var id, status string
		require.NoError(t, rows.Scan(&id, &status))
		want, ok := srv.Order(tiktokshop.ID(id))
		require.True(t, ok, id)
		assert.Equal(t, string(want.Status), status, id)
		seen++
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, 120, seen)
}
