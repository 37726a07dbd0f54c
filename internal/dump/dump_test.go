package dump

import (
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// writes notes each Write, and says that it failed.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return 0, errors.New("disk full")
}

func mask(s string) string { return strings.ReplaceAll(s, "secret", "[redacted]") }

func TestWrite(t *testing.T) {
	t.Parallel()
	get := Exchange{Title: "Get", Method: "GET", URL: "https://host/a?b=c"}
	with := func(change func(*Exchange)) Exchange {
		e := get
		change(&e)
		return e
	}
	const curl = "# Get\ncurl -X GET 'https://host/a?b=c'"
	for _, tt := range []struct {
		name string
		of   Exchange
		want string
	}{
		{"a request alone", get, curl + "\n\n"},
		{
			"headers in order, with each of their values",
			with(func(e *Exchange) {
				e.Header = http.Header{"X-Tts-B": {"1", "2"}, "Accept": {"*/*"}}
			}),
			curl + " \\\n  -H 'accept: */*' \\\n  -H 'x-tts-b: 1' \\\n  -H 'x-tts-b: 2'\n\n",
		},
		{
			"a body, quoted for a shell",
			with(func(e *Exchange) { e.Body = []byte(`{"a":"it's $HOME"}`) }),
			curl + " \\\n  --data-raw '{\"a\":\"it'\\''s $HOME\"}'\n\n",
		},
		{
			"a body that is streamed",
			with(func(e *Exchange) { e.Body, e.Streamed = []byte("x"), "a file" }),
			curl + " \\\n  --data-binary @- # a file, not shown\n\n",
		},
		{
			"an answer",
			with(func(e *Exchange) {
				e.Status, e.AnswerHeader, e.Answer = 200,
					http.Header{"B": {"2"}, "A": {"1", "line\nend"}}, []byte("{}\n")
			}),
			curl + "\n\nHTTP 200 OK\nA: 1\nA: line end\nB: 2\n\n{}\n\n\n",
		},
		{
			"an answer without a body",
			with(func(e *Exchange) { e.Status = 404 }),
			curl + "\n\nHTTP 404 Not Found\n\n",
		},
		{
			"an answer that is withheld",
			with(func(e *Exchange) {
				e.Status, e.Answer, e.Withheld = 200, []byte("x"), "not shown"
			}),
			curl + "\n\nHTTP 200 OK\n\n(not shown)\n\n",
		},
		{
			"no answer, whatever is left of one",
			with(func(e *Exchange) {
				e.Answer, e.AnswerHeader, e.Err = []byte("x"), http.Header{"A": {"1"}}, "it\nbroke"
			}),
			curl + "\n\n# error: it broke\n\n",
		},
		{
			"masked everywhere",
			Exchange{
				Title: "secret", Method: "POST", URL: "https://host/secret",
				Header: http.Header{"A": {"secret"}},
				Body:   []byte("secret"), Status: 200,
				AnswerHeader: http.Header{"B": {"secret"}, "Set-Cookie": {"id=1"}},
				Answer:       []byte("secret"),
			},
			"# [redacted]\ncurl -X POST 'https://host/[redacted]' \\\n  -H 'a: [redacted]' \\\n  --data-raw '[redacted]'\n" +
				"\nHTTP 200 OK\nB: [redacted]\nSet-Cookie: [redacted]\n\n[redacted]\n\n",
		},
		{
			"nothing that a terminal obeys",
			with(func(e *Exchange) {
				e.Body = []byte("tab\t, line\n, bell\a, escape\x1b[2J, delete\x7f, CSI \u009b2J, \u00a0é")
			}),
			curl + " \\\n  --data-raw 'tab\t, line\n, bell\ufffd, escape\ufffd[2J, delete\ufffd, CSI \ufffd2J, \u00a0é'\n\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got writes
			NewWriter(&got).Write(&tt.of, mask)
			assert.Equal(t, writes{tt.want}, got, "in one Write")
		})
	}
}

// alone notices whoever writes beside another.
type alone struct {
	inside, together atomic.Bool
	count            atomic.Int64
}

func (a *alone) Write(p []byte) (int, error) {
	if a.inside.Swap(true) {
		a.together.Store(true)
	}
	for range 100 { // let the others come
		runtime.Gosched()
	}
	a.inside.Store(false)
	a.count.Add(1)
	return len(p), nil
}

func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	var got alone
	w := NewWriter(&got)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { w.Write(&Exchange{Title: "Get", Method: "GET", URL: "u"}, mask) })
	}
	wg.Wait()
	assert.EqualValues(t, 20, got.count.Load())
	assert.False(t, got.together.Load(), "each has the writer for itself")
}
