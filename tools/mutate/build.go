package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// What a process under test is told.
const (
	activeEnv  = "MUTATE_ACTIVE"
	reachedEnv = "MUTATE_REACHED"
)

// switchFile is the name of the file with the switches in each mutated package.
const switchFile = "mutate_switches.go"

// work is a copy of the repository, and what is built from it with all mutants in.
type work struct {
	tree    string // the copy
	scratch string // what was generated and built; temporary files of tests
	overlay string // for the go command: generated files in the place of the copy's

	packages []*mutatedPackage
	mutants  []*mutant
	highest  int       // id given
	skipped  []*mutant // do not compile
}

type mutatedPackage struct {
	dir   string // from the copy's root, with slashes
	names *typeNames
	files []*mutatedFile
}

type mutatedFile struct {
	name      string // in the copy
	scratch   string // what takes its place
	src       []byte
	mutants   []*mutant
	generated []byte
	extents   []extent // in what was generated, outer ones first
}

// extent is where a mutant's text stands in a generated file.
type extent struct {
	m          *mutant
	start, end int
}

// newWork copies a repository. The caller removes it.
func newWork(root string) (_ *work, err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	// The go command names files by their real path.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	w := &work{tree: filepath.Join(dir, "tree"), scratch: filepath.Join(dir, "scratch")}
	if err := copyTree(root, w.tree); err != nil {
		return nil, errors.Join(err, w.remove())
	}
	if err := os.MkdirAll(filepath.Join(w.scratch, "tmp"), 0o755); err != nil {
		return nil, errors.Join(err, w.remove())
	}
	w.overlay = filepath.Join(w.scratch, "overlay.json")
	return w, nil
}

func (w *work) remove() error { return os.RemoveAll(filepath.Dir(w.tree)) }

// copyTree copies what is no hidden folder: tests read files of their own, and may read those of
// others.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir() && rel != "." && (d.Name() == ".git" || d.Name() == ".bin"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, info.Mode().Perm())
	})
}

