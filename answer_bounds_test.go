package tiktokshop

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStatusesAtTheirBounds has answers whose status is the first or the last of what it means.
func TestStatusesAtTheirBounds(t *testing.T) {
	t.Parallel()
	const success, html, cut = `{"code":0,"data":{"id":"1"}}`, `<html>`, `{"code":0,`
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string // of the error; "": none
		kind   error
	}{
		{"first success", 200, success, "", nil},
		{"last success", 299, success, "", nil},
		{"first that is none", 300, success, "its HTTP status does not", ErrInvalidResponse},
		{"no redirect yet", 299, html, "not the platform's JSON", ErrInvalidResponse},
		{"first redirect", 300, html, "a redirect", ErrInvalidResponse},
		{"last redirect", 399, html, "a redirect", ErrInvalidResponse},
		{"no redirect any more", 400, html, "not the platform's JSON", ErrInvalidRequest},
		{"cut short, not its fault", 499, cut, "answer cut short: ", ErrInvalidResponse},
		{"cut short, and it says why", 500, cut, "answer cut short: ", ErrUnavailable},
		{"cut short and too many", 429, cut, "answer cut short: ", ErrRateLimited},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Do[testData](t.Context(), testClient(t, answering(tt.status, tt.body)),
				testOp, testParams)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			assert.ErrorIs(t, err, tt.kind)
			assert.Equal(t, tt.kind == ErrInvalidResponse, errors.Is(err, ErrInvalidResponse))
		})
	}
}

func TestEnvelopesThatAreOdd(t *testing.T) {
	t.Parallel()
	ask := func(body string) (*Response[testData], error) {
		return Do[testData](t.Context(), testClient(t, answering(200, body)), testOp, testParams)
	}
	// A message that is no text is kept for people, and the envelope of data that does not fit
	// still counts.
	_, err := ask(`{"code":7,"message":{"en":"no"},"request_id":["R"]}`)
	var refused *APIError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 7, refused.Code)
	assert.Equal(t, `{"en":"no"}`, refused.Message)
	assert.Equal(t, `["R"]`, refused.RequestID)
	resp, err := ask(
		`{"code":"0","message":["fine"],"request_id":{"a":1},"data":{"id":"1","items":[]}}`)
	require.NoError(t, err)
	assert.Equal(t, `["fine"]`, resp.Message)
	assert.Equal(t, `{"a":1}`, resp.RequestID)
	assert.Equal(t, ID("1"), resp.Data.ID)
	for _, empty := range []string{"[]", "{}", `""`, "[ ]", " { } "} {
		resp, err := ask(`{"code":0,"data":` + empty + `}`)
		require.NoError(t, err, empty)
		assert.Zero(t, resp.Data, empty)
	}
}

// TestClockCorrectionAtItsBounds is about which refusals a wrong clock explains.
func TestClockCorrectionAtItsBounds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1623812664, 0)
	inv := &invocation{prepared: prepared{
		stamp: 1,
		cfg:   &config{now: func() time.Time { return now }},
	}}
	for _, tt := range []struct {
		name  string
		ahead time.Duration // the platform
		used  time.Duration // the offset that the refused attempt was signed with
		wrong bool
	}{
		{"the least that explains it", 10 * time.Second, 0, true},
		{"too little", 9 * time.Second, 0, false},
		{"behind", -10 * time.Second, 0, true},
		{"the most that is believed", 24 * time.Hour, 0, true},
		{"too much", 24*time.Hour + time.Second, 0, false},
		{"too much behind", -24*time.Hour - time.Second, 0, false},
		{"already used", time.Hour, time.Hour, false},
		{"used another", time.Hour, time.Hour - 10*time.Second, true},
		{"an odd number of seconds", 11 * time.Second, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := &APIError{kind: ErrClockSkew, date: now.Add(tt.ahead)}
			offset, wrong := inv.clockRefused(&attempt{credentials: credentials{offset: tt.used}},
				err)
			assert.Equal(t, tt.wrong, wrong)
			assert.Equal(t, tt.ahead, offset, "to the second")
		})
	}
	refused := &APIError{kind: ErrClockSkew, date: now.Add(time.Hour)}
	for _, tt := range []struct {
		name string
		inv  *invocation
		err  error
	}{
		{"nothing is stamped", &invocation{prepared: prepared{stamp: -1, cfg: inv.cfg}}, refused},
		{"another kind", inv, &APIError{kind: ErrUnavailable, date: refused.date}},
		{"no date", inv, &APIError{kind: ErrClockSkew}},
		{"no answer", inv, io.ErrUnexpectedEOF},
	} {
		offset, wrong := tt.inv.clockRefused(&attempt{}, tt.err)
		assert.False(t, wrong, tt.name)
		assert.Zero(t, offset, tt.name)
	}
}

// TestCallOfAnOperationThatTakesNothing is for operations that take nothing.
func TestCallOfAnOperationThatTakesNothing(t *testing.T) {
	t.Parallel()
	op := &Operation{Name: "Test.Nothing", Method: http.MethodGet, Path: "/test/202309/things"}
	resp, err := Call[testData](t.Context(),
		testClient(t, answering(200, `{"code":0,"data":{"id":"1"}}`)), op, nil)
	require.NoError(t, err)
	assert.Equal(t, ID("1"), resp.Data.ID)
	_, err = Call[testData](t.Context(), testClient(t, answering(503, ``)), op, nil)
	assert.ErrorIs(t, err, ErrUnavailable)
}

// TestRequestsCarryWhatTheirHeadersSay looks at one as it leaves.
func TestRequestsCarryWhatTheirHeadersSay(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	c := testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		seen = r
		return answering(200, `{"code":0}`)(r)
	}), WithUserAgent("agent/1"))
	_, err := Do[testData](t.Context(), c, testOp, testParams)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1", seen.Proto)
	assert.True(t, seen.ProtoMajor == 1 && seen.ProtoMinor == 1)
	agent := seen.UserAgent()
	assert.Contains(t, agent, "agent/1")
	assert.Equal(t, []string{"application/json"}, seen.Header["Accept"])
	assert.Equal(t, []string{"application/json"}, seen.Header["Content-Type"])
	assert.Equal(t, []string{testToken}, seen.Header["X-Tts-Access-Token"])
	// What a transport appends to one header stays out of the others.
	seen.Header.Add("Accept", "more")
	seen.Header.Add("User-Agent", "more")
	seen.Header.Add("X-Tts-Access-Token", "more")
	assert.Equal(t, []string{agent, "more"}, seen.Header["User-Agent"])
	assert.Equal(t, []string{"application/json", "more"}, seen.Header["Accept"])
	assert.Equal(t, []string{"application/json"}, seen.Header["Content-Type"])
}
