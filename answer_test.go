package tiktokshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnswers covers the ways in which answers of the platform differ from one another.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body string
		want testData
	}{
		"usual": {`{"code":0,"message":"Success","request_id":"R","data":{"id":"7","items":["a"]}}`,
			testData{"7", []string{"a"}}},
		"code as a string": {`{"code":"0","message":"success","request_id":"R","data":{"id":"7"}}`,
			testData{ID: "7"}},
		"id as a number": {`{"code":0,"request_id":"R","data":{"id":7362840009596339923}}`,
			testData{ID: "7362840009596339923"}},
		"data null":            {`{"code":0,"request_id":"R","data":null}`, testData{}},
		"data absent":          {`{"code":0,"request_id":"R"}`, testData{}},
		"data empty":           {`{"code":0,"request_id":"R","data":{}}`, testData{}},
		"data an empty list":   {`{"code":0,"request_id":"R","data":[ ]}`, testData{}},
		"data an empty string": {`{"code":0,"request_id":"R","data":""}`, testData{}},
		"list null": {`{"code":0,"request_id":"R","data":{"id":"7","items":null}}`,
			testData{ID: "7"}},
		"one instead of a list": {`{"code":0,"request_id":"R","data":{"id":"7","items":"a"}}`,
			testData{"7", []string{"a"}}},
		"numbers for strings": {`{"code":0,"request_id":"R","data":{"id":"7","items":[7362840009596339923,true]}}`, testData{"7", []string{"7362840009596339923", "true"}}},
		"object for an empty list": {`{"code":0,"request_id":"R","data":{"id":"7","items":{}}}`,
			testData{ID: "7"}},
		"list of the one object": {`{"code":0,"request_id":"R","data":[{"id":"7"}]}`,
			testData{ID: "7"}},
		"unknown fields":          {`{"code":0,"request_id":"R","extra":{},"data":{"id":"7","new":[{}]}}`, testData{ID: "7"}},
		"message of another type": {`{"code":0,"message":{"en":"ok"},"request_id":"R","data":{"id":"7"}}`, testData{ID: "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testClient(t, answering(200, tc.body, "X-Tt-Logid", "L"))
			resp, err := Do[testData](t.Context(), c, testOp, testParams)
			require.NoError(t, err)
			assert.Equal(t, tc.want, resp.Data)
			assert.Equal(t, "R", resp.RequestID)
			assert.Equal(t, 200, resp.HTTPStatus)
			assert.Equal(t, "L", resp.Header.Get("X-Tt-Logid"))
			assert.Equal(t, tc.body, string(resp.Raw))
		})
	}
	// An object where a list belongs.
	c := testClient(t, answering(200, `{"code":0,"data":{}}`))
	resp, err := Do[[]testData](t.Context(), c, testOp, testParams)
	require.NoError(t, err)
	assert.Nil(t, resp.Data)
}

