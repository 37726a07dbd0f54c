package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// justified is a survivor that somebody has looked at, with the reason why no test kills it.
type justified struct {
	Key
	Reason string `json:"reason"`
}

// baseline is a file of justified survivors.
type baseline struct {
	name    string
	entries []justified
}

// readBaseline reads a baseline file; one that does not exist is empty.
func readBaseline(name string) (*baseline, error) {
	b := &baseline{name: name}
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b.entries); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// comparison is how results differ from a baseline.
type comparison struct {
	justified  []*result
	unexpected []*result   // survivors that the baseline does not know
	unreasoned []justified // in the baseline, without a reason
	stale      []justified // in the baseline, but killed or gone
}

func (c *comparison) failed() bool { return len(c.unexpected)+len(c.unreasoned) > 0 }

// compare compares results with what the baseline says of their files. complete says that no mutant
// of the files was left out, so that what is missing is gone.
func (b *baseline) compare(results []*result, complete bool) *comparison {
	c := &comparison{}
	files := make(map[string]bool)
	survivors := make(map[Key]bool)
	tried := make(map[Key]bool)
	for _, r := range results {
		files[r.File] = true
		tried[r.Key] = true
		if r.Status != Survived && r.Status != Uncovered {
			continue
		}
		survivors[r.Key] = true
		if slices.ContainsFunc(b.entries, func(j justified) bool { return j.Key == r.Key }) {
			c.justified = append(c.justified, r)
		} else {
			c.unexpected = append(c.unexpected, r)
		}
	}
	for _, j := range b.entries {
		switch {
		case !files[j.File] || !complete && !tried[j.Key]:
		case !survivors[j.Key]:
			c.stale = append(c.stale, j)
		case strings.TrimSpace(j.Reason) == "":
			c.unreasoned = append(c.unreasoned, j)
		}
	}
	return c
}

// update adds the unexpected survivors, for somebody to write the reasons, drops what is stale, and
// writes the file.
func (b *baseline) update(c *comparison) error {
	b.entries = slices.DeleteFunc(b.entries,
		func(j justified) bool { return slices.Contains(c.stale, j) })
	for _, r := range c.unexpected {
		b.entries = append(b.entries, justified{Key: r.Key})
	}
	slices.SortStableFunc(b.entries,
		func(x, y justified) int { return strings.Compare(x.File, y.File) })
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "\t")
	if err := encoder.Encode(b.entries); err != nil {
		return err
	}
	return os.WriteFile(b.name, out.Bytes(), 0o644)
}
