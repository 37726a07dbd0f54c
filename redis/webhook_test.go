package ttsredis_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// TestReceiversShareEvents: of deliveries of one event to two receivers one is handled, and the
// other answered for it.
func TestReceiversShareEvents(t *testing.T) {
	t.Parallel()
	url, prefix := needRedis(t), newPrefix()
	verifier, err := webhook.NewVerifier("app-key", "app-secret")
	require.NoError(t, err)
	signer, err := webhook.NewSigner("app-key", "app-secret")
	require.NoError(t, err)
	var handled atomic.Int64
	var receivers []*webhook.Handler
	for range 2 {
		marks, err := ttsredis.NewDeduper(connect(t, url), 0, with(prefix))
		require.NoError(t, err)
		h, err := webhook.NewHandler(verifier, func(context.Context, *webhook.Event) error {
			handled.Add(1)
			return nil
		}, webhook.WithDeduper(marks), webhook.WithLogger(slog.New(slog.DiscardHandler)))
		require.NoError(t, err)
		receivers = append(receivers, h)
	}
	const events = 50
	var wg sync.WaitGroup
	for n := range events {
		body := fmt.Sprintf(`{"type":1,"tts_notification_id":"%d","shop_id":"7494049642642441621","timestamp":1644412885,`+
			`"data":{"order_id":"576486316948490001","order_status":"UNPAID","update_time":1644412885}}`, 7327112393057371910+n)
		for _, h := range receivers {
			wg.Go(func() {
				for status := 0; status != http.StatusOK; {
					r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/",
						strings.NewReader(body))
					r.Header.Set(webhook.SignatureHeader, signer.Sign([]byte(body)))
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					if status = w.Code; status != http.StatusOK &&
						status != http.StatusServiceUnavailable {
						t.Errorf("answered %d", status)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	assert.EqualValues(t, events, handled.Load())
}
