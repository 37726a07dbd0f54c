//go:build unix

package tiktokshop_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const (
	envFrozen   = "TIKTOKSHOP_TEST_FROZEN" // the server's URL; set in the process that is frozen
	envPEM      = "TIKTOKSHOP_TEST_ROOTS"
	frozenLimit = time.Second
)

// TestFrozenProcess stops a process during a call, as a paused container is, until the attempt's
// time is up. The answer has come meanwhile, and is not thrown away when the process goes on: for a
// token request it would be the only one.
func TestFrozenProcess(t *testing.T) {
	if url := os.Getenv(envFrozen); url != "" {
		callOnce(t, url)
		return
	}
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for n := range 3 {
			t.Run(fmt.Sprintf("HTTP2 %v/%d", http2, n), func(t *testing.T) {
				t.Parallel()
				arrived, frozen := make(chan struct{}), make(chan struct{})
				s := newWireServer(t, http2, func(x *wireExchange) {
					close(arrived)
					<-frozen
					x.respond(200,
						`{"code":0,"data":{"access_token":"new-access","refresh_token":"new-refresh"}}`)
				})
				child := exec.CommandContext(t.Context(), os.Args[0],
					"-test.run=^TestFrozenProcess$", "-test.count=1")
				child.Env = append(os.Environ(), envFrozen+"="+s.url(), envPEM+"="+s.pem())
				var out strings.Builder
				child.Stdout, child.Stderr = &out, &out
				require.NoError(t, child.Start())
				<-arrived
				require.NoError(t, child.Process.Signal(syscall.SIGSTOP))
				awaitStopped(t, child.Process.Pid)
				close(frozen)
				<-time.After(frozenLimit + frozenLimit/4)
				require.NoError(t, child.Process.Signal(syscall.SIGCONT))
				assert.NoError(t, child.Wait())
				assert.Contains(t, out.String(), "got new-refresh")
			})
		}
	}
}

// awaitStopped returns when a process stands still.
func awaitStopped(t *testing.T, pid int) {
	t.Helper()
	var status syscall.WaitStatus
	got, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil)
	require.NoError(t, err)
	require.True(t, got == pid && status.Stopped(), strconv.Itoa(int(status)))
}

// callOnce is the process that is frozen.
func callOnce(t *testing.T, url string) {
	s := &wireServer{roots: rootsOf(os.Getenv(envPEM))}
	client := s.client(t, s.transport(t), tiktokshop.WithBaseURL(url),
		tiktokshop.WithAuthBaseURL(url), tiktokshop.WithAttemptTimeout(frozenLimit))
	token, err := client.Auth.RefreshToken(context.Background(), token.NewSecret("old-refresh"))
	require.NoError(t, err)
	_, _ = io.WriteString(os.Stdout, "got "+token.RefreshToken.Reveal()+"\n")
}
