// Command generate writes the packages in api/ from the facts in openapi/, and
// the table of modules in the README. Run it with go generate in the repository's root.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

func main() {
	log.SetFlags(0)
	root := flag.String("root", "..", "the repository's root")
	flag.Parse()
	if err := run(*root); err != nil {
		log.Fatalf("generate: %v", err)
	}
}

func run(root string) error {
	modules, err := facts.Load(filepath.Join(root, "openapi"))
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
		if !slices.ContainsFunc(m.Operations, generated) {
			continue
		}
		p, err := newPackage(m, lock[m.Package])
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
	readme, err := withModuleTable(filepath.Join(root, "README.md"), modules)
	if err != nil {
		return err
	}
	files["README.md"] = readme
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

// generated tells the operations that the root does not serve.
func generated(op *facts.Operation) bool { return op.Root == "" }

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
	tableBegin = "<!-- modules: written by go generate -->\n"
	tableEnd   = "<!-- end of modules -->\n"
)

// withModuleTable returns the README with the table of modules brought up to date.
func withModuleTable(file string, modules []*facts.Module) ([]byte, error) {
	readme, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	before, rest, begins := strings.Cut(string(readme), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		return nil, fmt.Errorf("the README lacks the lines %q and %q", strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
	return []byte(before + tableBegin + moduleTable(modules) + tableEnd + after), nil
}

func moduleTable(modules []*facts.Module) string {
	var b strings.Builder
	b.WriteString("| module | operations | served by | the platform's pages |\n| --- | --- | --- | --- |\n")
	total := 0
	for _, m := range modules {
		var servers []string
		for _, op := range m.Operations {
			server := "[`api/" + m.Package + "`](api/" + m.Package + ")"
			if service, _, inRoot := strings.Cut(op.Root, "."); inRoot {
				server = "`client." + service + "`"
			}
			if !slices.Contains(servers, server) {
				servers = append(servers, server)
			}
		}
		slices.Sort(servers) // the root's last
		slices.Reverse(servers)
		first := m.Operations[0]
		fmt.Fprintf(&b, "| `%s` | %d | %s | [%s](%s) … |\n", m.Name, len(m.Operations), strings.Join(servers, ", older versions "), first.GoName, first.Page)
		total += len(m.Operations)
	}
	fmt.Fprintf(&b, "| all | %d | | |\n", total)
	return b.String()
}
