package tiktokshop

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
)

type signVector struct {
	Name, Secret, Method, Path, Body, Sign string
	Query                                  map[string]string
	ContentType                            string `json:"content_type"`
}

func signVectors(t testing.TB) []signVector {
	b, err := os.ReadFile("testdata/sign.json")
	require.NoError(t, err)
	var vs []signVector
	require.NoError(t, json.Unmarshal(b, &vs))
	require.NotEmpty(t, vs)
	return vs
}

func (v signVector) values() url.Values {
	q := url.Values{}
	for k, s := range v.Query {
		q.Set(k, s)
	}
	return q
}

func TestSignVectors(t *testing.T) {
	t.Parallel()
	for _, v := range signVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			signer, err := NewSigner(v.Query["app_key"], v.Secret)
			require.NoError(t, err)
			in := SignInput{Path: v.Path, Query: v.values(), ContentType: v.ContentType,
				Body: []byte(v.Body)}
			assert.Equal(t, v.Sign, signer.Sign(in))

			// The same request as a user's *http.Request.
			req, err := http.NewRequest(v.Method, "https://example.test"+v.Path,
				strings.NewReader(v.Body))
			require.NoError(t, err)
			req.Header.Set("Content-Type", v.ContentType)
			q := v.values()
			q.Set("access_token", "never signed")
			q.Set("sign", "of an earlier attempt")
			req.URL.RawQuery = q.Encode()
			seconds, err := strconv.ParseInt(v.Query["timestamp"], 10, 64)
			require.NoError(t, err)
			require.NoError(t, signer.SignRequest(req, time.Unix(seconds, 0)))
			assert.Equal(t, v.Sign, req.URL.Query().Get("sign"))
			require.NoError(t, signer.VerifyRequest(req))

			body, err := io.ReadAll(req.Body)
			require.NoError(t, err)
			assert.Equal(t, v.Body, string(body), "the body must stay readable")
		})
	}
}

func TestVerifyRequestRefusesChanges(t *testing.T) {
	t.Parallel()
	signer, err := NewSigner("key", "a-secret")
	require.NoError(t, err)
	for name, change := range map[string]func(*http.Request){
		"path":      func(r *http.Request) { r.URL.Path += "x" },
		"query":     func(r *http.Request) { r.URL.RawQuery += "&b=1" },
		"body":      func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"a":2}`)) },
		"no sign":   func(r *http.Request) { r.URL.RawQuery = "app_key=key" },
		"uppercase": func(r *http.Request) { r.URL.RawQuery = strings.ToUpper(r.URL.RawQuery) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequest("POST", "https://example.test/a?page_size=10",
				strings.NewReader(`{"a":1}`))
			require.NoError(t, err)
			require.NoError(t, signer.SignRequest(req, time.Unix(1623812664, 0)))
			require.NoError(t, signer.VerifyRequest(req))
			want := req.URL.Query().Get("sign")
			change(req)
			err = signer.VerifyRequest(req)
			require.ErrorIs(t, err, ErrInvalidSignature)
			assert.NotContains(t, err.Error(), want)
		})
	}
}

func TestStringToSign(t *testing.T) {
	t.Parallel()
	in := SignInput{
		Path: "/order/202309/orders",
		Query: url.Values{"timestamp": {"1"}, "app_key": {"k"}, "ids": {"1,2"}, "sign": {"x"},
			"access_token": {"y"}, "Zone": {"z", "second"}},
		ContentType: "application/json; charset=utf-8",
		Body:        []byte(`{"a":1}`),
	}
	assert.Equal(t,
		`{app_secret}/order/202309/ordersZonezapp_keykids1,2timestamp1{"a":1}{app_secret}`,
		in.StringToSign())
	in.ContentType = `Multipart/Form-Data; boundary="x"`
	assert.Equal(t, `{app_secret}/order/202309/ordersZonezapp_keykids1,2timestamp1{app_secret}`,
		in.StringToSign())
	in.ContentType = "multipart/form-data; boundary" // malformed parameters
	assert.NotContains(t, in.StringToSign(), `{"a":1}`)
}

func TestNewSignInputMalformedQuery(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequest("GET", "https://example.test/a", nil)
	require.NoError(t, err)
	req.URL.RawQuery = "sign=s3cret%zz"
	_, err = NewSignInput(req)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cret")
}

// FuzzSign checks that signing a URL as it arrives equals signing the map it was made from, that
// the pipeline's own escaping decodes to what was signed, and that the signer agrees with the
// string to sign.
func FuzzSign(f *testing.F) {
	for _, v := range signVectors(f) {
		f.Add(v.Path, "ids", v.Query["ids"], "page_token", v.Query["page_token"], []byte(v.Body))
	}
	f.Add("/p", "a b", "x+y z", "ä", "%2B&=;,/", []byte("\n"))
	signer, err := NewSigner("key", "a-secret")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, path, k1, v1, k2, v2 string, body []byte) {
		if strings.Trim(path, "/") == "" || !bind.IsPathValue(strings.ReplaceAll(path, "/", "")) {
			t.Skip()
		}
		query := url.Values{k1: {v1}}
		if k2 != k1 {
			query[k2] = []string{v2}
		}
		in := SignInput{Path: path, Query: query, Body: body, ContentType: "application/json"}
		want := signer.Sign(in)

		var raw strings.Builder
		for _, p := range in.params() {
			wire.AddQuery(&raw, p.Key, p.Value)
		}
		for _, rawQuery := range []string{query.Encode(), raw.String()} {
			req := &http.Request{
				Method: "POST",
				URL: &url.URL{Scheme: "https", Host: "example.test", Path: path,
					RawQuery: rawQuery},
				Header: http.Header{"Content-Type": {"application/json"}},
				Body:   io.NopCloser(strings.NewReader(string(body))),
			}
			parsed, err := NewSignInput(req)
			require.NoError(t, err)
			require.Equal(t, want, signer.Sign(parsed))
			require.Equal(t, in.StringToSign(), parsed.StringToSign())
		}
	})
}
