package tiktokshop

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// roundTripper answers requests without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answering returns a RoundTripper that gives every request the same answer.
func answering(status int, body string, headers ...string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h,
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
			Request: r}, nil
	}
}

func testClient(t testing.TB, rt http.RoundTripper, opts ...Option) *Client {
	c, err := NewClient("test-app-key", testAppSecret, append([]Option{
		WithHTTPClient(&http.Client{Transport: rt}),
		WithAccessToken(testToken),
		WithCategoryAssetCipher("test-cipher"),
		WithClock(func() time.Time { return time.Unix(1623812664, 0) }),
		WithoutRetry(),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

const (
	testAppSecret = "a-very/secret+app-secret="
	testToken     = "GCP_a-very/secret+token="
)

var testOp = &Operation{Name: "Test.Op", Method: "GET", Path: "/test/202309/{id}",
	Scopes: []string{"test.read", "test.write"}}

var testParams = Params{Path: map[string]string{"id": "7"}}

type testData struct {
	ID    ID       `json:"id"`
	Items []string `json:"items"`
}

// recording returns a client whose calls succeed, and where to find the requests.
func recording(t testing.TB, opts ...Option) (*Client, *[]sent) {
	var requests []sent
	return testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		s := sent{req: r, query: r.URL.Query()}
		if r.Body != nil {
			b, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			s.body = string(b)
		}
		for _, key := range []string{"app_key", "timestamp", "sign"} {
			s.query.Del(key)
		}
		requests = append(requests, s)
		return answering(200, `{"code":0,"data":{"id":"9"}}`)(r)
	}), opts...), &requests
}

var allKinds = []error{
	ErrTokenExpired, ErrTokenInvalid, ErrAuthCodeInvalid, ErrRefreshTokenInvalid, ErrInvalidAppKey,
	ErrInvalidSignature, ErrClockSkew, ErrPermission, ErrIPNotAllowed,
	ErrUnexpectedIdentifier, ErrMissingIdentifier, ErrInvalidIdentifier, ErrInvalidRequest,
	ErrNotFound, ErrRateLimited,
	ErrQuotaExhausted, ErrUnavailable, ErrVersionRetired, ErrInvalidResponse, ErrResponseTooLarge,
}

// assertNoSecrets looks for the test secrets, and a signature if one is given, in everything v can
// be printed as.
func assertNoSecrets(t *testing.T, v any, signs ...string) {
	t.Helper()
	for how, s := range renderings(v) {
		for _, secret := range append(signs, testAppSecret, testToken) {
			for _, form := range []string{secret, url.QueryEscape(secret),
				fmt.Sprintf("%x", secret), strings.ReplaceAll(secret, "/", `\/`)} {
				assert.NotContains(t, s, form, "%T as %s", v, how)
			}
		}
	}
}

type unsizedReader struct{ io.Reader }
