package oteltiktokshop

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// statusKey is a token.Status in a word or two.
const statusKey = attribute.Key("tiktokshop.token.status")

// TokenSources counts token sources by their status: the gauge tiktokshop.token.sources. One that
// is not active wants somebody to look; see [token.Status].
type TokenSources struct {
	mu       sync.Mutex
	statuses map[token.Key]token.Status
}

// NewTokenSources returns a counter that knows no source yet. An error is the meter's.
func NewTokenSources(opts ...Option) (*TokenSources, error) {
	t := &TokenSources{statuses: make(map[token.Key]token.Status)}
	_, err := configure(opts).meter().Int64ObservableGauge("tiktokshop.token.sources",
		metric.WithUnit("{source}"),
		metric.WithDescription("Token sources by status."), metric.WithInt64Callback(t.observe))
	return t, err
}

// OnChange takes note of a source's state. It is for token.SourceOptions.OnChange of all sources.
func (t *TokenSources) OnChange(state token.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statuses[state.Key] = state.Status
}

// Forget leaves a source out, as when its account was removed.
func (t *TokenSources) Forget(key token.Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.statuses, key)
}

func (t *TokenSources) observe(_ context.Context, o metric.Int64Observer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var counts [token.StatusNone + 1]int64
	for _, status := range t.statuses {
		counts[status]++
	}
	for status, n := range counts { // with 0, so that an alert ends
		o.Observe(n, metric.WithAttributes(statusKey.String(token.Status(status).String())))
	}
	return nil
}
