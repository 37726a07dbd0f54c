package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMutantsOfAKnownModule runs the program on a made-up module. Every survivor is expected by
// name: all others have to be killed.
func TestMutantsOfAKnownModule(t *testing.T) {
	t.Parallel()
	before := contents(t, "testdata/small")
	file := filepath.Join(t.TempDir(), "results.json")
	base := filepath.Join(t.TempDir(), "survivors.json")
	args := []string{"-root", "testdata/small", "-package", ".", "-j", "2", "-json", file,
		"-baseline", base}
	var stdout, stderr bytes.Buffer
	code, err := command(t.Context(), append(args, "-update"), &stdout, &stderr)
	require.NoError(t, err, stderr.String())
	assert.Zero(t, code)
	assert.Contains(t, stderr.String(), "left out, as it fails without any mutant: TestBroken")
	assert.Equal(t, before, contents(t, "testdata/small"), "the tree stays as it was")

	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var reports []report
	require.NoError(t, json.Unmarshal(content, &reports))
	require.Len(t, reports, 1)
	alive := make(map[string]Status)
	all := make(map[string]Status)
	for _, m := range reports[0].Mutants {
		name := m.Function + " | " + m.Operator + " | " + m.Source
		all[name] = m.Status
		if m.Status != Killed && m.Status != TimedOut {
			alive[name] = m.Status
		}
	}
	assert.Equal(t, map[string]Status{
		"Max | > to >= | a > b":                           Survived, // equal to the original
		"fill | statement deleted | b[0] = 1":             Survived,
		"fill | constant + 1 | 1 in b[0] = 1":             Survived,
		"Wait | < to <= | (c.Interval * 2).Seconds() < 3": Survived,
		"Unused | ! removed | !ok":                        Uncovered, // by tests that pass
	}, alive)
	assert.Equal(t, TimedOut, all["Count | ++ to -- | i++"])
	for _, name := range []string{
		"Child | + to - | n + 3", "Child | constant + 1 | 3 in n + 3", // in another process
		"(*Closer).Use | statement deleted | defer c.Close()",
		"Sum | + to - | sum + n", "Sum | + to - | calls + 1",
		"Wait | * to / | c.Interval * 2", "Wait | constant doubled | 2 in c.Interval * 2",
	} {
		assert.Equal(t, Killed, all[name], name)
	}
	assert.Equal(t, 1, reports[0].Total.Skipped, "the index in a literal has to be a constant")
	total := reports[0].Total
	assert.Len(t, reports[0].Mutants, total.Killed+total.TimedOut+total.Survived+total.Uncovered)
}

// contents reads all files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	}))
	return all
}

func TestUnjustifiedSurvivorsFail(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "survivors.json")
	run := func(more ...string) (int, string) {
		var stdout, stderr bytes.Buffer
		code, err := command(t.Context(), append([]string{
			"-root", "testdata/small", "-package", ".", "-files", "small.go",
			"-match", " Max: | Unused: ", "-run", "TestMax", "-baseline", base,
		}, more...), &stdout, &stderr)
		require.NoError(t, err, stderr.String())
		return code, stdout.String()
	}
	code, out := run()
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "survivors that nobody has justified: 2\n")
	assert.Contains(t, out, "survived: Max: > to >=: `a > b`")

	code, _ = run("-update")
	assert.Zero(t, code)
	code, out = run()
	assert.Equal(t, 1, code, "an entry needs a reason")
	assert.Contains(t, out, "no reason is given for: 2\n")

	content, err := os.ReadFile(base)
	require.NoError(t, err)
	reasoned := strings.ReplaceAll(string(content), `"reason": ""`, `"reason": "equal"`)
	require.NoError(t, os.WriteFile(base, []byte(reasoned), 0o600))
	code, out = run()
	assert.Zero(t, code, out)
	assert.Contains(t, out, "justified survivors: 2\n")
}

