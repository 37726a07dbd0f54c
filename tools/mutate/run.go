package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Status is what became of a mutant.
type Status string

const (
	// Killed: a test failed.
	Killed Status = "killed"
	// TimedOut: the tests went on far longer than they do without it, or took too much memory. It
	// counts as killed.
	TimedOut Status = "timeout"
	// Survived: all tests that reach it passed.
	Survived Status = "survived"
	// Uncovered: no test reaches it.
	Uncovered Status = "uncovered"
)

// Bounds of a process under test.
const (
	timeFloor  = 4 * time.Second // and, on top,
	timeFactor = 10              // times what the same tests took without a mutant
	maxMemory  = 2 << 30
	maxOutput  = 1 << 20
)

// suite is the tests of one package.
type suite struct {
	pkg, binary, dir string
}

// test is one top-level test, example or fuzz target with its seeds.
type test struct {
	*suite
	name string
	took time.Duration
}

// runner runs tests against mutants.
type runner struct {
	w        *work
	tests    *regexp.Regexp // those to use; nil: all
	parallel int
	progress io.Writer

	reached map[int][]*test // by the mutant's id
	total   int             // tests

	mu      sync.Mutex
	killers map[string][]*test // by function, the last one first
}

// result is a mutant and what became of it.
type result struct {
	*mutant
	Status Status
	By     string // the tests that ran last
}

// measure runs each test by itself and notes how long it takes and which mutants' code it runs. A
// test that fails without any mutant is of no use and is left out.
func (r *runner) measure(ctx context.Context, packages []string) error {
	r.reached = make(map[int][]*test)
	for _, pkg := range packages {
		binary, err := r.w.testBinary(ctx, pkg)
		if err != nil {
			return err
		}
		if binary == "" {
			continue
		}
		s := &suite{pkg: pkg, binary: binary, dir: filepath.Join(r.w.tree, filepath.FromSlash(pkg))}
		list, err := r.list(ctx, s)
		if err != nil {
			return err
		}
		var next sync.Mutex
		var wg sync.WaitGroup
		for range r.parallel {
			wg.Go(func() {
				for ctx.Err() == nil {
					next.Lock()
					if len(list) == 0 {
						next.Unlock()
						return
					}
					name := list[0]
					list = list[1:]
					next.Unlock()
					r.measureOne(ctx, &test{suite: s, name: name})
				}
			})
		}
		wg.Wait()
	}
	return ctx.Err()
}

func (r *runner) list(ctx context.Context, s *suite) ([]string, error) {
	cmd := exec.CommandContext(ctx, s.binary, "-test.list", ".")
	cmd.Dir = s.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the tests of %s: %w", s.pkg, err)
	}
	names := strings.Fields(string(out))
	return slices.DeleteFunc(names, func(name string) bool {
		return strings.HasPrefix(name, "Benchmark") || r.tests != nil && !r.tests.MatchString(name)
	}), nil
}

