// Cost measures what the SDK costs a program that uses it: the time of a cold
// build and the size of the binary, of four programs that make one call.
//
//	go -C tools run ./cost            builds each program 5 times, in turns
//	go -C tools run ./cost -runs 0    only sizes and lines, in a minute or two
//
// The programs are: bare net/http and encoding/json, which posts and decodes
// JSON and signs nothing; the root package only; one module; every module.
//
// A cold build has an empty build cache, so it compiles the standard library
// too, as a fresh CI machine does. As that is most of it, builds with a cache
// that has nothing but the standard library are measured beside it. Of each,
// the median of wall and of CPU time (the build's processes together) is taken;
// with other work on the machine only CPU time says something. All programs
// are built alike: CGO_ENABLED=0, -trimpath, -ldflags "-s -w".
//
// Exit codes: 0 if the goals are met, 3 if one is not, 1 for an error.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Goals: what a program may cost, in multiples of the bare one.
const (
	rootSize   = 1.08
	moduleTime = 1.3
)

var errGoals = errors.New("a goal is missed")

func main() {
	repository := flag.String("root", "..", "folder of the repository")
	runs := flag.Int("runs", 5, "cold builds of each program; 0 measures sizes only")
	flag.Parse()
	err := run(os.Stdout, *repository, *runs)
	if errors.Is(err, errGoals) {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(3)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

// took is the time of one build.
type took struct{ wall, cpu time.Duration }

// result is what one program costs.
type result struct {
	program
	size       int64
	cold, warm []took // warm: the standard library was there
}

func run(w io.Writer, repository string, runs int) error {
	repository, err := filepath.Abs(repository)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "cost")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	all, err := programs(repository)
	if err != nil {
		return err
	}
	if err := writeModule(filepath.Join(work, "src"), repository, all); err != nil {
		return err
	}
	results := make([]*result, len(all))
	for i, p := range all {
		results[i] = &result{program: p}
	}
	primed := filepath.Join(work, "primed")
	if err := prime(work, primed); err != nil {
		return err
	}
	for _, r := range results {
		if r.size, _, err = build(work, r.name, primed, false); err != nil {
			return err
		}
	}
	for n := range runs {
		for i := range results {
			r := results[(i+n)%len(results)] // in turns, and no program is always first
			_, cold, err := build(work, r.name, "", false)
			if err != nil {
				return err
			}
			_, warm, err := build(work, r.name, primed, false)
			if err != nil {
				return err
			}
			r.cold, r.warm = append(r.cold, cold), append(r.warm, warm)
		}
	}
	if err := table(w, results); err != nil {
		return err
	}
	counted, err := countLines(repository)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n\n", counted)
	return goals(w, results)
}

// prime fills a cache with what the programs use of the standard library.
func prime(work, cache string) error {
	_, deps, err := goTool(work, cache, "list", "-deps", "-f",
		"{{if .Standard}}{{.ImportPath}}{{end}}", "./...")
	if err != nil {
		return err
	}
	source := "package main\n\nimport (\n"
	for _, pkg := range strings.Fields(deps) {
		if pkg != "unsafe" && !strings.Contains("/"+pkg, "/internal/") &&
			!strings.HasSuffix(pkg, "/internal") && !strings.HasPrefix(pkg, "vendor/") {
			source += fmt.Sprintf("\t_ %q\n", pkg)
		}
	}
	if err := (program{"prime", source + ")\n\nfunc main() {}\n"}).write(
		filepath.Join(work, "src")); err != nil {
		return err
	}
	_, _, err = build(work, "prime", cache, true)
	return err
}

// build builds a program. The cache is used as it is, or, if it is not to be
// kept, a fresh one, which starts as a copy of it if there is one.
func build(work, name, cache string, keep bool) (size int64, t took, err error) {
	if !keep {
		fresh, err := os.MkdirTemp(work, "cache")
		if err != nil {
			return 0, t, err
		}
		defer os.RemoveAll(fresh)
		if cache != "" {
			if err := linkTree(cache, fresh); err != nil {
				return 0, t, err
			}
		}
		cache = fresh
	}
	binary := filepath.Join(work, name+".bin")
	defer os.Remove(binary) // the go command would see that it is current, and not link it again
	if t, _, err = goTool(work, cache, "build", "-trimpath", "-ldflags=-s -w", "-o", binary,
		"./"+name); err != nil {
		return 0, t, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, t, err
	}
	return info.Size(), t, nil
}

// goTool runs the go command on the programs and returns what it took and wrote.
func goTool(work, cache string, args ...string) (took, string, error) {
	c := exec.Command("go", args...)
	c.Dir = filepath.Join(work, "src")
	c.Env = append(os.Environ(), "GOCACHE="+cache, "CGO_ENABLED=0", "GOFLAGS=-mod=mod",
		"GOWORK=off")
	start := time.Now()
	out, err := c.CombinedOutput()
	if err != nil {
		return took{}, "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return took{time.Since(start), c.ProcessState.UserTime() + c.ProcessState.SystemTime()},
		string(out), nil
}

// linkTree copies a build cache with hard links: the go command never changes a file there.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Link(path, target)
	})
}

func median(times []took) took {
	wall := slices.SortedFunc(slices.Values(times),
		func(a, b took) int { return cmp.Compare(a.wall, b.wall) })
	cpu := slices.SortedFunc(slices.Values(times),
		func(a, b took) int { return cmp.Compare(a.cpu, b.cpu) })
	return took{wall[len(wall)/2].wall, cpu[len(cpu)/2].cpu}
}

// table prints what the programs cost, and in multiples of the first.
func table(w io.Writer, results []*result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	base := results[0]
	if base.cold == nil {
		fmt.Fprint(t, "program\tbytes\t×\t\n")
		for _, r := range results {
			fmt.Fprintf(t, "%s\t%d\t%.3f\t\n", r.name, r.size, ratio(r.size, base.size))
		}
		return t.Flush()
	}
	fmt.Fprint(t, "program\tbytes\t×\tcold\t×\tcold CPU\t×\tstd there\t×\tstd there CPU\t×\t\n")
	coldBase, warmBase := median(base.cold), median(base.warm)
	for _, r := range results {
		cold, warm := median(r.cold), median(r.warm)
		fmt.Fprintf(t, "%s\t%d\t%.3f\t%.1fs\t%.2f\t%.1fs\t%.2f\t%.1fs\t%.2f\t%.1fs\t%.2f\t\n",
			r.name, r.size, ratio(r.size, base.size),
			cold.wall.Seconds(), ratio(cold.wall, coldBase.wall), cold.cpu.Seconds(),
			ratio(cold.cpu, coldBase.cpu),
			warm.wall.Seconds(), ratio(warm.wall, warmBase.wall), warm.cpu.Seconds(),
			ratio(warm.cpu, warmBase.cpu))
	}
	return t.Flush()
}

func ratio[N ~int64](a, b N) float64 { return float64(a) / float64(b) }

// goals says which are met.
func goals(w io.Writer, results []*result) error {
	missed := false
	say := func(what string, is, goal float64) {
		word := "met"
		if is > goal {
			word, missed = "MISSED", true
		}
		fmt.Fprintf(w, "%s: %.3f, goal %g: %s\n", what, is, goal, word)
	}
	base := results[0]
	for _, r := range results {
		switch {
		case r.name == rootProgram:
			say("size of the root program", ratio(r.size, base.size), rootSize)
		case r.name == moduleProgram && r.cold != nil:
			say("cold build of the module program, CPU",
				ratio(median(r.cold).cpu, median(base.cold).cpu), moduleTime)
		}
	}
	if missed {
		return errGoals
	}
	return nil
}
