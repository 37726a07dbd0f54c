// Package dump writes an exchange of HTTP for people: the request as a curl command, the answer as
// HTTP text. What it writes has passed the caller's mask.
package dump

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// Exchange is a request and what came of it.
type Exchange struct {
	// Title says what it is.
	Title string
	// Method and URL are the request's.
	Method, URL string
	// Header is the request's.
	Header http.Header
	// Body is the request's.
	Body []byte
	// Streamed stands for a body that is not in memory, such as "a file"; "" if there is none.
	Streamed string

	// Status is the answer's, 0 if none came.
	Status int
	// AnswerHeader and Answer are the answer's header and body.
	AnswerHeader http.Header
	Answer       []byte
	// Withheld tells why the answer's body is not shown, "" if it is.
	Withheld string
	// Err is the error that the exchange ended with, "" for none.
	Err string
}

// Writer writes exchanges, one at a time, each in one Write.
type Writer struct {
	mu sync.Mutex
	w  io.Writer
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes an exchange; mask masks all of it. What w says is not looked at: a call does not
// fail because nobody can read of it.
func (w *Writer) Write(e *Exchange, mask func(string) string) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", mask(e.Title))
	fmt.Fprintf(&b, "curl -X %s %s", e.Method, quote(mask(e.URL)))
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		for _, value := range e.Header[name] {
			fmt.Fprintf(&b, " \\\n  -H %s", quote(strings.ToLower(name)+": "+mask(value)))
		}
	}
	switch {
	case e.Streamed != "":
		fmt.Fprintf(&b, " \\\n  --data-binary @- # %s, not shown", e.Streamed)
	case len(e.Body) > 0:
		fmt.Fprintf(&b, " \\\n  --data-raw %s", quote(mask(string(e.Body))))
	}
	b.WriteByte('\n')
	if e.Status != 0 {
		fmt.Fprintf(&b, "\nHTTP %d %s\n", e.Status, http.StatusText(e.Status))
		for _, name := range slices.Sorted(maps.Keys(e.AnswerHeader)) {
			for _, value := range e.AnswerHeader[name] {
				if name == "Set-Cookie" {
					value = scrub.Redacted
				}
				fmt.Fprintf(&b, "%s: %s\n", name, oneLine(mask(value)))
			}
		}
		switch {
		case e.Withheld != "":
			fmt.Fprintf(&b, "\n(%s)\n", e.Withheld)
		case len(e.Answer) > 0:
			fmt.Fprintf(&b, "\n%s\n", printable(mask(string(e.Answer))))
		}
	}
	if e.Err != "" {
		fmt.Fprintf(&b, "\n# error: %s\n", oneLine(e.Err))
	}
	b.WriteByte('\n')
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = w.w.Write(b.Bytes())
}

// quote quotes a word for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(printable(s), "'", `'\''`) + "'" }

func oneLine(s string) string { return strings.ReplaceAll(printable(s), "\n", " ") }

// printable leaves out what would do something to a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}
