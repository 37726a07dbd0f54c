package facts

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Versions say which version the method without a version in its name calls: by package and that
// name, the six digits. What stands there stays until the next major version of the SDK, so that an
// import moves no method to another version.
type Versions map[string]map[string]string

// VersionsFile is where they are kept, beside the facts.
const VersionsFile = "versions.lock"

const versionsHead = `# The version that a method without a version in its name calls, by package and method. Written by go generate, which adds what
# is new and moves nothing; for the next major version of the SDK, go -C tools run ./generate -move moves all to the newest.
`

// ReadVersions reads a file of them; there are none if there is no file.
func ReadVersions(file string) (Versions, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	versions := make(Versions)
	lines := bufio.NewScanner(bytes.NewReader(content))
	for n := 1; lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		name, version, ok := strings.Cut(lines.Text(), " ")
		pkg, method, dotted := strings.Cut(name, ".")
		if !ok || !dotted || len(version) != 6 || versions[pkg][method] != "" {
			return nil, fmt.Errorf(
				"%s: line %d is not a package.Method and a version, or there twice", VersionsFile,
				n)
		}
		versions.set(pkg, method, version)
	}
	return versions, lines.Err()
}

func (v Versions) set(pkg, method, version string) {
	if v[pkg] == nil {
		v[pkg] = make(map[string]string)
	}
	v[pkg][method] = version
}

// PlainVersions are those of modules that have been read.
func PlainVersions(modules []*Module) Versions {
	versions := make(Versions)
	for _, m := range modules {
		for _, op := range m.Operations {
			if op.Plain {
				versions.set(m.Package, op.Base(), op.Version)
			}
		}
	}
	return versions
}

// Moved lists what is in v and has another version, or none, in now.
func (v Versions) Moved(now Versions) []string {
	var moved []string
	for pkg, methods := range v {
		for method, version := range methods {
			if is := now[pkg][method]; is != version {
				moved = append(moved, fmt.Sprintf("%s.%s: %s, was %s", pkg, method,
					cmp.Or(is, "gone"), version))
			}
		}
	}
	slices.Sort(moved)
	return moved
}

// Encode returns the bytes of a file.
func (v Versions) Encode() []byte {
	var lines []string
	for pkg, methods := range v {
		for method, version := range methods {
			lines = append(lines, pkg+"."+method+" "+version+"\n")
		}
	}
	slices.Sort(lines)
	return []byte(versionsHead + strings.Join(lines, ""))
}
