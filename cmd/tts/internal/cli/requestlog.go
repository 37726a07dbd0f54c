package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// loggedRequest is a line of a request log. It has no query, which may hold a token, and no header.
type loggedRequest struct {
	Time    time.Time `json:"time"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Status  int       `json:"status"` // 0 if the connection was broken
	Code    int       `json:"code"`
	Message string    `json:"message,omitzero"`
	Millis  float64   `json:"ms"`
}

// logged tells of each request on stderr when it was answered.
func (a *App) logged(next http.Handler) http.Handler {
	lines := make(chan struct{}, 1) // one line at a time
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &answerWatcher{ResponseWriter: w}
		broken := true
		defer func() { // a broken connection is a panic, which goes on
			line := loggedRequest{
				Time: a.Now(), Method: r.Method, Path: r.URL.Path, Status: seen.status,
				Millis: float64(time.Since(start).Microseconds()) / 1000,
			}
			line.Code, line.Message = seen.envelope()
			if broken {
				line.Status, line.Message = 0, "connection broken"
			}
			lines <- struct{}{}
			a.logRequest(&line)
			<-lines
		}()
		next.ServeHTTP(seen, r)
		broken = false
	})
}

func (a *App) logRequest(l *loggedRequest) {
	if a.JSON {
		e := json.NewEncoder(a.Err)
		e.SetEscapeHTML(false)
		_ = e.Encode(l) // there is nowhere else to tell
		return
	}
	text := fmt.Sprintf("%s %-6s %s %d", l.Time.Format(time.TimeOnly), l.Method, printable(l.Path),
		l.Status)
	if l.Code != 0 || l.Message != "" {
		text += fmt.Sprintf(" %d %s", l.Code, printable(l.Message))
	}
	a.Note("%s (%.1f ms)", text, l.Millis)
}

// printable keeps a text from outside in its line, and a terminal from obeying it.
func printable(s string) string {
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// answerWatcher notes the status and the start of an answer.
type answerWatcher struct {
	http.ResponseWriter
	status int
	start  bytes.Buffer
	tail   []byte
}

const watched = 4096

func (w *answerWatcher) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWatcher) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.start.Write(p[:min(len(p), watched-w.start.Len())])
	w.tail = append(w.tail, p[max(0, len(p)-watched):]...)
	w.tail = w.tail[max(0, len(w.tail)-watched):]
	return w.ResponseWriter.Write(p)
}

// Unwrap lets an http.ResponseController reach what is below.
func (w *answerWatcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what there is, as the answers that stall in the middle do.
func (w *answerWatcher) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// The envelope has its fields in the order of the alphabet: the code first, the message behind the
// data.
var (
	envelopeCode    = regexp.MustCompile(`^\{"code":(\d+)`)
	envelopeMessage = regexp.MustCompile(`"message":("(?:[^"\\]|\\.)*"),"request_id":"[^"]*"\}\s*$`)
)

// envelope is the code of the answer and, if that is not 0, its message.
func (w *answerWatcher) envelope() (code int, message string) {
	match := envelopeCode.FindSubmatch(w.start.Bytes())
	if match == nil {
		return 0, ""
	}
	code, _ = strconv.Atoi(string(match[1]))
	if match = envelopeMessage.FindSubmatch(w.tail); code != 0 && match != nil {
		_ = json.Unmarshal(match[1], &message)
	}
	return code, message
}
