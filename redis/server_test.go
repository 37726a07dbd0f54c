package ttsredis_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
)

// needRedis skips a test without Redis, unless this is CI.
func needRedis(t testing.TB) (url string) {
	t.Helper()
	url = os.Getenv("TIKTOKSHOP_TEST_REDIS") // of the server that .ci/redis starts
	switch {
	case url != "":
	case os.Getenv("CI") == "true":
		t.Fatal("TIKTOKSHOP_TEST_REDIS is not set: run the tests with bash .ci/redis")
	default:
		t.Skip("needs Redis: bash .ci/redis go -C redis test ./...")
	}
	return url
}

func connect(t testing.TB, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	require.NoError(t, err)
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// newPrefix is for the keys of one test.
func newPrefix() string { return "test-" + rand.Text() }

func with(prefix string) ttsredis.Option { return ttsredis.WithPrefix(prefix) }

// server is a Redis server of one test, which may be killed.
type server struct {
	t    testing.TB
	addr string
	args []string
	cmd  *exec.Cmd
}

// startServer starts one on a free loopback port, with more arguments.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	needRedis(t) // where that is set, redis-server is installed
	for range 5 {
		port := 20000 + mathrand.IntN(12000) // below the ports that the system hands out
		s := &server{t: t, addr: fmt.Sprint("127.0.0.1:", port), args: append([]string{
			"--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "",
		}, args...)}
		if s.start() {
			t.Cleanup(s.kill)
			return s
		}
	}
	t.Fatal("no Redis server starts")
	return nil
}

// start reports whether the server runs.
func (s *server) start() bool {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	require.NoError(s.t, s.cmd.Start())
	ended := make(chan struct{})
	cmd := s.cmd
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	client := s.client()
	defer client.Close()
	for {
		if info, err := client.InfoMap(context.Background(), "server").Result(); err == nil {
			if info["Server"]["process_id"] == fmt.Sprint(s.cmd.Process.Pid) {
				return true
			}
		}
		select {
		case <-ended: // the port was taken
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill ends the server at once, without a word to its clients.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
}

// restart starts it again, with nothing of what it knew unless an argument makes it.
func (s *server) restart() {
	s.t.Helper()
	require.Eventually(s.t, s.start, time.Minute, time.Millisecond)
}

func (s *server) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: s.addr, ContextTimeoutEnabled: true})
}

// startCluster starts a cluster of one node, which refuses what concerns several of its slots as
// one of many nodes does.
func startCluster(t testing.TB) *redis.ClusterClient {
	t.Helper()
	s := startServer(t, "--cluster-enabled", "yes", "--cluster-config-file",
		filepath.Join(t.TempDir(), "nodes.conf"))
	node := s.client()
	defer node.Close()
	require.NoError(t, node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	require.Eventually(t, func() bool {
		info, err := node.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	}, time.Minute, 20*time.Millisecond)
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.addr},
		ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = cluster.Close() })
	return cluster
}

// eachServer runs a test against a single server and against a cluster.
func eachServer(t *testing.T, test func(*testing.T, redis.UniversalClient)) {
	t.Parallel()
	t.Run("single", func(t *testing.T) {
		t.Parallel()
		test(t, connect(t, needRedis(t)))
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		test(t, startCluster(t))
	})
}

// passTime lets the expiries of all keys of a prefix come nearer, as if a time had passed.
func passTime(t *testing.T, client redis.UniversalClient, prefix string) func(time.Duration) {
	var mu sync.Mutex
	return func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		ctx := t.Context()
		keys, err := client.Keys(ctx, prefix+":*").Result()
		require.NoError(t, err)
		for _, key := range keys {
			left, err := client.PTTL(ctx, key).Result()
			require.NoError(t, err)
			switch {
			case left < 0: // none, or gone
			case left <= d:
				require.NoError(t, client.Del(ctx, key).Err())
			default:
				require.NoError(t, client.PExpire(ctx, key, left-d).Err())
			}
		}
	}
}
