package recorder_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/recorder"
)

// forms are the ways in which a secret can stand in a file.
func forms(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)), strings.ReplaceAll(secret, "/", `\/`)}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		all = append(all, text[(before*4+2)/3+1:len(text)-2])
	}
	return all
}

func assertHides(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		require.GreaterOrEqual(t, len(secret), 6)
		for _, form := range forms(secret) {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%q of %q in ...%s", form, secret,
					text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
}

// echo answers with everything it was sent, in every form a server could think of.
func echo(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("X-Tts-Access-Token")
	w.Header().Set("Set-Cookie", "session="+token)
	w.Header().Set("X-Tt-Logid", token)
	w.Header().Set("Location", "https://example.com/x?sign="+r.URL.Query().Get("sign")+
		"&access_token="+url.QueryEscape(token))
	fmt.Fprintf(w,
		`{"code":0,"message":"access_token=%s and %s, %x","data":{"access_token":%q,"nested":"{\"refresh_token\":\"rt-of-the-account\"}",`+
			`"doc_url":"https://files.example.com/label.pdf?x=1&X-Amz-Signature=signed-by-the-store&sign=%s","ids":[7362840009596339923,1.50,true,null],`+
			`"cipher":{"deep":["cipher-in-a-list",7]},"b64":%q,"query":%q}}`,
		token, url.QueryEscape(token), token, token, r.URL.Query().Get("sign"),
		base64.StdEncoding.EncodeToString([]byte("x "+token)), r.URL.RawQuery)
}

func TestNoSecretReachesTheDisk(t *testing.T) {
	t.Parallel()
	const secretApp, access = "app/secret+of=mine", "TTP_access/token+of=mine"
	for name, handler := range map[string]http.HandlerFunc{
		"echo": echo,
		"html": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<html>%s refresh_token=rt-of-the-account; %q signed-by-the-store",
				url.QueryEscape(r.Header.Get("X-Tts-Access-Token")), "x")
			fmt.Fprintf(w, " what is %s?", r.URL.Query().Get("sign"))
			fmt.Fprintf(w,
				` <a href="https://x.example.com/?X-Amz-Signature=signed-by-the-store">%s</a>`,
				r.URL.RawQuery)
		},
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w,
				`{"data":{"refresh_token": "rt-of-the-account", "app_secret":"`+secretApp)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sign string
			srv := httptest.NewServer(http.HandlerFunc(func(
				w http.ResponseWriter, r *http.Request,
			) {
				sign = r.URL.Query().Get("sign")
				handler(w, r)
			}))
			t.Cleanup(srv.Close)
			dir := t.TempDir()
			rec, err := recorder.Start("r", recorder.WithMode(recorder.Record),
				recorder.WithDir(dir), recorder.WithSecrets(secretApp))
			require.NoError(t, err)
			client, err := tiktokshop.NewClient("the-app-key", secretApp,
				tiktokshop.WithBaseURL(srv.URL), rec.Option(),
				tiktokshop.WithoutRetry(), tiktokshop.WithAccessToken(access),
				tiktokshop.WithShopCipher("cipher/of+mine=="))
			require.NoError(t, err)
			_, _ = tiktokshop.Do[any](t.Context(), client, &tiktokshop.Operation{
				Name: "x.Y", Method: http.MethodPost, Path: "/x/202309/y",
				Identifier: tiktokshop.ShopCipher,
			}, tiktokshop.Params{Body: map[string]any{"note": "app_secret: " + secretApp,
				"again": access, "id": 7362840009596339923}})
			require.NoError(t, rec.Close())
			text := read(t, dir)
			require.Len(t, sign, 64)
			assertHides(t, text, secretApp, access, sign, "cipher/of+mine==", "rt-of-the-account",
				"cipher-in-a-list", "the-app-key", "session")
			if name == "echo" {
				assertHides(t, text, "signed-by-the-store")
				assert.Contains(t, text, "7362840009596339923,\n", "digits stay")
				assert.Contains(t, text, "1.50,\n")
			}
		})
	}
}

func TestMaskedIgnoredAndRedacted(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Extra", "kept")
		_, _ = io.WriteString(w,
			`{"code":0,"data":{"recipient_address":{"name":"Jane Roe","zip":12345},"note":"call 555-0199","total":"12.00"}}`)
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	opts := []recorder.Option{
		recorder.WithDir(dir), recorder.WithMaskedFields(recorder.PersonalFields()...),
		recorder.WithIgnoredFields("create_time_ge"),
		recorder.WithHeaders("x-extra"),
		recorder.WithRedaction(func(name, value string) string {
			if name == "note" || name == "total" {
				return "REDACTED " + name
			}
			return value
		}),
	}
	call := func(mode recorder.Mode, body map[string]any) (map[string]any, error) {
		rec, err := recorder.Start("r", append(opts, recorder.WithMode(mode))...)
		require.NoError(t, err)
		client, err := tiktokshop.NewClient("k", "secret", rec.Option(),
			tiktokshop.WithBaseURL(srv.URL), tiktokshop.WithAccessToken("a-token"))
		require.NoError(t, err)
		resp, err := tiktokshop.Do[map[string]any](t.Context(), client,
			&tiktokshop.Operation{Name: "x.Y", Method: http.MethodPost, Path: "/x/202309/y"},
			tiktokshop.Params{Body: body})
		if err != nil {
			return nil, err
		}
		return resp.Data, rec.Close()
	}
	_, err := call(recorder.Record, map[string]any{"email": "jane@example.com", "create_time_ge": 1,
		"note": "one", "status": "A", "id": 7362840009596339923})
	require.NoError(t, err)
	text := read(t, dir)
	assertHides(t, text, "jane@example.com", "Jane Roe", "555-0199", "12.00\"", " 12345")
	assert.Contains(t, text, "kept")

	data, err := call(recorder.Replay, map[string]any{"email": "joe@example.com",
		"create_time_ge": 2, "note": "two", "status": "A", "id": 7362840009596339923})
	require.NoError(t, err)
	assert.Equal(t, "REDACTED total", data["total"])
	assert.Equal(t, map[string]any{"name": "masked-recipient-address-1", "zip": 0.0},
		data["recipient_address"])
	_, err = call(recorder.Replay, map[string]any{"email": "joe@example.com", "create_time_ge": 2,
		"status": "A", "id": 7362840009596339924})
	var other *recorder.NotRecordedError
	require.ErrorAs(t, err, &other)
	assert.Equal(t, []string{"body.id: recorded 7362840009596339923, sent 7362840009596339924",
		`body.note: recorded "REDACTED note", sent nothing`}, other.Differences)
	_, err = call(recorder.Replay, map[string]any{"create_time_ge": 2, "note": "two", "status": "B",
		"id": 7362840009596339923})
	var missing *recorder.NotRecordedError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, []string{"body.email: recorded one, sent nothing",
		`body.status: recorded "A", sent "B"`}, missing.Differences)
}