// TestMismatches: a value of an unexpected form costs itself alone; the call has succeeded, and the
// caller can learn of it.
func TestMismatches(t *testing.T) {
	t.Parallel()
	type sku struct {
		ID    ID          `json:"id"`
		Price Money       `json:"price"`
		Rate  BasisPoints `json:"rate"`
		At    UnixTime    `json:"at"`
	}
	type data struct {
		ID   ID    `json:"id"`
		SKU  sku   `json:"sku"`
		SKUs []sku `json:"skus"`
	}
	for _, tc := range []struct {
		name, data string
		want       data
		mismatches []Mismatch
	}{
		{"a list of two for an object", `{"sku":[{"id":1},{"id":2}],"id":7}`,
			data{ID: "7", SKU: sku{ID: "1"}},
			[]Mismatch{{"data.sku",
				"is a list of 2, want one object: only the first was decoded"}}},
		{"a list of one is none", `{"sku":[{"id":1}],"id":7}`, data{ID: "7", SKU: sku{ID: "1"}},
			nil},
		{"a time with a fraction is none", `{"sku":{"at":1700000000.25},"id":7}`,
			data{ID: "7", SKU: sku{At: UnixTime{time.Unix(1700000000, 25e7)}}}, nil},
		{"a time that is no number", `{"sku":{"at":"yesterday","id":1},"id":7}`,
			data{ID: "7", SKU: sku{ID: "1"}},
			[]Mismatch{{"data.sku.at", "is a text, want a value that fits UnixTime"}}},
		{"a rate with a fraction", `{"skus":[{"id":1},{"rate":12.5,"id":2}],"id":7}`,
			data{ID: "7", SKUs: []sku{{ID: "1"}, {ID: "2"}}},
			[]Mismatch{{"data.skus[1].rate",
				"is a number with a fraction or an exponent, want a value that fits BasisPoints"}}},
		{"money that is a text", `{"skus":[{"price":"free","id":2}],"id":7}`,
			data{ID: "7", SKUs: []sku{{ID: "2"}}},
			[]Mismatch{{"data.skus[0].price", "is a text, want an object"}}},
		{"an id that is an object", `{"id":{"id":1},"skus":[{"id":"2"}]}`,
			data{SKUs: []sku{{ID: "2"}}},
			[]Mismatch{{"data.id", "is an object, want a value that fits ID"}}},
		{"data of one character", `7`, data{}, []Mismatch{{"data", "is a number, want an object"}}},
		{"data of another form", `"done"`, data{},
			[]Mismatch{{"data", "is a text, want an object"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			body := `{"code":0,"message":"Success","request_id":"R","data":` + tc.data + `}`
			c := testClient(t, answering(200, body),
				WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
			resp, err := Do[data](t.Context(), c, testOp, testParams)
			require.NoError(t, err)
			assert.Equal(t, tc.want, resp.Data)
			assert.Equal(t, tc.mismatches, resp.Mismatches)
			assert.Equal(t, body, string(resp.Raw))
			assert.Equal(t, "R", resp.RequestID)
			if tc.mismatches == nil {
				assert.Empty(t, logged.String())
				return
			}
			assert.Contains(t, logged.String(), "level=WARN")
			assert.Contains(t, logged.String(), "request_id=R mismatches=1")
			assert.Contains(t, logged.String(), tc.mismatches[0].String())
		})
	}
}

// TestCutAfterTheDocument: an answer that is whole counts, even if its connection ended before the
// end of the transfer.
func TestCutAfterTheDocument(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		whole      bool
	}{
		{"whole", `{"code":0,"data":{"id":"7"}}`, true},
		{"whole, with space", "{\"code\":0,\"data\":{\"id\":\"7\"}}\r\n", true},
		{"cut", `{"code":0,"data":{"id":"7"}`, false},
		{"a number that may go on", `7`, false},
		{"nothing", ``, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(
				w http.ResponseWriter, _ *http.Request,
			) {
				conn, rw, err := w.(http.Hijacker).Hijack()
				if !assert.NoError(t, err) {
					return
				}
				defer conn.Close()
				_, _ = fmt.Fprintf(rw,
					"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
					max(1, len(tc.body)), tc.body)
				_ = rw.Flush() // and no last chunk
			}))
			t.Cleanup(srv.Close)
			c := testClient(t, &http.Transport{DisableKeepAlives: true}, WithBaseURL(srv.URL))
			resp, err := Do[testData](t.Context(), c, testOp, testParams)
			if !tc.whole {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, ID("7"), resp.Data.ID)
		})
	}
}

// TestUnhappyAnswers covers what is no success, in every HTTP status.
func TestUnhappyAnswers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2*maxErrorBody)
	for name, tc := range map[string]struct {
		status    int
		body      string
		kind      error
		code      int
		retryable bool
		text      string
	}{
		"error with 200": {200,
			`{"code":105002,"message":"Expired","request_id":"R","data":null}`, ErrTokenExpired,
			105002, false, "code 105002, HTTP 200, request id R: Expired"},
		"error with 401": {401, `{"code":105002,"message":"Expired","request_id":"R"}`,
			ErrTokenExpired, 105002, false, "HTTP 401"},
		"error code as a string": {200, `{"code":"36009002","message":"slow down"}`,
			ErrRateLimited, 36009002, true, "code 36009002"},
		"error with data of a kind": {200, `{"code":36009003,"message":"m","data":"oops"}`,
			ErrUnavailable, 36009003, true, "code 36009003"},
		"HTML 502": {502, `<html>Bad Gateway</html>`, ErrUnavailable, 0, true,
			"HTTP 502, log id L: the answer is not the platform's JSON"},
		"HTML 403": {403, `<html>`, ErrPermission, 0, false,
			"not the platform's JSON"},
		"HTML 429": {429, `<html>`, ErrRateLimited, 0, true,
			"not the platform's JSON"},
		"HTML 200": {200, `<html>`, ErrInvalidResponse, 0, false,
			"not the platform's JSON"},
		"empty 200": {200, ``, ErrInvalidResponse, 0, false,
			"not the platform's JSON"},
		"empty 503": {503, ``, ErrUnavailable, 0, true, "HTTP 503"},
		"empty 404": {404, ``, ErrNotFound, 0, false, "HTTP 404"},
		"redirect": {302, `<a href="https://elsewhere.test">`, ErrInvalidResponse,
			0, false, "a redirect, which is not followed"},
		"no code": {200, `{"message":"Success","data":{}}`, ErrInvalidResponse,
			0, false, "has no code"},
		"code null": {200, `{"code":null}`, ErrInvalidResponse, 0, false,
			"has no code"},
		"code not a number": {200, `{"code":"ok"}`, ErrInvalidResponse, 0, false,
			"not the platform's JSON"},
		"JSON null": {200, `null`, ErrInvalidResponse, 0, false, "has no code"},
		"truncated JSON": {200, `{"code":0,"data":{"id":`, ErrInvalidResponse, 0, true,
			"answer cut short"},
		"code 0 with 500": {500, `{"code":0,"message":"Success"}`, ErrUnavailable, 0,
			true, "code says success, its HTTP status does not"},
		"long body": {500, long, ErrUnavailable, 0, true, "HTTP 500"},
		"business error of its own": {200, `{"code":12052024,"message":"Category is not final"}`,
			nil, 12052024, false, "code 12052024"},
		"unknown code with HTTP 400": {400, `{"code":12052024,"message":"m"}`, ErrInvalidRequest,
			12052024, false, "invalid request: code 12052024"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testClient(t, answering(tc.status, tc.body, "X-Tt-Logid", "L", "Location",
				"https://elsewhere.test"))
			resp, err := Do[testData](t.Context(), c, testOp, testParams)
			require.Nil(t, resp)
			var apiErr *APIError
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, tc.status, apiErr.HTTPStatus)
			assert.Equal(t, tc.code, apiErr.Code)
			assert.Equal(t, "Test.Op", apiErr.Operation)
			assert.Equal(t, "/test/202309/{id}", apiErr.PathTemplate)
			assert.Equal(t, "L", apiErr.LogID)
			assert.Equal(t, tc.body[:min(len(tc.body), maxErrorBody)], string(apiErr.Body))
			assert.Equal(t, tc.retryable, apiErr.Retryable())
			assert.ErrorContains(t, err, tc.text)
			for _, kind := range allKinds {
				assert.Equal(t, kind == tc.kind, errors.Is(err, kind), kind)
			}
		})
	}
}

