package signcheck

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	secret = "fake-app-secret-e59af819cc"
	host   = "https://open-api.tiktokglobalshop.com"
	search = "/order/202309/orders/search"
)

var now = time.Unix(1795629475, 0)

// hash is HMAC-SHA256 as a program in any language has it.
func hash(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// wrapped signs a text as the platform wants it.
func wrapped(key, text string) string { return hash(key, key+text+key) }

// TestBrokenRequests has requests that programs get wrong, signed here by other means than the
// check's own.
func TestBrokenRequests(t *testing.T) {
	t.Parallel()
	ts := strconv.FormatInt(now.Unix(), 10)
	body := `{"order_status":"UNPAID"}`
	sorted := "app_key29a39dpage_size5shop_cipherROW_abctimestamp" + ts
	query := "app_key=29a39d&page_size=5&shop_cipher=ROW_abc&timestamp=" + ts
	post := func(query, body string) Request {
		return Request{Method: "POST", URL: host + search + "?" + query,
			ContentType: "application/json", Body: []byte(body)}
	}
	for _, c := range []struct {
		name string
		r    Request
		sign string
		want []string // causes
	}{
		{"in order", post(query, body), wrapped(secret, search+sorted+body), nil},
		{"wrong order",
			post("timestamp="+ts+"&app_key=29a39d&shop_cipher=ROW_abc&page_size=5", body),
			wrapped(secret, search+"timestamp"+ts+"app_key29a39dshop_cipherROW_abcpage_size5"+body),
			[]string{"order of the parameters"}},
		{"{} sent and not signed", post(query, "{}"), wrapped(secret, search+sorted),
			[]string{"empty body not signed"}},
		{"{} signed and not sent", post(query, ""), wrapped(secret, search+sorted+"{}"),
			[]string{"body signed and not sent"}},
		{"+ for a space",
			post("app_key=29a39d&page_size=5&page_token=a+b/c=&shop_cipher=ROW_abc&timestamp="+ts,
				body),
			wrapped(secret,
				search+"app_key29a39dpage_size5page_tokena+b/c=shop_cipherROW_abctimestamp"+ts+
					body), []string{"plus sign for a space"}},
		{"encoded values signed",
			post("app_key=29a39d&page_size=5&page_token=a%2Bb%3D&shop_cipher=ROW_abc&timestamp="+ts,
				body),
			wrapped(secret,
				search+"app_key29a39dpage_size5page_tokena%2Bb%3Dshop_cipherROW_abctimestamp"+ts+
					body), []string{"encoded query signed"}},
		{"re-encoded query",
			post("app_key=29a39d&page_size=5&page_token=a%252Bb%253D&shop_cipher=ROW_abc&timestamp="+ts, body),
			wrapped(secret,
				search+"app_key29a39dpage_size5page_tokena+b=shop_cipherROW_abctimestamp"+ts+
					body), []string{"query encoded twice"}},
		{"slow clock",
			post(strings.Replace(query, ts, strconv.FormatInt(now.Add(-20*time.Minute).Unix(), 10),
				1), body),
			wrapped(secret, search+strings.Replace(sorted, ts,
				strconv.FormatInt(now.Add(-20*time.Minute).Unix(), 10),
				1)+body), []string{"clock"}},
		{"fast clock",
			post(strings.Replace(query, ts, strconv.FormatInt(now.Add(time.Minute).Unix(), 10), 1),
				body),
			wrapped(secret, search+strings.Replace(sorted, ts,
				strconv.FormatInt(now.Add(time.Minute).Unix(), 10), 1)+body), []string{"clock"}},
		{"milliseconds", post(query+"000", body), wrapped(secret, search+sorted+"000"+body),
			[]string{"timestamp in milliseconds"}},
		{"timestamp made anew", post(query, body),
			wrapped(secret, search+strings.Replace(sorted, ts, strconv.FormatInt(now.Unix()-2, 10),
				1)+body), []string{"another timestamp signed"}},
		{"line end in the secret", post(query, body), wrapped(secret+"\n", search+sorted+body),
			[]string{"line end in the secret"}},
		{"quotes in the secret", post(query, body), wrapped(`"`+secret+`"`, search+sorted+body),
			[]string{"quotes in the secret"}},
		{"cipher added after signing", post(query, body),
			wrapped(secret, search+"app_key29a39dpage_size5timestamp"+ts+body),
			[]string{"cipher added after signing"}},
		{"missing body", post(query, body), wrapped(secret, search+sorted),
			[]string{"body not signed"}},
		{"access token signed", post("access_token=tok&"+query, body),
			wrapped(secret, search+"access_tokentok"+sorted+body),
			[]string{"access token signed", "access token in the query"}},
		{"wrong secret", post(query, body), wrapped("another-secret", search+sorted+body),
			[]string{"wrong secret"}},
		{"body encoded again", post(query, `{"b": 1, "a": "ü<"}`),
			wrapped(secret, search+sorted+`{"a":"ü\u003c","b":1}`), []string{"body encoded again"}},
		{"a line end behind the body", post(query, body), wrapped(secret, search+sorted+body+"\n"),
			[]string{"line end behind the body"}},
		{"not wrapped", post(query, body), hash(secret, search+sorted+body),
			[]string{"secret not around the text"}},
		{"capital letters", post(query, body), strings.ToUpper(wrapped(secret, search+sorted+body)),
			[]string{"capital letters"}},
		{"key=value", post(query, body), wrapped(secret, search+query+body),
			[]string{"separators signed"}},
		{"host signed", post(query, body), wrapped(secret, host+search+sorted+body),
			[]string{"host signed"}},
		{"two things at once", post(query, body), wrapped(secret+"\n", search+sorted),
			[]string{"line end in the secret", "body not signed"}},
		{"no signature", post(query, body), "", []string{"no signature"}},
		{"cut off", post(query, body), "abc", []string{"no SHA-256"}},
		{"cipher missing", post("app_key=29a39d&page_size=5&timestamp="+ts, body),
			wrapped(secret, search+"app_key29a39dpage_size5timestamp"+ts+body),
			[]string{"cipher missing"}},
		{"cipher where none belongs",
			Request{Method: "GET", URL: host + "/authorization/202309/shops?" + query},
			wrapped(secret, "/authorization/202309/shops"+sorted),
			[]string{"cipher where none belongs"}},
		{"form signed",
			Request{Method: "POST", URL: host +
				"/product/202309/images/upload?app_key=29a39d&timestamp=" + ts,
				ContentType: "multipart/form-data; boundary=x", Body: []byte("--x")},
			wrapped(secret, "/product/202309/images/uploadapp_key29a39dtimestamp"+ts+"--x"),
			[]string{"form signed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.sign != "" {
				c.r.URL += "&sign=" + url.QueryEscape(c.sign)
			}
			report, err := Check(c.r, secret, now)
			require.NoError(t, err)
			var got []string
			for _, f := range report.Findings {
				got = append(got, f.Cause)
				assert.NotContains(t, f.Detail, secret)
			}
			assert.Equal(t, c.want, got)
			assert.NotContains(t, report.StringToSign, secret)
		})
	}
}

