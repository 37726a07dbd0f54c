// Command generate writes the packages in api/ from the facts in openapi/, OPERATIONS.md, and the
// table of modules in docs/modules.md. Run it with go generate in the repository's root.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

func main() {
	log.SetFlags(0)
	root := flag.String("root", "..", "the repository's root")
	move := flag.Bool("move", false,
		"move names without a version to the newest one: for a new major version of the SDK")
	flag.Parse()
	if err := run(*root, *move); err != nil {
		log.Fatalf("generate: %v", err)
	}
}

func run(root string, move bool) error {
	versionsFile := filepath.Join(root, "openapi", facts.VersionsFile)
	if move {
		if err := os.Remove(versionsFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	modules, err := facts.Load(filepath.Join(root, "openapi"))
	if err != nil {
		return err
	}
	if err := linkAll(modules); err != nil {
		return err
	}
	versions, err := plainVersions(versionsFile, modules)
	if err != nil {
		return err
	}
	lockFile := filepath.Join(root, "tools", "generate", "names.json")
	lock, err := readLock(lockFile)
	if err != nil {
		return err
	}
	files := make(map[string][]byte) // by path below the root
	names := make(map[string]map[string]string)
	for _, m := range modules {
		hand, err := readHandWritten(filepath.Join(root, "api", m.Package))
		if err != nil {
			return err
		}
		p, err := newPackage(m, lock[m.Package], hand)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		names[m.Package] = p.lock()
		for name, text := range templates() {
			source, err := p.render(text)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", m.Name, name, err)
			}
			if source != nil {
				files[filepath.Join("api", m.Package, name)] = source
			}
		}
	}
	files[filepath.Join("openapi", facts.VersionsFile)] = versions.Encode()
	files["OPERATIONS.md"] = operationIndex(modules)
	if files["llms.txt"], err = languageModelMap(modules); err != nil {
		return err
	}
	page, err := withModuleTable(filepath.Join(root, modulesPage), modules)
	if err != nil {
		return err
	}
	files[modulesPage] = page
	if err := removeStale(root, files); err != nil {
		return err
	}
	for name, content := range files {
		if err := write(filepath.Join(root, name), content); err != nil {
			return err
		}
	}
	return writeLock(lockFile, names)
}

// plainVersions are those of the modules. It is an error if a name would call another version than
// it did, which only -move may do.
func plainVersions(file string, modules []*facts.Module) (facts.Versions, error) {
	locked, err := facts.ReadVersions(file)
	if err != nil {
		return nil, err
	}
	now := facts.PlainVersions(modules)
	if moved := locked.Moved(now); len(moved) > 0 {
		return nil, fmt.Errorf("%s: the facts lack versions that names without one call: %s",
			facts.VersionsFile, strings.Join(moved, "; "))
	}
	return now, nil
}

// write leaves a file that has the content already as it is.
func write(file string, content []byte) error {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// removeStale deletes generated files that are generated no more.
func removeStale(root string, files map[string][]byte) error {
	old, err := filepath.Glob(filepath.Join(root, "api", "*", "*.gen.go"))
	if err != nil {
		return err
	}
	for _, file := range old {
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if files[name] == nil {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	modulesPage = "docs/modules.md"
	tableBegin  = "<!-- modules: written by go generate -->\n"
	tableEnd    = "<!-- end of modules -->\n"
)

// withModuleTable returns a page with the table of modules brought up to date.
func withModuleTable(file string, modules []*facts.Module) ([]byte, error) {
	page, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	before, rest, begins := strings.Cut(string(page), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		return nil, fmt.Errorf("%s lacks the lines %q and %q", modulesPage,
			strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
	return []byte(before + tableBegin + moduleTable(modules) + tableEnd + after), nil
}

func moduleTable(modules []*facts.Module) string {
	var b strings.Builder
	b.WriteString("| module | operations | served by | the platform's pages |\n| --- | --- | --- | --- |\n")
	total := 0
	for _, m := range modules {
		first := m.Operations[0]
		fmt.Fprintf(&b, "| `%s` | %d | [`api/%s`](../api/%[3]s) | [%s](%s) … |\n", m.Name,
			len(m.Operations), m.Package, first.GoName, first.Page)
		total += len(m.Operations)
	}
	fmt.Fprintf(&b, "| all | %d | | |\n", total)
	return b.String()
}

// operationIndex lists every operation with what a reader searches for.
func operationIndex(modules []*facts.Module) []byte {
	var b bytes.Buffer
	b.WriteString("# Operations\n\n<!-- written by go generate -->\n" +
		"Every operation of the platform that the SDK knows: the method that calls it, what it does, what is requested, the cipher it takes and\n" +
		"the access scopes it needs. A version's own name, such as `GetOrderDetail202507`, is a method too.\n")
	for _, m := range modules {
		fmt.Fprintf(&b,
			"\n## %s\n\n| method | does | request | cipher | scopes |\n| --- | --- | --- | --- | --- |\n", m.Name)
		for _, op := range m.Operations {
			cipher := strings.ReplaceAll(string(op.Identifier), "_", " ")
			switch op.Identifier {
			case facts.NoIdentifier:
				cipher = ""
			case facts.EitherCipher:
				cipher = "shop cipher or category asset cipher"
			}
			if op.IdentifierOptional {
				cipher += ", optional"
			}
			fmt.Fprintf(&b, "| [`%s`](%s) | %s | `%s %s` | %s | %s |\n", op.ServedBy(), op.Page,
				unlinked(op.Summary), op.Method, op.Path, cipher, strings.Join(op.Scopes, " "))
		}
	}
	return b.Bytes()
}
