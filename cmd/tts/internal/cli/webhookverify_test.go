package cli

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// verified runs `tts webhook verify` and returns what it found, and what it said besides.
func verified(t *testing.T, stdin string, args ...string) (found verdict, said string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &App{In: strings.NewReader(stdin), Getenv: func(string) string { return "" },
		Now: time.Now}
	a.Out, a.Err = &out, &errs
	code = a.Run(t.Context(), append([]string{"--fake", "webhook", "verify", "--json"}, args...))
	if out.Len() > 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &found))
	}
	assert.NotContains(t, out.String()+errs.String(), tiktokshoptest.AppSecret)
	return found, errs.String(), code
}

func signatureOf(t *testing.T, body string) string {
	t.Helper()
	signer, err := webhook.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	return signer.Sign([]byte(body))
}

func gzipped(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(body))
	require.NoError(t, errors.Join(err, w.Close()))
	return b.String()
}

func deflated(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write([]byte(body))
	require.NoError(t, errors.Join(err, w.Close()))
	return b.String()
}

const (
	mark    = "\xef\xbb\xbf"
	compact = `{"type":1,"data":{"order_id":"1"}}`
	lines   = "{\n  \"type\": 1,\n  \"note\": \"a<b\"\n}"
)

// TestVerifyCaptured: a delivery that a tool or an editor has written is right, or what happened to
// it is told.
func TestVerifyCaptured(t *testing.T) {
	t.Parallel()
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	quoted, err := json.Marshal(compact)
	require.NoError(t, err)
	wide := func(s, mark string, order binary.AppendByteOrder) string {
		b := []byte(mark)
		for _, unit := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, unit)
		}
		return string(b)
	}
	// The signature stands in the text before it is turned into UTF-16.
	little := func(s string) string { return wide(s, "\xff\xfe", binary.LittleEndian) }
	big := func(s string) string { return wide(s, "\xfe\xff", binary.BigEndian) }
	bare := func(s string) string { return wide(s, "", binary.LittleEndian) }
	zipped := gzipped(t, compact)
	encoded := base64.StdEncoding.EncodeToString([]byte(compact))
	// Of each, %s is the signature of what was signed.
	const head = "POST /events HTTP/1.1\nHost: example.test\nAuthorization: %s\n"
	for _, c := range []struct {
		name, signed, captured string
		cause                  string // "" if it is right
		saved                  func(string) string
	}{
		{"as received", compact, crlf(head+"\n") + compact, "", nil},
		{"head with newlines", compact, head + "\n" + compact, "", nil},
		{"head with newlines, an empty line of CRLF within the body", "{\r\n\r\n}",
			head + "\n{\r\n\r\n}", "", nil},
		{"byte order mark before all", compact, mark + head + "\n" + compact, "", nil},
		{"empty lines before all", compact, "\r\n\n" + head + "\n" + compact, "", nil},
		{"HTTP/2, small letters", compact, "POST /events HTTP/2\nhost: e\nauthorization: %s\n\n" +
			compact, "", nil},
		{"HTTP/2, CRLF", compact, crlf("POST /events HTTP/2\nhost: e\nauthorization: %s\n\n") +
			compact, "", nil},
		{"length, and a newline of an editor", compact,
			head + "Content-Length: 34\n\n" + compact + "\n", "", nil},
		{"chunks", compact, crlf(head + "Transfer-Encoding: chunked\n\n22\n" + compact + "\n0\n\n"),
			"", nil},
		{"chunked, written without chunks", compact,
			head + "Transfer-Encoding: chunked\n\n" + compact, "", nil},
		{"signed with its newline", compact + "\n", head + "\n" + compact + "\n", "", nil},

		{"a newline of an editor", compact, head + "\n" + compact + "\n", "white space at its end",
			nil},
		{"a CRLF of an editor", compact, crlf(head+"\n") + compact + "\r\n",
			"white space at its end", nil},
		{"a lost newline", compact + "\n", head + "\n" + compact, "lost a newline", nil},
		{"CRLF for newlines", lines, crlf(head + "\n" + lines), "has CRLF for newlines", nil},
		{"CRLF for newlines, and one more", lines, crlf(head + "\n" + lines + "\n"),
			"and one more at its end", nil},
		{"CRLF for newlines, with the length from before", lines,
			crlf(head+"Content-Length: 34\n\n") + crlf(lines), "has CRLF for newlines", nil},
		{"newlines for CRLF", crlf(lines), head + "\n" + lines, "has newlines for CRLF", nil},
		{"byte order mark before the body", compact, head + "\n" + mark + compact,
			"begins with a byte order mark", nil},
		{"byte order mark, and a newline", compact, head + "\n" + mark + compact + "\n",
			"byte order mark, and then the body at hand has white space", nil},
		{"base64", compact, head + "\n" + encoded, "is base64", nil},
		{"base64 without padding, and a newline", compact,
			head + "\n" + strings.TrimRight(encoded, "=") + "\n", "is base64", nil},
		{"base64 in lines", compact, head + "\n" + encoded[:20] + "\r\n" + encoded[20:],
			"is base64", nil},
		{"JSON string", compact, head + "\n" + string(quoted), "is a JSON string", nil},
		{"other white space", compact, head + "\n" + strings.ReplaceAll(compact, ":", ": "),
			"other white space", nil},
		{"nothing signed", "", head + "\n" + compact, "no body at all", nil},
		{"another body", compact, head + "\n" + `{"type":2}`, "another body than this one", nil},

		{"UTF-16", compact, crlf(head+"\n") + compact,
			"is UTF-16, as editors and shells of Windows write; as UTF-8 it is the delivery",
			little},
		{"UTF-16, big end first", compact, head + "\n" + compact, "is UTF-16", big},
		{"UTF-16 without a mark", compact, head + "\n" + compact, "is UTF-16", bare},
		{"UTF-16, and CRLF for newlines", lines, crlf(head + "\n" + lines),
			"is UTF-16, as editors and shells of Windows write, and then the body at hand has CRLF",
			little},
		{"UTF-16, of another body", compact, head + "\n" + `{"type":2}`,
			"another body than this one", little},
		{"gzip", compact, head + "Content-Encoding: gzip\n\n" + zipped, "is compressed (gzip)",
			nil},
		{"gzip, with the newline of an editor within", compact,
			head + "\n" + gzipped(t, compact+"\n"),
			"is compressed (gzip), which a proxy in front has done, and then the body at hand has white space", nil},
		{"gzip, signed as such", zipped, head + "\n" + zipped, "", nil},
		{"gzip of another body", `{"type":2}`, head + "\n" + zipped,
			"is compressed (gzip), and neither it nor what is in it", nil},
		{"gzip that was saved as text", compact,
			head + "\n" + strings.ToValidUTF8(zipped, "\ufffd"),
			"or saving it as text has damaged it", nil},
		{"deflate", compact, head + "\n" + deflated(t, compact), "is compressed (deflate)", nil},
	} {
		captured := strings.Replace(c.captured, "%s", signatureOf(t, c.signed), 1)
		if c.saved != nil {
			captured = c.saved(captured)
		}
		found, said, code := verified(t, captured)
		assert.Equal(t, c.cause == "", found.Valid, "%s: %s%s", c.name, found.Cause, said)
		assert.Contains(t, found.Cause, c.cause, c.name)
		assert.Equal(t, c.cause == "", code == 0, c.name)
	}
}

