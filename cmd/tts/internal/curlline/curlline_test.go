package curlline

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "body.json")
	require.NoError(t, os.WriteFile(file, []byte("{\n\"a\":1}\n"), 0o600))
	const u = "https://h/p?a=1&b=2"
	for _, c := range []struct{ name, line, method, body string }{
		{"get", `curl '` + u + `'`, "GET", ""},
		{"data makes it a POST", `curl "` + u + `" -d '{"a":1}'`, "POST", `{"a":1}`},
		{"lines that go on",
			"curl -X PUT \\\n  '" + u +
				"' \\\n  -H 'content-type: application/json' \\\n  --data-raw '{\"a\":\"it'\\''s\"}'", "PUT", `{"a":"it's"}`},
		{"as a browser copies it", `curl '` + u + `' --data-raw $'{"a":"it\'s"}' --compressed -s`,
			"POST", `{"a":"it's"}`},
		{"file, line ends dropped", "curl '" + u + "' -d @" + file, "POST", `{"a":1}`},
		{"file as it is", "curl '" + u + "' --data-binary @" + file, "POST", "{\n\"a\":1}\n"},
		{"several", `curl '` + u + `' -d a=1 --data-urlencode 'b=x y'`, "POST", "a=1&b=x+y"},
		{"method stuck to its flag", `curl -XDELETE -sS -o /dev/null -m 10 '` + u + `'`, "DELETE",
			""},
		{"json", `curl --json '{}' --url '` + u + `'`, "POST", "{}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := Parse(c.line)
			require.NoError(t, err)
			assert.Equal(t, c.method, r.Method)
			assert.Equal(t, u, r.URL)
			assert.Equal(t, c.body, string(r.Body))
		})
	}
	r, err := Parse(`curl -G '` + u + `' -d c=3 -H "x-tts-access-token: $TOKEN"`)
	require.NoError(t, err)
	assert.Equal(t, u+"&c=3", r.URL)
	assert.Equal(t, http.Header{"X-Tts-Access-Token": {"$TOKEN"}}, r.Header)
	r, err = Parse(`curl '` + u + `' -F data=@x.jpg`)
	require.NoError(t, err)
	assert.True(t, r.Form)
	for _, bad := range []string{"", "wget x", "curl", "curl a b", "curl 'a", `curl a -H nocolon`,
		"curl a -d @/no/such/file", "curl $(rm x)"} {
		_, err := Parse(bad)
		require.Error(t, err, bad)
	}
}
