package verify

import (
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

//go:embed searches.txt
var searchesText string

//go:embed unasked.txt
var unaskedText string

// lines are the lines of a list: a name, and what follows it.
func lines(text string) map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			name, rest, _ := strings.Cut(line, " ")
			all[name] = rest
		}
	}
	return all
}

var (
	searches = sync.OnceValue(func() map[string]string { return lines(searchesText) })
	unasked  = sync.OnceValue(func() map[string]string { return lines(unaskedText) })
)

// Refused says why an operation is not called, "" if it may be.
func Refused(e *catalog.Head) string {
	_, listed := searches()[e.Name]
	why, not := unasked()[e.Name]
	switch {
	case not:
		return why
	case e.Method == http.MethodGet, e.Method == http.MethodPost && listed:
		return ""
	}
	return "may change something"
}

// readOnly are the methods and path templates that a run may send, each step of a path as an
// element; a parameter is "".
type readOnly map[string][][]string

func newReadOnly() (readOnly, error) {
	allowed := make(readOnly)
	for e, err := range catalog.Heads() {
		if err != nil {
			return nil, err
		}
		if Refused(e) != "" {
			continue
		}
		steps := strings.Split(e.Template(), "/")
		for i, step := range steps {
			if strings.HasPrefix(step, "{") {
				steps[i] = ""
			}
		}
		allowed[e.Method] = append(allowed[e.Method], steps)
	}
	return allowed, nil
}

// check refuses a request that is none of the list, whoever made it.
func (r readOnly) check(method, path string) error {
	steps := strings.Split(path, "/")
	for _, template := range r[method] {
		if matches(template, steps) {
			return nil
		}
	}
	return fmt.Errorf("verify: %s %s is not in the list of what may be called: nothing was sent",
		method, path)
}

func matches(template, steps []string) bool {
	if len(template) != len(steps) {
		return false
	}
	for i, step := range template {
		if step != steps[i] && (step != "" || i == 0 || steps[i] == "") {
			return false
		}
	}
	return true
}
