package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/otel/internal/board"
)

const dashboardFile, rulesFile = "../dashboards/tiktokshop.json", "../alerts/tiktokshop.yml"

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

// output is what the program has printed so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// TestMetricsExist: dashboard and rules speak of metrics that a scrape has, and of no others.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	var out output
	require.NoError(t, run(t.Context(), []string{"-for", "1500ms"}, &out))
	names := board.Metrics(string(readFile(t, dashboardFile)), string(readFile(t, rulesFile)))
	require.Greater(t, len(names), 8)
	for _, name := range names {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if !strings.HasSuffix(name, "events_count") {
				name = strings.TrimSuffix(name, suffix)
			}
		}
		switch name {
		case "tiktokshop_token_status", "tiktokshop_inbox_state": // labels
		default:
			assert.Contains(t, out.String(), name+"\n")
		}
	}
}

// TestPrometheus scrapes the program with a real Prometheus server: each panel of the dashboard
// shows something, and the rules are sound. TIKTOKSHOP_TEST_PROMETHEUS is the folder of prometheus
// and promtool; DRAW names a file to draw the dashboard into, over the DRAW_FOR that the program
// then runs.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	bin := os.Getenv("TIKTOKSHOP_TEST_PROMETHEUS")
	if bin == "" {
		require.Empty(t, os.Getenv("CI"), "TIKTOKSHOP_TEST_PROMETHEUS is not set")
		t.Skip("TIKTOKSHOP_TEST_PROMETHEUS is not set")
	}
	check, err := exec.CommandContext(t.Context(), filepath.Join(bin, "promtool"), "check", "rules",
		rulesFile).CombinedOutput()
	require.NoError(t, err, string(check))

	drawing, lifetime, interval := os.Getenv("DRAW"), time.Minute, "3s"
	over, step := 10*time.Second, time.Second
	if drawing != "" {
		lifetime, err = time.ParseDuration(os.Getenv("DRAW_FOR"))
		require.NoError(t, err)
		over, interval = lifetime, "10s"
	}
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	var program sync.WaitGroup
	program.Go(func() {
		assert.NoError(t, run(ctx, []string{"-for", (2 * lifetime).String()}, &out))
	})
	defer program.Wait()
	defer cancel()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "\n") }, time.Minute,
		10*time.Millisecond)
	target := strings.TrimSuffix(strings.TrimPrefix(strings.SplitN(out.String(), "\n", 2)[0],
		"metrics: http://"), "/metrics")

	server := startPrometheus(t, bin, target)
	panels, err := board.Read(readFile(t, dashboardFile))
	require.NoError(t, err)
	if drawing != "" {
		time.Sleep(lifetime)
	}
	series := make([][]board.Series, len(panels))
	for i := range panels {
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			found, err := panels[i].Query(ctx, server, over, step, interval)
			require.NoError(t, err)
			require.NotEmpty(t, found, panels[i].Title)
			series[i] = found
		}, time.Minute, 200*time.Millisecond)
	}
	if drawing != "" {
		require.NoError(t, os.WriteFile(drawing, []byte(board.SVG(panels, series)), 0o600))
	}
	res, err := http.Get(server + "/api/v1/rules")
	require.NoError(t, err)
	defer res.Body.Close()
	var rules struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&rules))
	require.Len(t, rules.Data.Groups, 1)
	require.Len(t, rules.Data.Groups[0].Rules, 10)
	for _, rule := range rules.Data.Groups[0].Rules {
		assert.Empty(t, rule.LastError, rule.Name)
	}
}

// startPrometheus starts a server that scrapes the target, and returns its URL.
func startPrometheus(t *testing.T, bin, target string) string {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs(rulesFile)
	require.NoError(t, err)
	config := fmt.Sprintf("global: {scrape_interval: 500ms, evaluation_interval: 1s}\nrule_files: [%q]\n"+
		"scrape_configs: [{job_name: example, static_configs: [{targets: [%q]}]}]\n", rules, target)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "prometheus"), "--config.file",
		filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", addr)
	var log output
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	require.Eventually(t, func() bool {
		res, err := http.Get("http://" + addr + "/-/ready")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond, "%s", &log)
	return "http://" + addr
}