// TestVerifyUnreadable: what is no delivery is told by what it lacks.
func TestVerifyUnreadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, captured, want string }{
		{"nothing", "", "no empty line"},
		{"body alone", compact, "no empty line"},
		{"headers alone", "POST / HTTP/1.1\nAuthorization: 1\n", "no empty line"},
		{"no request line", "Host: e\nAuthorization: 1\n\n" + compact,
			"begins with a line such as POST"},
		{"cut off", fmt.Sprintf("POST / HTTP/1.1\nContent-Length: 40\n\n%s", compact),
			"34 bytes of 40"},
	} {
		_, said, code := verified(t, c.captured)
		assert.Contains(t, said, c.want, c.name)
		assert.Equal(t, 2, code, c.name)
	}
}

// TestVerifyTwoFiles: the headers' lines may end in any way, and begin with a byte order mark.
func TestVerifyTwoFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, headers, body, cause string }{
		{"newlines", "Host: e\nauthorization: %s\n", compact, ""},
		{"CRLF", "Host: e\r\nAuthorization: %s\r\n", compact, ""},
		{"byte order mark", mark + "Authorization: %s", compact, ""},
		{"a newline of an editor", "Authorization: %s", compact + "\n", "white space at its end"},
		{"base64", "Authorization: %s", base64.StdEncoding.EncodeToString([]byte(compact)),
			"is base64"},
		{"no header", "Host: e\n", compact, "no Authorization header"},
		{"body in UTF-16", "Authorization: %s",
			"\xff\xfe" + strings.Join(strings.Split(compact, ""), "\x00") + "\x00", "is UTF-16"},
		{"gzip", "Authorization: %s", gzipped(t, compact), "is compressed (gzip)"},
	} {
		dir := t.TempDir()
		body, headers := filepath.Join(dir, "body"), filepath.Join(dir, "headers")
		require.NoError(t, os.WriteFile(body, []byte(c.body), 0o600))
		content := strings.Replace(c.headers, "%s", signatureOf(t, compact), 1)
		require.NoError(t, os.WriteFile(headers, []byte(content), 0o600))
		found, _, code := verified(t, "", "--body", body, "--headers", headers)
		assert.Equal(t, c.cause == "", found.Valid, "%s: %s", c.name, found.Cause)
		assert.Contains(t, found.Cause, c.cause, c.name)
		assert.Equal(t, c.cause == "", code == 0, c.name)
	}
}
