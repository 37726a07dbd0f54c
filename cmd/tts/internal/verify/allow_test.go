package verify

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// changes are words in the names of operations that change something.
var changes = regexp.MustCompile(`(Create|Update|Edit|Delete|Remove|Upload|Import|Generate|Review|Cancel|Ship|Combine|Uncombine|Activate|` +
	`Deactivate|Publish|Submit|Send|Sync|Confirm|Approve|Reject|Resolve|Bind|Pin|Unpin|Top|Recover|Replicate|Mark|Read|Optimize|` +
	`Translate|Print|Reserve|Split|Callback|Exchange|Map|Set|Add|Post|End|Init)([A-Z0-9]|$)`)

func TestSearchesAreInTheFactsAndChangeNothing(t *testing.T) {
	t.Parallel()
	require.Greater(t, len(searches()), 80)
	for name := range searches() {
		e, err := catalog.Find(name)
		require.NoError(t, err)
		assert.Equal(t, name, e.Name, "the name is whole")
		assert.Equal(t, http.MethodPost, e.Method, name)
		assert.True(t, e.RepeatSafe, "%s: the facts say that a repeat does no harm", name)
		assert.Empty(t, e.ItemErrors, "%s: items do not fail in a search", name)
		assert.Empty(t, e.IdempotencyQuery+e.IdempotencyBody,
			"%s: a search needs no idempotency key", name)
		assert.False(t, e.Form, "%s: a search uploads nothing", name)
		assert.False(t, e.Secret, "%s: hands out a secret", name)
		if len(e.Scopes) > 0 {
			assert.True(t, slices.ContainsFunc(e.Scopes,
				func(scope string) bool { return !strings.HasSuffix(scope, ".write") }),
				"%s: wants a scope to write", name)
		}
		_, method, _ := strings.Cut(name, ".")
		assert.NotRegexp(t, changes, method, "%s: the name says that it changes something", name)
	}
}

func TestUnaskedAreGETsWithAReason(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, unasked())
	for name, why := range unasked() {
		e, err := catalog.Find(name)
		require.NoError(t, err)
		assert.Equal(t, name, e.Name)
		assert.Equal(t, http.MethodGet, e.Method, name)
		assert.NotEmpty(t, why, name)
	}
}

// TestGuard walks all operations: what is no GET and not in the list cannot be sent, whoever asks.
func TestGuard(t *testing.T) {
	t.Parallel()
	allowed, err := newReadOnly()
	require.NoError(t, err)
	braces := regexp.MustCompile(`\{[^}]*\}`)
	refused := 0
	for e, err := range catalog.All() {
		require.NoError(t, err)
		path := braces.ReplaceAllString(e.Template(), "7362840009596339923")
		_, listed := searches()[e.Name]
		got := allowed.check(e.Method, path)
		switch {
		case e.Method == http.MethodGet && unasked()[e.Name] == "", listed:
			assert.NoError(t, got, e.Name)
		default:
			assert.Error(t, got, e.Name)
			refused++
		}
	}
	assert.Greater(t, refused, 200)
	for _, path := range []string{"", "/", "/order/202309/orders/search/",
		"/order/202309/orders//price_detail", "/order/202309/orders/search/../x"} {
		assert.Error(t, allowed.check(http.MethodPost, path), path)
	}

	sent := false
	g := &guard{allowed: allowed,
		base: roundTripper(func(*http.Request) (*http.Response, error) {
			sent = true
			return nil, http.ErrUseLastResponse
		})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"https://shop.invalid/order/202309/orders/7/ship", nil)
	require.NoError(t, err)
	_, err = g.RoundTrip(req)
	require.ErrorContains(t, err, "nothing was sent")
	assert.False(t, sent)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
