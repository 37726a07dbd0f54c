package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// report is the outcome of one target.
type report struct {
	Package string        `json:"package"`
	Took    float64       `json:"took_seconds"`
	Files   []*fileReport `json:"files"`
	Total   *fileReport   `json:"total"`
	// Mutants are all that were tried.
	Mutants []mutantReport `json:"mutants"`

	comparison *comparison // nil without a baseline
}

// fileReport counts the mutants of a file.
type fileReport struct {
	File      string `json:"file"`
	Killed    int    `json:"killed"`
	TimedOut  int    `json:"timeout"`
	Survived  int    `json:"survived"`
	Uncovered int    `json:"uncovered"`
	// Skipped are mutants that do not compile; they are in no sum.
	Skipped int `json:"skipped"`
	// Score is the percentage of mutants that were killed or timed out.
	Score float64 `json:"score"`
}

type mutantReport struct {
	Key
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Status Status `json:"status"`
	By     string `json:"by,omitempty"`
}

func newReport(pkg string, results []*result, skipped []*mutant, took time.Duration) *report {
	r := &report{Package: pkg, Took: took.Seconds(), Total: &fileReport{File: "total"}}
	file := func(name string) []*fileReport {
		i := slices.IndexFunc(r.Files, func(f *fileReport) bool { return f.File == name })
		if i < 0 {
			i = len(r.Files)
			r.Files = append(r.Files, &fileReport{File: name})
		}
		return []*fileReport{r.Files[i], r.Total}
	}
	for _, res := range results {
		for _, f := range file(res.File) {
			switch res.Status {
			case Killed:
				f.Killed++
			case TimedOut:
				f.TimedOut++
			case Survived:
				f.Survived++
			case Uncovered:
				f.Uncovered++
			}
		}
		r.Mutants = append(r.Mutants, mutantReport{
			Key: res.Key, Line: res.line, Column: res.column, Status: res.Status, By: res.By,
		})
	}
	for _, m := range skipped {
		for _, f := range file(m.File) {
			f.Skipped++
		}
	}
	for _, f := range append(slices.Clone(r.Files), r.Total) {
		if all := f.Killed + f.TimedOut + f.Survived + f.Uncovered; all > 0 {
			f.Score = 100 * float64(f.Killed+f.TimedOut) / float64(all)
		}
	}
	return r
}

// text writes the report for people.
func (r *report) text(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "file\tscore\tkilled\ttimeout\tsurvived\tuncovered\tdo not compile")
	for _, f := range append(slices.Clone(r.Files), r.Total) {
		fmt.Fprintf(table, "%s\t%.1f %%\t%d\t%d\t%d\t%d\t%d\n",
			f.File, f.Score, f.Killed, f.TimedOut, f.Survived, f.Uncovered, f.Skipped)
	}
	_ = table.Flush()
	list := func(what string, of []*result) {
		if len(of) == 0 {
			return
		}
		fmt.Fprintf(out, "\n%s: %d\n", what, len(of))
		for _, res := range of {
			fmt.Fprintf(out, "%s:%d:%d %s: %s: %s: `%s`\n",
				res.File, res.line, res.column, res.Status, res.Function, res.Operator, res.Source)
		}
	}
	if r.comparison == nil {
		var alive []*result
		for _, m := range r.Mutants {
			if m.Status == Survived || m.Status == Uncovered {
				alive = append(alive,
					&result{mutant: &mutant{Key: m.Key, line: m.Line, column: m.Column},
						Status: m.Status})
			}
		}
		list("survivors", alive)
		return
	}
	c := r.comparison
	fmt.Fprintf(out, "\njustified survivors: %d\n", len(c.justified))
	list("survivors that nobody has justified", c.unexpected)
	for _, part := range []struct {
		what string
		of   []justified
	}{
		{"no reason is given for", c.unreasoned},
		{"no longer among the survivors, to be removed from the list", c.stale},
	} {
		if len(part.of) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s: %d\n", part.what, len(part.of))
		for _, j := range part.of {
			fmt.Fprintln(out, j.Key)
		}
	}
}
