package contract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/operations"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// Package operations lists every operation of the facts, and no other.
func TestOperationsAreThoseOfTheFacts(t *testing.T) {
	t.Parallel()
	listed := make(map[string]bool)
	for op := range operations.All() {
		listed[op.ID] = true
	}
	modules, err := loadFacts()
	require.NoError(t, err)
	identifiers := map[facts.Identifier]tiktokshop.Identifier{
		facts.NoIdentifier: tiktokshop.NoIdentifier, facts.ShopCipher: tiktokshop.ShopCipher,
		facts.CategoryAssetCipher: tiktokshop.CategoryAssetCipher,
		facts.EitherCipher:        tiktokshop.ShopOrCategoryAssetCipher,
	}
	for _, m := range modules {
		for _, op := range m.Operations {
			got, ok := operations.Find(op.OperationID)
			if !assert.True(t, ok, "%s is not listed: go generate ./...", op.OperationID) {
				continue
			}
			delete(listed, op.OperationID)
			successor := ""
			if op.Successor != nil {
				successor = op.Successor.ServedBy()
			}
			confidence, _ := op.Extensions["x-confidence"].(string)
			assert.Equal(t, []any{
				m.Name, op.ServedBy(), op.Method, op.Path, op.Version, op.Scopes,
				identifiers[op.Identifier], op.IdentifierOptional,
				op.RepeatSafe, op.Retired, successor,
				operations.Confidence(cmp.Or(confidence, "full")), op.Page,
			}, []any{
				got.Module, got.Name, got.Method, got.Path, got.Version, got.Scopes, got.Identifier,
				got.IdentifierOptional,
				got.RepeatSafe, got.Retired, got.Successor, got.Confidence, got.Page,
			}, op.OperationID)
		}
	}
	assert.Empty(t, listed, "listed, and not in the facts")
}

// A method warns of the day on which its version stops, and of what to call instead.
func TestRetiredMethodsWarn(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	client, err := tiktokshop.NewClient(appKey, "secret", tiktokshop.WithAccessToken(token),
		tiktokshop.WithShopCipher("cipher"),
		tiktokshop.WithCategoryAssetCipher("cipher"),
		tiktokshop.WithLogger(slog.New(slog.NewJSONHandler(&logged, nil))),
		tiktokshop.WithClock(func() time.Time {
			return time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		}),
		tiktokshop.WithHTTPClient(&http.Client{Transport: answersNothing{}}))
	require.NoError(t, err)
	modules, err := loadFacts()
	require.NoError(t, err)
	want := make(map[string][2]string)
	for _, m := range modules {
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			if op.Retired != "" {
				successor := ""
				if op.Successor != nil {
					successor = op.Successor.ServedBy()
				}
				want[op.ServedBy()] = [2]string{op.Retired, successor}
			}
			req := serving.newRequest()
			require.NoError(t, fill(req, op.MinimalRequest(), op.Multipart(), false),
				op.OperationID)
			_, err := serving.call(t.Context(), client, req)
			require.NoError(t, err, op.OperationID)
		}
	}
	got := make(map[string][2]string)
	for line := range strings.Lines(logged.String()) {
		var record struct{ Operation, Retired, Successor string }
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		got[record.Operation] = [2]string{record.Retired, record.Successor}
	}
	require.NotEmpty(t, want)
	assert.Equal(t, want, got)
}

// answersNothing answers every request with a success that has no data.
type answersNothing struct{}

func (answersNothing) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusOK,
		Body: io.NopCloser(strings.NewReader(`{"code":0}`)), Request: req}, nil
}
