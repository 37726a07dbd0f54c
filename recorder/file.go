package recorder

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
)

// recording is a file. It is go-vcr's cassette without what a replay does not need, so that changes
// can be read.
type recording struct {
	Version      int        `yaml:"version"`
	Interactions []exchange `yaml:"interactions"`
}

type exchange struct {
	ID      int `yaml:"id"`
	Request struct {
		Method  string      `yaml:"method"`
		URL     string      `yaml:"url"`
		Headers http.Header `yaml:"headers,omitempty"`
		Body    string      `yaml:"body,omitempty"`
	} `yaml:"request"`
	Response struct {
		Code    int         `yaml:"code"`
		Headers http.Header `yaml:"headers,omitempty"`
		Body    string      `yaml:"body"`
	} `yaml:"response"`
}

// inMemory hands one file to go-vcr's reader.
type inMemory []byte

func (f inMemory) ReadFile(string) ([]byte, error) { return f, nil }
func (f inMemory) IsFileExists(string) bool        { return true }
func (inMemory) WriteFile(string, []byte) error    { return errors.ErrUnsupported }

func readFile(data []byte) ([]*track, error) {
	c, err := cassette.LoadWithFS("", inMemory(data))
	if err != nil {
		return nil, err
	}
	tracks := make([]*track, 0, len(c.Interactions))
	for i, exchange := range c.Interactions {
		if exchange == nil {
			return nil, fmt.Errorf("exchange %d is empty", i)
		}
		if code := exchange.Response.Code; code < 100 || code > 999 {
			return nil, fmt.Errorf("exchange %d: the code of its answer is %d, want an HTTP status",
				i, code)
		}
		exchange.Request.Headers = canonical(exchange.Request.Headers)
		exchange.Response.Headers = canonical(exchange.Response.Headers)
		shape, err := shapeOf(&exchange.Request)
		if err != nil {
			return nil, fmt.Errorf("exchange %d: %w", i, err)
		}
		tracks = append(tracks, &track{Interaction: exchange, shape: shape})
	}
	return tracks, nil
}

// canonical lets people write the names of headers as they like.
func canonical(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, value := range values {
			out.Add(name, value)
		}
	}
	return out
}

// writeFile writes the exchanges that have an answer, without any secret that is known by now.
func writeFile(name string, tracks []*track, v *vault) error {
	all := recording{Version: cassette.CassetteFormatVersion, Interactions: []exchange{}}
	for _, t := range tracks {
		if t.Interaction == nil {
			continue
		}
		e := exchange{ID: len(all.Interactions)}
		e.Request.Method, e.Request.URL = t.Request.Method, v.sweepWhole(t.Request.URL)
		e.Request.Headers, e.Request.Body = sweepHeader(t.Request.Headers, v),
			v.sweepWhole(t.Request.Body)
		e.Response.Code = t.Response.Code
		e.Response.Headers, e.Response.Body = sweepHeader(t.Response.Headers, v),
			v.sweep(t.Response.Body)
		all.Interactions = append(all.Interactions, e)
	}
	if len(all.Interactions) == 0 {
		return errors.New("nothing was recorded")
	}
	data, err := yaml.Marshal(&all)
	if err != nil {
		return err
	}
	if v.holdsSecret(string(data)) {
		return errors.New("it would hold a secret")
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append([]byte("---\n"), data...))
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

func sweepHeader(h http.Header, v *vault) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, value := range values {
			out.Add(name, v.sweepWhole(value))
		}
	}
	return out
}

// holdsSecret looks for secrets as they are.
func (v *vault) holdsSecret(text string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range v.secrets {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
