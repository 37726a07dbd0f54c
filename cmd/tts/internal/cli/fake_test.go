package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// run is a run of tts in the background.
type run struct {
	t    *testing.T
	out  *bufio.Reader
	err  *syncBuffer
	in   *io.PipeWriter
	stop context.CancelFunc
	code chan int
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startRun runs tts with variables in its environment besides a folder of profiles of its own.
func startRun(t *testing.T, env map[string]string, args ...string) *run {
	t.Helper()
	all := map[string]string{"TTS_CONFIG_DIR": t.TempDir(), "TTS_SECRETS": "file",
		"TTS_PASSPHRASE": "correct horse"}
	for k, v := range env {
		all[k] = v
	}
	ctx, stop := context.WithCancel(t.Context())
	out, w := io.Pipe()
	in, typed := io.Pipe()
	r := &run{t: t, out: bufio.NewReader(out), err: new(syncBuffer), in: typed, stop: stop,
		code: make(chan int, 1)}
	a := &App{In: in, Getenv: func(name string) string { return all[name] }, Now: time.Now}
	a.Out, a.Err = w, r.err
	go func() {
		code := a.Run(ctx, args)
		_ = w.Close()
		r.code <- code
	}()
	t.Cleanup(func() { stop(); _ = out.Close(); _ = in.Close() })
	return r
}

// line is the next line of the output.
func (r *run) line() string {
	r.t.Helper()
	line, err := r.out.ReadString('\n')
	require.NoError(r.t, err, "stderr: %s", r.err)
	return strings.TrimSpace(line)
}

// end is the exit code.
func (r *run) end() int {
	go func() { _, _ = io.Copy(io.Discard, r.out) }()
	return <-r.code
}

func get(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	res, err := client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestFakeServeEndsInOrder(t *testing.T) {
	t.Parallel()
	r := startRun(t, nil, "fake", "serve", "--addr", "127.0.0.1:0", "--json", "--mood",
		"slow=1,delay=200ms")
	var creds credentials
	require.NoError(t, json.Unmarshal([]byte(r.line()), &creds))
	assert.Equal(t, tiktokshoptest.AppSecret, creds.AppSecret)
	assert.Equal(t, creds.BaseURL, creds.AuthBaseURL)

	// The answer of a request under way comes whole although the fake is told to end.
	res := get(t, http.DefaultClient, creds.BaseURL+"/order/202309/orders?sign=never-shown")
	r.stop()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), `"request_id"`)
	assert.Equal(t, 0, r.end())
	assert.Contains(t, r.err.String(), `"path":"/order/202309/orders"`)
	assert.NotContains(t, r.err.String(), "never-shown")
	assert.Contains(t, r.err.String(), "The fake has ended.")
	_, err = http.Get(creds.BaseURL) //nolint:noctx // nothing answers
	require.Error(t, err)
}

func TestFakeServeAuthorizes(t *testing.T) {
	t.Parallel()
	r := startRun(t, nil, "fake", "serve", "--addr", "127.0.0.1:0", "--json", "--redirect-url",
		"http://127.0.0.1:1/back?x=1")
	var creds credentials
	require.NoError(t, json.Unmarshal([]byte(r.line()), &creds))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res := get(t, client, creds.BaseURL+"/services/open/authorize?state=s&service_id="+
		creds.ServiceID)
	assert.Equal(t, http.StatusFound, res.StatusCode)
	assert.Contains(t, res.Header.Get("Location"), "http://127.0.0.1:1/back?code=")
}

// TestEnvelope: what the log says of an answer, from its first and last bytes.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body, message string
		code                int
	}{
		{"success", `{"code":0,"data":{"message":"no"},"message":"Success","request_id":"1"}`, "",
			0},
		{"refusal", `{"code":105002,"data":null,"message":"it \"has\" expired","request_id":"1"}`,
			`it "has" expired`, 105002},
		{"long", `{"code":7,"data":"` + strings.Repeat("x", 3*watched) +
			`","message":"m","request_id":"1"}`, "m", 7},
		{"html", `<html>{"code":7}`, "", 0},
		{"nothing", "", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &answerWatcher{ResponseWriter: nowhere{}}
			for part := range strings.SplitAfterSeq(c.body, ",") {
				_, _ = w.Write([]byte(part))
			}
			code, message := w.envelope()
			assert.Equal(t, c.code, code)
			assert.Equal(t, c.message, message)
			assert.LessOrEqual(t, len(w.tail), watched)
		})
	}
}

type nowhere struct{ http.ResponseWriter }

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
