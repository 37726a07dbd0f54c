//go:build unix

package token_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/processtest"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const (
	frozenAccount = "frozen"
	frozenTimeout = time.Second // of the refresh; saving the lease has half of it
	frozenFor     = 3 * frozenTimeout / 2
)

func init() { roles["TOKENTEST_FREEZE"] = refreshOnce }

// refreshOnce is the process that is frozen: it renews its token once, and prints the error if
// there is one.
func refreshOnce() {
	store, err := openFileStore(os.Getenv("TOKENTEST_STORE"))
	if err != nil {
		panic(err)
	}
	_, source, err := processtest.Connect(os.Getenv("TOKENTEST_SERVER"), frozenAccount, store,
		frozenTimeout)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	access, err := source.AccessToken(ctx)
	if err == nil {
		_, err = source.RenewAccessToken(ctx, access, token.ErrExpired)
	}
	if err != nil {
		fmt.Println("error:", err)
	}
	os.Exit(0)
}

// TestFrozenWhileRefreshing stops a process (SIGSTOP, as a paused container is) after it has sent
// its refresh, lets the answer arrive, and lets the process go on (SIGCONT) when its time limit is
// long over. The answer that waits in the socket is the only copy of the new pair.
// TOKENTEST_FREEZES sets how many processes; the default is a sample.
func TestFrozenWhileRefreshing(t *testing.T) {
	t.Parallel()
	freezes := 6
	if s := os.Getenv("TOKENTEST_FREEZES"); s != "" {
		var err error
		freezes, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	lost := make(chan string, freezes)
	t.Run("processes", func(t *testing.T) {
		for i := range freezes {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				if output, kept := freeze(t); !kept {
					lost <- output
				}
			})
		}
	})
	close(lost)
	for output := range lost {
		t.Errorf("a pair of %d is lost: %s", freezes, output)
	}
}

// freeze runs one process, and reports what it printed and whether the new pair was stored.
func freeze(t *testing.T) (output string, kept bool) {
	dir := t.TempDir()
	frozen := make(chan *os.Process, 1)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		process := <-frozen
		assert.NoError(t, process.Signal(syscall.SIGSTOP))
		var status syscall.WaitStatus
		_, err := syscall.Wait4(process.Pid, &status, syscall.WUNTRACED, nil)
		assert.NoError(t, err)
		assert.True(t, status.Stopped())
		time.AfterFunc(frozenFor, func() { assert.NoError(t, process.Signal(syscall.SIGCONT)) })
		_, _ = fmt.Fprintf(w,
			`{"code":0,"data":{"access_token":"access-2","refresh_token":"refresh-2","access_token_expire_in":%d}}`,
			time.Now().Add(week).Unix())
	}))
	defer host.Close()
	_, source, err := processtest.Connect(host.URL, frozenAccount, newFileStore(t, dir), 0)
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), &token.Token{
		AccessToken: token.NewSecret("access-1"), RefreshToken: token.NewSecret("refresh-1"),
		AccessTokenExpiresAt: time.Now().Add(week), ReceivedAt: time.Now(),
	}))

	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "TOKENTEST_FREEZE=1", "TOKENTEST_SERVER="+host.URL,
		"TOKENTEST_STORE="+dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	frozen <- cmd.Process
	require.NoError(t, cmd.Wait(), out.String())

	data, _, err := newFileStore(t, dir).Load(t.Context(),
		token.Key{AppKey: tiktokshoptest.AppKey, OpenID: frozenAccount})
	require.NoError(t, err)
	stored, err := token.DecodeStored(data)
	require.NoError(t, err)
	return out.String(), stored.Token.RefreshToken.Reveal() == "refresh-2"
}

func TestLockOfAFileThatIsClosedFails(t *testing.T) {
	t.Parallel()
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	locked, err := token.TryLockFile(f)
	assert.Error(t, err)
	assert.False(t, locked)
}
