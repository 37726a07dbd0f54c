package tiktokshop

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

var unsignedOp = &Operation{
	Name: "test.Put", Method: http.MethodPut, Path: "/file/202512/upload", Unsigned: true,
	RepeatSafe: true,
	Identifier: ShopOrCategoryAssetCipher, IdentifierOptional: true,
}

const testUploadToken = "60973947df/upload+token="

func unsignedParams() Params {
	return Params{
		URL:     DefaultBaseURL + "/file/202512/Upload-1",
		Query:   url.Values{"chunk_num": {"3"}},
		Secrets: map[string]token.Secret{"upload_token": token.NewSecret(testUploadToken)},
		Body:    &File{ContentType: "video/mp4", Content: strings.NewReader("12345")},
	}
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	answer := `{"code":0,"data":{"id":"9"}}`
	c := testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r
		b, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		body = string(b)
		return answering(200, answer)(r)
	}))
	resp, err := Do[testData](t.Context(), c, unsignedOp, unsignedParams())
	require.NoError(t, err)
	assert.Equal(t, ID("9"), resp.Data.ID)
	assert.Equal(t, "PUT https://open-api.tiktokglobalshop.com/file/202512/Upload-1",
		got.Method+" "+got.URL.Scheme+"://"+got.Host+got.URL.Path)
	assert.Equal(t, url.Values{
		"app_key": {"test-app-key"}, "chunk_num": {"3"}, "upload_token": {testUploadToken},
		"category_asset_cipher": {"test-cipher"},
	}, got.URL.Query(), "neither timestamp nor sign")
	assert.Equal(t, testToken, got.Header.Get("X-Tts-Access-Token"))
	assert.Equal(t, "video/mp4", got.Header.Get("Content-Type"))
	assert.EqualValues(t, 5, got.ContentLength)
	assert.Equal(t, "12345", body)

	// Without a URL the operation's path is called; without a type the body is no particular one.
	params := unsignedParams()
	params.URL, params.Body = "", &File{Content: unsizedReader{strings.NewReader("123")}}
	_, err = Do[testData](t.Context(), c, unsignedOp, params)
	require.NoError(t, err)
	assert.Equal(t, "/file/202512/upload", got.URL.Path)
	assert.Equal(t, "application/octet-stream", got.Header.Get("Content-Type"))
	assert.EqualValues(t, -1, got.ContentLength)

	// A URL alone does not keep a request from being signed.
	_, err = Do[testData](t.Context(), c, testOp,
		Params{URL: DefaultBaseURL + "/test/202309/8", Body: map[string]int{"a": 1}})
	require.NoError(t, err)
	assert.Equal(t, "/test/202309/8", got.URL.Path)
	assert.Len(t, got.URL.Query().Get("sign"), 64)

	// The answer may be bare, as long as its status is a success.
	for _, answer = range []string{``, ` `, `{}`, `{"resource_id":"v1"}`, `{"data":7}`} {
		resp, err := Do[testData](t.Context(), c, unsignedOp, unsignedParams())
		require.NoError(t, err, answer)
		assert.Equal(t, answer, string(resp.Raw))
		_, err = Do[testData](t.Context(), c, testOp,
			Params{URL: DefaultBaseURL + "/test", Body: map[string]int{"a": 1}})
		assert.ErrorIs(t, err, ErrInvalidResponse, answer)
	}
	for _, answer = range []string{`<html>`, `[]`, `{"code":36009002}`} {
		_, err := Do[testData](t.Context(), c, unsignedOp, unsignedParams())
		assert.ErrorAs(t, err, new(*APIError), answer)
	}
	for _, answer = range []string{``, `{}`} {
		failing := testClient(t, answering(500, answer))
		_, err := Do[testData](t.Context(), failing, unsignedOp, unsignedParams())
		assert.ErrorIs(t, err, ErrUnavailable, answer)
	}
}

func TestUnsignedRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		want   string
		change func(*Operation, *Params)
	}{
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) {
				p.URL = "https://open-api.tiktokglobalshop.com.evil.test/file"
			}},
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) { p.URL = "http://open-api.tiktokglobalshop.com/file" }},
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) {
				p.URL = "https://open-api.tiktokglobalshop.com:8443/file"
			}},
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) { p.URL = "https://evil.test/file" }},
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) { p.URL = "//evil.test/file" }},
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) { p.URL = "https:open-api.tiktokglobalshop.com" }},
		{"URL: has another scheme or host",
			func(_ *Operation, p *Params) { p.URL = "/file/202512/upload" }},
		{"URL: must have no user",
			func(_ *Operation, p *Params) {
				p.URL = "https://u:p@open-api.tiktokglobalshop.com/file"
			}},
		{"URL: must have no user information, query",
			func(_ *Operation, p *Params) { p.URL += "?upload_token=" + testUploadToken }},
		{"URL: must have no user information, query",
			func(_ *Operation, p *Params) { p.URL += "#f" }},
		{"URL: cannot be parsed", func(_ *Operation, p *Params) { p.URL += "/%zz" }},
		{"URL: has a path", func(_ *Operation, p *Params) { p.URL += "/%2e%2e/x" }},
		{"URL: has a path", func(_ *Operation, p *Params) { p.URL += "/../x" }},
		{"URL: has a path", func(_ *Operation, p *Params) { p.URL += "//x" }},
		{"URL: has a path", func(_ *Operation, p *Params) { p.URL += "/{x}" }},
		{"URL: has a path", func(_ *Operation, p *Params) { p.URL = DefaultBaseURL }},
		{"path: must not be given beside a URL",
			func(_ *Operation, p *Params) { p.Path = map[string]string{"id": "1"} }},
		{"upload_token: is a secret parameter, which only an Unsigned",
			func(op *Operation, _ *Params) { op.Unsigned = false }},
		{"body: is a File, which only an Unsigned operation takes",
			func(op *Operation, p *Params) { op.Unsigned, p.Secrets = false, nil }},
		{"upload_token: is missing",
			func(_ *Operation, p *Params) {
				p.Secrets = map[string]token.Secret{"upload_token": {}}
			}},
		{"sign: is set by the client",
			func(_ *Operation, p *Params) {
				p.Secrets = map[string]token.Secret{"sign": token.NewSecret("x")}
			}},
		{"chunk_num: is given twice",
			func(_ *Operation, p *Params) {
				p.Secrets = map[string]token.Secret{"chunk_num": token.NewSecret("x")}
			}},
		{"query: has an empty key",
			func(_ *Operation, p *Params) {
				p.Secrets = map[string]token.Secret{"": token.NewSecret("x")}
			}},
		{"Body.Content: is missing", func(_ *Operation, p *Params) { p.Body = &File{} }},
		{"Body.Content: is too large: at most 4 bytes",
			func(op *Operation, _ *Params) { op.MaxUploadBytes = 4 }},
	} {
		op, params := *unsignedOp, unsignedParams()
		tc.change(&op, &params)
		c := testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			t.Errorf("sent to %s", r.URL.Host)
			return answering(200, `{"code":0}`)(r)
		}))
		_, err := Do[testData](t.Context(), c, &op, params)
		var input *InputError
		require.ErrorAs(t, err, &input, tc.want)
		assert.True(t, strings.HasPrefix(input.Field+": "+input.Reason, tc.want), "%s: got %v",
			tc.want, err)
		assert.NotContains(t, err.Error(), testUploadToken)
	}
	c, requests := recording(t)
	params := unsignedParams()
	params.Body = (*File)(nil)
	_, err := Do[testData](t.Context(), c, unsignedOp, params)
	require.NoError(t, err)
	assert.Empty(t, (*requests)[0].body)
}

// TestUnsignedHidesSecrets has answers and transports quote what they were sent.
func TestUnsignedHidesSecrets(t *testing.T) {
	t.Parallel()
	for _, rt := range []roundTripper{
		func(r *http.Request) (*http.Response, error) {
			return answering(400, `{"code":1,"message":"bad `+r.URL.String()+` and `+
				testUploadToken+`"}`)(r)
		},
		func(r *http.Request) (*http.Response, error) {
			return nil, errors.New(r.URL.String() + " " + testUploadToken)
		},
		func(r *http.Request) (*http.Response, error) {
			return answering(200, r.URL.Query().Get("upload_token"))(r)
		},
	} {
		_, err := Do[testData](t.Context(), testClient(t, rt), unsignedOp, unsignedParams())
		require.Error(t, err)
		assert.NotContains(t, err.Error(), testUploadToken)
		assert.NotContains(t, err.Error(), url.QueryEscape(testUploadToken))
		if refused := (*APIError)(nil); errors.As(err, &refused) {
			assert.NotContains(t, string(refused.Body), testUploadToken)
		}
	}
	params := unsignedParams()
	params.Secrets["upload_token"] = token.NewSecret(testToken) // which assertNoSecrets knows
	inv, err := testClient(t, answering(200, ``)).prepareParams(unsignedOp, params)
	require.NoError(t, err)
	assertNoSecrets(t, inv)
	assertNoSecrets(t, params)
}