func TestSecretGivenHere(t *testing.T) {
	t.Parallel()
	r := Request{Method: "GET", URL: host +
		"/authorization/202309/shops?app_key=29a39d&timestamp=1795629475&sign=" +
		wrapped(secret, "/authorization/202309/shopsapp_key29a39dtimestamp1795629475")}
	report, err := Check(r, secret+"\n", now)
	require.NoError(t, err)
	assert.True(t, report.Right)
	require.Len(t, report.Findings, 1)
	assert.Equal(t, "white space in the secret", report.Findings[0].Cause)

	r.AppKey = "other"
	report, err = Check(r, secret, now)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	assert.Equal(t, "app_key of another app", report.Findings[0].Cause)

	for _, bad := range []Request{{URL: "order/x"}, {URL: ":"}, {URL: host + "/x?a=%zz"}} {
		_, err = Check(bad, secret, now)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "%zz", "a query may hold a token")
	}
	_, err = Check(r, " ", now)
	require.Error(t, err)
}

func BenchmarkUnexplained(b *testing.B) {
	r := Request{Method: "POST", URL: host + search +
		"?app_key=29a39d&page_size=5&shop_cipher=ROW_abc&timestamp=1795629475&sign=" +
		wrapped("x", "y"), Body: []byte(`{"a":[1,2],"b":"ü"}`)}
	for b.Loop() {
		if _, err := Check(r, secret, now); err != nil {
			b.Fatal(err)
		}
	}
}
