package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func noop(context.Context, *webhook.Event) error { return nil }

func newHandler(t testing.TB, fn webhook.Func, opts ...webhook.Option) *webhook.Handler {
	t.Helper()
	h, err := webhook.NewHandler(newVerifier(t), fn,
		append([]webhook.Option{webhook.WithLogger(slog.New(slog.DiscardHandler))}, opts...)...)
	require.NoError(t, err)
	return h
}

// order is a signed event with this notification id.
func order(id string) []byte {
	return fmt.Appendf(nil,
		`{"type":1,"tts_notification_id":%q,"shop_id":"7494049642642441621","timestamp":1644412885,`+
			`"data":{"order_id":"576486316948490001","order_status":"UNPAID","is_on_hold_order":false,"update_time":1644412885}}`, id)
}

// delivery is a request as the platform sends it.
func delivery(t testing.TB, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhook",
		bytes.NewReader(body))
	r.Header.Set(webhook.SignatureHeader, newSigner(t, appSecret).Sign(body))
	return r
}

// deliver gives a delivery to a handler and returns the answer's status.
func deliver(t testing.TB, h http.Handler, body []byte) int {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, delivery(t, body))
	require.Empty(t, w.Body.String(), "the platform wants an empty body")
	return w.Code
}

// logBuffer collects log records.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// logger returns a logger of everything and what it writes.
func logger() (*slog.Logger, *logBuffer) {
	buf := new(logBuffer)
	return slog.New(slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug})), buf
}

func newDeduper(t testing.TB, maxKeys int, keep time.Duration) *webhook.MemoryDeduper {
	t.Helper()
	d, err := webhook.NewMemoryDeduper(maxKeys, keep)
	require.NoError(t, err)
	return d
}

func claim(t testing.TB, d webhook.Deduper, key, owner string) webhook.ClaimState {
	t.Helper()
	state, err := d.Claim(t.Context(), key, owner, time.Minute)
	require.NoError(t, err)
	return state
}

// post sends a signed body to a server and returns the answer's status.
func post(t testing.TB, client *http.Client, url string, body []byte) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	r.Header.Set(webhook.SignatureHeader, newSigner(t, appSecret).Sign(body))
	resp, err := client.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Zero(t, resp.ContentLength)
	return resp.StatusCode
}

const (
	appKey    = "29a39d"
	appSecret = "secret-e59af819cc"
)

func newVerifier(t testing.TB, secrets ...string) *webhook.Verifier {
	t.Helper()
	if secrets == nil {
		secrets = []string{appSecret}
	}
	v, err := webhook.NewVerifier(appKey, secrets...)
	require.NoError(t, err)
	return v
}

func newSigner(t testing.TB, secret string) *webhook.Signer {
	t.Helper()
	s, err := webhook.NewSigner(appKey, secret)
	require.NoError(t, err)
	return s
}