func TestComparisonWithABaseline(t *testing.T) {
	t.Parallel()
	key := func(file, source string) Key {
		return Key{File: file, Function: "f", Operator: "negated", Source: source, Ordinal: 1}
	}
	outcome := func(file, source string, status Status) *result {
		return &result{mutant: &mutant{Key: key(file, source)}, Status: status}
	}
	b := &baseline{entries: []justified{
		{key("a.go", "lives"), "equivalent"},
		{key("a.go", "uncovered"), "equivalent"},
		{key("a.go", "bare"), " "},
		{key("a.go", "dead"), "equivalent"},
		{key("a.go", "gone"), "equivalent"},
		{key("b.go", "not run"), "equivalent"},
	}}
	results := []*result{
		outcome("a.go", "lives", Survived), outcome("a.go", "uncovered", Uncovered),
		outcome("a.go", "bare", Survived),
		outcome("a.go", "dead", Killed), outcome("a.go", "new", Survived),
		outcome("a.go", "fine", TimedOut),
	}
	c := b.compare(results, true)
	assert.True(t, c.failed())
	assert.Equal(t, []*result{results[4]}, c.unexpected)
	assert.Equal(t, []*result{results[0], results[1], results[2]}, c.justified)
	assert.Equal(t, b.entries[2:3], c.unreasoned)
	assert.Equal(t, b.entries[3:5], c.stale)
	assert.Equal(t, b.entries[3:4], b.compare(results, false).stale,
		"what was not tried is not gone")
	assert.False(t, b.compare(results[:2], false).failed())
	assert.True(t, b.compare(results[2:3], false).failed(), "a reason of white space is none")
}

// TestKeysOutliveChangesElsewhere lists the mutants before and after lines were added.
func TestKeysOutliveChangesElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/small")))
	list := func() []string {
		var stdout, stderr bytes.Buffer
		_, err := command(t.Context(), []string{"-root", dir, "-package", ".", "-files", "small.go",
			"-list"}, &stdout, &stderr)
		require.NoError(t, err, stderr.String())
		var keys []string
		for line := range strings.Lines(stdout.String()) {
			_, key, _ := strings.Cut(line, " ")
			keys = append(keys, key)
		}
		return keys
	}
	before := list()
	require.NotEmpty(t, before)
	name := filepath.Join(dir, "small.go")
	src, err := os.ReadFile(name)
	require.NoError(t, err)
	changed := strings.Replace(string(src), "func Max(",
		"func More(n int) int {\n\treturn n + 1\n}\n\nfunc Max(", 1)
	changed = strings.Replace(changed, "if a > b {", "if a >\n\t\tb {", 1)
	require.NoError(t, os.WriteFile(name, []byte(changed), 0o600))
	assert.Subset(t, list(), before)
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		args       []string
	}{
		{"nothing", "give -package or -targets", nil},
		{"argument", "unexpected argument", []string{"-package", ".", "webhook"}},
		{"regexp", "missing closing", []string{"-package", ".", "-match", "("}},
		{"parallel", "must be positive", []string{"-package", ".", "-j", "0"}},
		{"no such file", "has no file none.go",
			[]string{"-root", "testdata/small", "-package", ".", "-files", "none.go"}},
		{"no such package", "cannot be loaded",
			[]string{"-root", "testdata/small", "-package", "./none"}},
		{"no such target", "has no such target",
			[]string{"-targets", "targets.json", "-package", "./none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code, err := command(t.Context(), tt.args, &stdout, &stderr)
			assert.Equal(t, 2, code)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

// TestTargetsExist keeps the list of what the nightly run looks at in step with the tree.
func TestTargetsExist(t *testing.T) {
	t.Parallel()
	s, err := parse([]string{"-targets", "targets.json"}, os.Stderr)
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, target := range s.targets {
		require.NotEmpty(t, target.Files, target.Package)
		for _, name := range target.Files {
			assert.FileExists(t, filepath.Join("../..", target.Package, name))
		}
		b, err := readBaseline(target.Survivors)
		require.NoError(t, err)
		for _, j := range b.entries {
			assert.FileExists(t, filepath.Join("../..", j.File), j)
			assert.NotEmpty(t, strings.TrimSpace(j.Reason), j)
			assert.Falsef(t, seen[j.String()], "twice: %v", j.Key)
			seen[j.String()] = true
		}
	}
}
