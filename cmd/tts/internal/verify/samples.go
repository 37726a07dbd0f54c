package verify

import (
	"os"
	"path/filepath"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// Samples writes samples into a folder: of each operation the one that has the most.
type Samples struct {
	dir      string
	scrubber *Scrubber
	written  map[string]int // places that have a value, by operation
}

// NewSamples makes the folder.
func NewSamples(dir string) (*Samples, error) {
	s, err := NewScrubber()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Samples{dir: dir, scrubber: s, written: make(map[string]int)}, nil
}

// Count is how many were written.
func (s *Samples) Count() int { return len(s.written) }

// Add writes an answer, unless the operation has a sample that shows as much. Answers that hold
// secrets are left out.
func (s *Samples) Add(e *catalog.Entry, envelope []byte) error {
	if e.Secret {
		return nil
	}
	value, err := catalog.Decode(envelope)
	if err != nil {
		return err
	}
	places := make(map[string]bool)
	filled("", value, places)
	if len(places) <= s.written[e.Name] {
		return nil
	}
	clean, err := s.scrubber.Scrub(e, envelope)
	if err != nil {
		return err
	}
	s.written[e.Name] = len(places)
	return os.WriteFile(filepath.Join(s.dir, e.Name+".json"), append(clean, '\n'), 0o644)
}

// filled finds the places that have a value.
func filled(place string, value any, into map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			filled(place+"."+name, inner, into)
		}
	case []any:
		for _, inner := range v {
			filled(place+"[]", inner, into)
		}
	case nil:
	default:
		into[place] = true
	}
}