// add finds the mutants of some files of a package, all of them if none is named.
func (w *work) add(ctx context.Context, pkg string, files []string) error {
	loaded, err := packages.Load(&packages.Config{
		Context: ctx,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedTypesSizes |
			packages.NeedExportFile,
		Dir: w.tree,
		Env: goEnv(),
	}, pkg)
	if err != nil {
		return err
	}
	if len(loaded) != 1 || len(loaded[0].Errors) > 0 || len(loaded[0].Syntax) == 0 {
		return fmt.Errorf("package %s cannot be loaded: %v", pkg, loaded[0].Errors)
	}
	p := loaded[0]
	dir, err := filepath.Rel(w.tree, filepath.Dir(p.CompiledGoFiles[0]))
	if err != nil {
		return err
	}
	m := &mutatedPackage{dir: filepath.ToSlash(dir), names: newTypeNames(p.Types)}
	next := w.highest + 1
	unknown := slices.Clone(files)
	for i, name := range p.CompiledGoFiles {
		base := filepath.Base(name)
		if len(files) > 0 {
			at := slices.Index(unknown, base)
			if at < 0 {
				continue
			}
			unknown = slices.Delete(unknown, at, at+1)
		} else if ast.IsGenerated(p.Syntax[i]) {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(filepath.Join(dir, base))
		f := &finder{names: m.names, info: p.TypesInfo, fset: p.Fset, file: rel, src: src,
			next: &next}
		found := f.find(p.Syntax[i])
		w.mutants = append(w.mutants, found...)
		m.files = append(m.files, &mutatedFile{name: name, src: src, mutants: found})
	}
	if len(unknown) > 0 {
		return fmt.Errorf("package %s has no file %s that is built on this system", pkg,
			strings.Join(unknown, ", "))
	}
	w.packages, w.highest = append(w.packages, m), next-1
	return nil
}

// render writes the file with its mutants beside the original code.
func (f *mutatedFile) render() []byte {
	edits := slices.Clone(f.mutants)
	slices.SortStableFunc(edits, func(a, b *mutant) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	f.extents = f.extents[:0]
	var out bytes.Buffer
	var write func(start, end int)
	write = func(start, end int) {
		at := start
		for len(edits) > 0 && edits[0].start < end {
			m := edits[0]
			edits = edits[1:]
			out.Write(f.src[at:m.start])
			i := len(f.extents)
			f.extents = append(f.extents, extent{m: m, start: out.Len()})
			out.WriteString(m.prefix)
			write(m.start, m.end)
			out.WriteString(m.suffix)
			f.extents[i].end = out.Len()
			at = m.end
		}
		out.Write(f.src[at:end])
	}
	write(0, len(f.src))
	f.generated = out.Bytes()
	return f.generated
}

// generate writes the packages with all mutants, leaves out those that do not compile, and writes
// the overlay.
func (w *work) generate(ctx context.Context) error {
	for {
		overlay := struct{ Replace map[string]string }{make(map[string]string)}
		put := func(target string, content []byte) (string, error) {
			generated := filepath.Join(w.scratch, fmt.Sprintf("%d.go", len(overlay.Replace)))
			overlay.Replace[target] = generated
			return generated, os.WriteFile(generated, content, 0o644)
		}
		args := []string{"build", "-gcflags=-e", "-trimpath", "-overlay", w.overlay}
		for _, p := range w.packages {
			for _, f := range p.files {
				var err error
				if f.scratch, err = put(f.name, f.render()); err != nil {
					return err
				}
			}
			switches := filepath.Join(w.tree, filepath.FromSlash(p.dir), switchFile)
			if _, err := put(switches, []byte(p.names.source(w.highest))); err != nil {
				return err
			}
			args = append(args, "./"+p.dir)
		}
		content, err := json.Marshal(overlay)
		if err != nil {
			return err
		}
		if err := os.WriteFile(w.overlay, content, 0o644); err != nil {
			return err
		}
		out, err := goCommand(ctx, w.tree, args...)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !w.dropBroken(out) {
			return fmt.Errorf("the mutated code does not compile: %w\n%s", err, out)
		}
	}
}

var compileError = regexp.MustCompile(`(?m)^(.+\.go):(\d+):(\d+): `)

// dropBroken leaves out the mutants that compile errors are about and reports whether there were
// any.
func (w *work) dropBroken(out []byte) bool {
	broken := make(map[*mutant]bool)
	for _, match := range compileError.FindAllSubmatch(out, -1) {
		name := filepath.Join(w.tree, filepath.FromSlash(string(match[1])))
		line, _ := strconv.Atoi(string(match[2]))
		column, _ := strconv.Atoi(string(match[3]))
		for _, p := range w.packages {
			for _, f := range p.files {
				if m := f.at(line, column); (f.name == name || f.scratch == name) && m != nil {
					broken[m] = true
				}
			}
		}
	}
	keep := func(all []*mutant) []*mutant {
		return slices.DeleteFunc(slices.Clone(all), func(m *mutant) bool { return broken[m] })
	}
	for _, m := range w.mutants {
		if broken[m] {
			w.skipped = append(w.skipped, m)
		}
	}
	w.mutants = keep(w.mutants)
	for _, p := range w.packages {
		for _, f := range p.files {
			f.mutants = keep(f.mutants)
		}
	}
	return len(broken) > 0
}

// at returns the innermost mutant at a place in the generated text.
func (f *mutatedFile) at(line, column int) *mutant {
	offset := column - 1
	rest := f.generated
	for range line - 1 {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return nil
		}
		offset += i + 1
		rest = rest[i+1:]
	}
	var innermost *mutant
	for _, e := range f.extents {
		if e.start <= offset && offset < e.end {
			innermost = e.m
		}
	}
	return innermost
}

// goEnv is the environment of the go command in the copy.
func goEnv() []string { return append(os.Environ(), "GOWORK=off") }

func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = goEnv()
	return cmd.CombinedOutput()
}

// testBinary builds a package's tests with all mutants in. The package may be of a module of its
// own that takes the mutated one from the copy. It returns "" if the package has no tests.
func (w *work) testBinary(ctx context.Context, pkg string) (string, error) {
	dir, err := os.MkdirTemp(w.scratch, "test")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "package.test")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	dir = filepath.Join(w.tree, filepath.FromSlash(pkg))
	out, err := goCommand(ctx, dir, "test", "-c", "-vet=off", "-trimpath", "-overlay", w.overlay,
		"-o", name, ".")
	if err != nil {
		return "", fmt.Errorf("the tests of %s do not build: %w\n%s", pkg, err, out)
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return name, nil
}
