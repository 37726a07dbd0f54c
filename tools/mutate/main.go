// Command mutate tells which mistakes the tests would not notice: it makes many small changes
// (mutants) to a copy of the code, one at a time, and looks whether a test fails. README.md says
// how to read and use it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// target is some files of a package and the packages whose tests are to notice.
type target struct {
	// Package is a folder, from the repository's root.
	Package string `json:"package"`
	// Files are names in it; none: all that are written by hand.
	Files []string `json:"files,omitempty"`
	// Tests are the packages whose tests run, by default Package alone.
	Tests []string `json:"tests,omitempty"`
	// Survivors is the file of justified survivors.
	Survivors string `json:"survivors,omitempty"`
}

type settings struct {
	root     string
	targets  []target
	update   bool
	list     bool
	match    *regexp.Regexp
	tests    *regexp.Regexp
	parallel int
	jsonFile string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	os.Exit(code)
}

// command runs the program and returns its exit code: 1 for survivors that the baseline does not
// justify, 2 if it could not run.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	s, err := parse(args, stderr)
	if err != nil {
		return 2, err
	}
	var all []*report
	for _, t := range s.targets {
		r, err := s.one(ctx, t, stdout, stderr)
		if err != nil {
			return 2, err
		}
		if r != nil {
			all = append(all, r)
		}
	}
	if s.list {
		return 0, nil
	}
	failed := false
	for _, r := range all {
		r.text(stdout)
		failed = failed || r.comparison != nil && r.comparison.failed()
	}
	if s.jsonFile != "" {
		content, err := json.MarshalIndent(all, "", "\t")
		if err != nil {
			return 2, err
		}
		if err := os.WriteFile(s.jsonFile, append(content, '\n'), 0o644); err != nil {
			return 2, err
		}
	}
	if failed && !s.update {
		return 1, nil
	}
	return 0, nil
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.root, "root", "..", "the repository's root")
	targets := flags.String("targets", "",
		"a `file` of targets, with their files of justified survivors; -package and -files choose")
	pkg := flags.String("package", "",
		"the package to mutate, a folder from the root, such as ./webhook")
	files := flags.String("files", "",
		"the files to mutate, with commas between; by default all that are written by hand")
	tests := flags.String("tests", "",
		"the packages whose tests run, with commas between; by default the mutated one")
	base := flags.String("baseline", "",
		"a `file` of justified survivors: others make the exit code 1")
	flags.BoolVar(&s.update, "update", false,
		"write the baseline anew: new survivors without a reason, none that were killed")
	flags.BoolVar(&s.list, "list", false, "only list the mutants")
	match := flags.String("match", "", "only the mutants whose line in -list matches the `regexp`")
	run := flags.String("run", "", "only the tests whose names match the `regexp`")
	flags.IntVar(&s.parallel, "j", max(1, runtime.NumCPU()/2), "how many processes run at once")
	flags.StringVar(&s.jsonFile, "json", "", "write the results as JSON to this `file`")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if s.parallel < 1 {
		return nil, fmt.Errorf("-j is %d, must be positive", s.parallel)
	}
	for _, e := range []struct {
		text string
		to   **regexp.Regexp
	}{{*match, &s.match}, {*run, &s.tests}} {
		if e.text == "" {
			continue
		}
		re, err := regexp.Compile(e.text)
		if err != nil {
			return nil, err
		}
		*e.to = re
	}
	switch {
	case *targets != "":
		if err := s.readTargets(*targets, *pkg, split(*files)); err != nil {
			return nil, err
		}
	case *pkg == "":
		return nil, fmt.Errorf("give -package or -targets")
	default:
		s.targets = []target{{Package: *pkg, Files: split(*files)}}
	}
	for i := range s.targets {
		t := &s.targets[i]
		if *tests != "" {
			t.Tests = split(*tests)
		}
		if len(t.Tests) == 0 {
			t.Tests = []string{t.Package}
		}
		if *base != "" {
			t.Survivors = *base
		}
	}
	return s, nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// readTargets takes the targets of a package, or all, and of each only some files, or all.
func (s *settings) readTargets(name, pkg string, files []string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var all []target
	if err := json.Unmarshal(content, &all); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, t := range all {
		if pkg != "" && filepath.Clean(t.Package) != filepath.Clean(pkg) {
			continue
		}
		if len(files) > 0 {
			t.Files = slices.DeleteFunc(t.Files,
				func(f string) bool { return !slices.Contains(files, f) })
			if len(t.Files) == 0 {
				continue
			}
		}
		if t.Survivors != "" {
			t.Survivors = filepath.Join(filepath.Dir(name), filepath.FromSlash(t.Survivors))
		}
		s.targets = append(s.targets, t)
	}
	if len(s.targets) == 0 {
		return fmt.Errorf("%s has no such target", name)
	}
	return nil
}

func (s *settings) wanted(m *mutant) bool {
	return s.match == nil || s.match.MatchString(m.String())
}

// one tries the mutants of a target.
func (s *settings) one(
	ctx context.Context, t target, stdout, stderr io.Writer,
) (_ *report, err error) {
	start := time.Now()
	w, err := newWork(s.root)
	if err != nil {
		return nil, err
	}
	defer func() {
		if removed := w.remove(); err == nil {
			err = removed
		}
	}()
	if err := w.add(ctx, "./"+filepath.ToSlash(filepath.Clean(t.Package)), t.Files); err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%s: %d mutants\n", t.Package, len(w.mutants))
	if s.list {
		for _, m := range w.mutants {
			if s.wanted(m) {
				fmt.Fprintf(stdout, "%s:%d:%d %s\n", m.File, m.line, m.column, m.Key)
			}
		}
		return nil, nil
	}
	if err := w.generate(ctx); err != nil {
		return nil, err
	}
	r := &runner{w: w, tests: s.tests, parallel: s.parallel, progress: stderr}
	if err := r.measure(ctx, t.Tests); err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%s: %d tests measured after %v\n",
		t.Package, r.total, time.Since(start).Round(time.Second))
	mutants := slices.DeleteFunc(slices.Clone(w.mutants),
		func(m *mutant) bool { return !s.wanted(m) })
	results, err := r.all(ctx, mutants)
	if err != nil {
		return nil, err
	}
	rep := newReport(t.Package, results, w.skipped, time.Since(start))
	if t.Survivors != "" {
		b, err := readBaseline(t.Survivors)
		if err != nil {
			return nil, err
		}
		rep.comparison = b.compare(results, s.match == nil && s.tests == nil)
		if s.update {
			if err := b.update(rep.comparison); err != nil {
				return nil, err
			}
		}
	}
	return rep, nil
}