func (r *runner) measureOne(ctx context.Context, t *test) {
	file, err := os.CreateTemp(r.w.scratch, "reached")
	if err != nil {
		panic(err)
	}
	_ = file.Close()
	defer func() { _ = os.Remove(file.Name()) }()
	start := time.Now()
	status, out := r.run(ctx, []*test{t}, 5*time.Minute, reachedEnv+"="+file.Name())
	t.took = time.Since(start)
	if ctx.Err() != nil {
		return
	}
	if status != Survived {
		fmt.Fprintf(r.progress, "left out, as it fails without any mutant: %s of %s\n%s\n", t.name,
			t.pkg, tail(out))
		return
	}
	content, err := os.ReadFile(file.Name())
	if err != nil {
		panic(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	seen := make(map[int]bool) // a test may start processes of its own, which write there, too
	for line := range strings.Lines(string(content)) {
		if id, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && !seen[id] {
			seen[id] = true
			r.reached[id] = append(r.reached[id], t)
		}
	}
}

// all tries all mutants and returns the results in the mutants' order.
func (r *runner) all(ctx context.Context, mutants []*mutant) ([]*result, error) {
	r.killers = make(map[string][]*test)
	results := make([]*result, len(mutants))
	var mu sync.Mutex
	next, done := 0, 0
	var wg sync.WaitGroup
	for range r.parallel {
		wg.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(mutants) {
					return
				}
				m := mutants[i]
				status, by := r.try(ctx, m)
				mu.Lock()
				results[i] = &result{mutant: m, Status: status, By: by}
				done++
				if status == Survived || status == Uncovered || done%50 == 0 {
					fmt.Fprintf(r.progress, "%d of %d; %s: %s:%d %s\n", done, len(mutants), status,
						m.File, m.line, m.Operator)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return results, ctx.Err()
}

// try runs the tests that reach a mutant, in batches that grow, until one fails.
func (r *runner) try(ctx context.Context, m *mutant) (Status, string) {
	tests := slices.Clone(r.reached[m.id])
	if len(tests) == 0 {
		return Uncovered, ""
	}
	function := m.File + " " + m.Function
	r.mu.Lock()
	killers := slices.Clone(r.killers[function])
	r.mu.Unlock()
	rank := func(t *test) int {
		if i := slices.Index(killers, t); i >= 0 && i < 3 {
			return i
		}
		return len(tests)
	}
	slices.SortStableFunc(tests, func(a, b *test) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.took, b.took),
			cmp.Compare(a.name, b.name))
	})
	last := ""
	for budget := 200 * time.Millisecond; len(tests) > 0; budget *= 4 {
		batch, sum := 0, time.Duration(0)
		for batch < len(tests) && tests[batch].suite == tests[0].suite &&
			(batch == 0 || sum+tests[batch].took <= budget) {
			sum += tests[batch].took
			batch++
		}
		status, out := r.run(ctx, tests[:batch], timeFloor+timeFactor*sum,
			fmt.Sprintf("%s=%d", activeEnv, m.id))
		last = names(tests[:batch])
		if status != Survived {
			if killer := r.killedBy(tests[:batch], out); killer != nil {
				last = killer.name
				r.mu.Lock()
				list := slices.DeleteFunc(r.killers[function],
					func(t *test) bool { return t == killer })
				r.killers[function] = slices.Insert(list, 0, killer)
				r.mu.Unlock()
			}
			return status, last
		}
		tests = tests[batch:]
	}
	return Survived, last
}

func names(tests []*test) string {
	all := make([]string, len(tests))
	for i, t := range tests {
		all[i] = t.name
	}
	return strings.Join(all, " ")
}

// the second of a panic's "running tests"
var failed = regexp.MustCompile(`(?m)^(?:--- FAIL: |\t)([A-Z]\w*)`)

func (r *runner) killedBy(tests []*test, out []byte) *test {
	if len(tests) == 1 {
		return tests[0]
	}
	for _, match := range failed.FindAllSubmatch(out, -1) {
		if i := slices.IndexFunc(tests,
			func(t *test) bool { return t.name == string(match[1]) }); i >= 0 {
			return tests[i]
		}
	}
	return nil
}

// run runs tests of one suite in a process and returns Survived if all passed.
func (r *runner) run(
	ctx context.Context, tests []*test, limit time.Duration, env string,
) (Status, []byte) {
	tmp, err := os.MkdirTemp(filepath.Join(r.w.scratch, "tmp"), "")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	quoted := make([]string, len(tests))
	for i, t := range tests {
		quoted[i] = regexp.QuoteMeta(t.name)
	}
	var timedOut bool
	cmd := exec.Command(tests[0].binary,
		"-test.run", "^("+strings.Join(quoted, "|")+")$", "-test.failfast", "-test.timeout", "0")
	cmd.Dir = tests[0].dir
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, env)
	cmd.WaitDelay = time.Second // for the output of children that outlive it
	out := &head{}
	cmd.Stdout, cmd.Stderr = out, out
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		timer := time.NewTimer(limit)
		defer timer.Stop()
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
				if memory(cmd.Process.Pid) <= maxMemory {
					continue
				}
			case <-timer.C:
			case <-ctx.Done():
			}
			timedOut = true
			killGroup(cmd)
			return
		}
	}()
	err = cmd.Wait()
	close(ended)
	<-watched
	killGroup(cmd) // what it started and left behind
	switch {
	case timedOut:
		return TimedOut, out.Bytes()
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return Survived, out.Bytes()
	}
	return Killed, out.Bytes()
}

// head keeps the first part of what is written.
type head struct{ bytes.Buffer }

func (h *head) Write(b []byte) (int, error) {
	if room := maxOutput - h.Len(); room > 0 {
		h.Buffer.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func tail(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// memory returns how many bytes of memory a process uses, 0 where that is unknown.
func memory(pid int) int {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(content))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize()
}
