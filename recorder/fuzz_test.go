package recorder_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/recorder"
)

// FuzzFile reads any file and sends requests to what it holds.
func FuzzFile(f *testing.F) {
	f.Add("version: 2\ninteractions:\n- request: {method: GET, url: \"https://x/y?a=b\", body: '{\"a\":1}'}\n  response: {code: 200, body: x}\n", `{"a":2}`, "application/json")
	f.Add("version: 2\ninteractions:\n- request:\n    method: POST\n    url: /y\n    headers: {content-type: [multipart/form-data]}\n    body: \"--recorded-part\\n\\n\\n--recorded-part--\"\n  response: {code: 200}\n",
		"--b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n--b--",
		"multipart/form-data; boundary=b")
	f.Fuzz(func(t *testing.T, file, body, contentType string) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "r.yaml"), []byte(file), 0o600))
		rec, err := recorder.Start("r", recorder.WithMode(recorder.Replay), recorder.WithDir(dir))
		if err != nil {
			return
		}
		req := httptest.NewRequest(http.MethodPost, "/y?sign=s&a=b", strings.NewReader(body))
		req.Header.Set("Content-Type", contentType)
		resp, err := rec.RoundTrip(req)
		var missing *recorder.NotRecordedError
		if errors.As(err, &missing) {
			require.NotEmpty(t, missing.Error())
		}
		if err == nil {
			resp.Body.Close()
		}
	})
}

// FuzzMasking has a server answer anything around secrets and looks for them in the file.
func FuzzMasking(f *testing.F) {
	f.Add(`{"access_token":"`, `","x":[1,"`, `"]}`)
	f.Add(`refresh_token=`, `&x=`, ``)
	f.Add(`"`, `\u00`, `%`)
	f.Fuzz(func(t *testing.T, before, between, after string) {
		const access = "TTP_access/token+of=mine"
		dir := t.TempDir()
		answer := before + access + between + url.QueryEscape(access) + after
		rec, err := recorder.Start("r", recorder.WithMode(recorder.Record), recorder.WithDir(dir),
			recorder.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{},
					Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
			})))
		require.NoError(t, err)
		req := httptest.NewRequest(http.MethodPost, "/y", strings.NewReader(answer))
		req.Header.Set("X-Tts-Access-Token", access)
		_, err = rec.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, rec.Close())
		text := read(t, dir)
		require.NotContains(t, text, access)
		require.NotContains(t, text, url.QueryEscape(access))
		_, err = recorder.Start("r", recorder.WithMode(recorder.Replay), recorder.WithDir(dir))
		require.NoError(t, err)
	})
}