func TestPermissionErrorNamesScopes(t *testing.T) {
	t.Parallel()
	c := testClient(t, answering(401, `{"code":105005,"message":"Access denied."}`))
	_, err := Do[testData](t.Context(), c, testOp, testParams)
	require.ErrorIs(t, err, ErrPermission)
	assert.ErrorContains(t, err, "(the operation needs scope test.read, test.write)")
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1623812664, 0)
	for header, want := range map[string]time.Duration{
		"":                           0,
		"3":                          3 * time.Second,
		" 3 ":                        3 * time.Second,
		"-3":                         0,
		"1e9":                        0,
		"9999999":                    24 * time.Hour,
		"1234567890123456789012345":  24 * time.Hour,
		"-1234567890123456789012345": 0,
		"12345678901234567890123x":   0,
		now.Add(time.Minute).UTC().Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).UTC().Format(http.TimeFormat): 0,
		now.AddDate(1, 0, 0).UTC().Format(http.TimeFormat):  24 * time.Hour,
		"soon": 0,
	} {
		c := testClient(t, answering(429, `{"code":36009002}`, "Retry-After", header))
		_, err := Do[testData](t.Context(), c, testOp, testParams)
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, want, apiErr.RetryAfter, header)
	}
}

func TestAnswerTooLarge(t *testing.T) {
	t.Parallel()
	body := `{"code":0,"data":{"id":"` + strings.Repeat("7", 1000) + `"}}`
	for _, announced := range []int64{int64(len(body)), -1, 3} {
		c := testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)),
				ContentLength: announced, Request: r}, nil
		}))
		resp, err := Do[testData](t.Context(), c, testOp, testParams,
			WithMaxResponseBytes(int64(len(body))))
		require.NoError(t, err)
		assert.Len(t, resp.Data.ID, 1000)
		_, err = Do[testData](t.Context(), c, testOp, testParams,
			WithMaxResponseBytes(int64(len(body))-1))
		require.ErrorIs(t, err, ErrResponseTooLarge)
		assert.ErrorContains(t, err, "more than")
	}
	whole := testClient(t, answering(200, `{"code":0}   `),
		WithMaxResponseBytes(int64(len(`{"code":0}`))))
	_, err := Do[testData](t.Context(), whole, testOp, testParams)
	require.ErrorIs(t, err, ErrResponseTooLarge, "also if what was read is whole JSON")
}

// FuzzDecode feeds the decoder any bytes: it must return a success with code 0 or an APIError that
// describes the answer.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"code":0,"message":"Success","request_id":"R","data":{"id":"7","items":["a"]}}`,
		`{"code":"36009002","message":1,"data":[]}`, `{"code":0,"data":[]}`, `{"code":1e3}`,
		`<html>`, ``, `null`, `[]`, `{"code":0,"data":{"items":7}}`,
		`{"code":0,"data":{"id":{},"items":[[1],"a"]}}`, `{"code":0,"data":[{"id":1},2]}`,
	} {
		f.Add(200, []byte(s))
		f.Add(503, []byte(s))
	}
	c := testClient(f, answering(200, ""))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		inv, err := c.prepareParams(testOp, testParams)
		require.NoError(t, err)
		var data testData
		ans := &answer{status: status, body: body}
		err = inv.decode(ans, &credentials{sign: "s"}, &data)
		if err == nil {
			require.Zero(t, ans.code)
			require.True(t, status >= 200 && status <= 299)
			require.True(t, json.Valid(body))
			return // whatever its data
		}
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		require.Equal(t, status, apiErr.HTTPStatus)
		require.LessOrEqual(t, len(apiErr.Body), maxErrorBody)
		require.NotEmpty(t, err.Error())
	})
}
