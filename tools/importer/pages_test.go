package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Made-up pages come in as testdata/want-pages.json has it, are reported as
// testdata/report-pages.txt has it, and have then come in. Their sentences do not. After that, the
// package, which is older, takes nothing of it back.
func TestImportPages(t *testing.T) {
	t.Parallel()
	folder := factsCopy(t)
	args := []string{"-pages", "testdata/pages", "-checked", "2026-08", "-openapi", folder}

	var dry, report bytes.Buffer
	require.ErrorIs(t, run(args, &dry, io.Discard), errChanges)
	require.NoError(t, run(append(args, "-write"), &report, io.Discard))
	assert.Equal(t, dry.String(), report.String())
	got, err := os.ReadFile(filepath.Join(folder, "widget.json"))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("testdata/report-pages.txt", report.Bytes(), 0o644))
		require.NoError(t, os.WriteFile("testdata/want-pages.json", got, 0o644))
	}
	want, err := os.ReadFile("testdata/report-pages.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), report.String())
	want, err = os.ReadFile("testdata/want-pages.json")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))

	sentences := 0
	pages, err := filepath.Glob("testdata/pages/widget/source/*.md")
	require.NoError(t, err)
	for _, page := range pages {
		data, err := os.ReadFile(page)
		require.NoError(t, err)
		for line := range strings.Lines(string(data)) {
			cells := strings.Split(strings.TrimRight(line, "| \n"), "|")
			words := strings.Fields(cells[len(cells)-1])
			for i := 0; i+3 <= len(words); i++ {
				sentences++
				run := strings.Join(words[i:i+3], " ")
				assert.False(t, strings.Contains(report.String()+string(got), run), "%q came out",
					run)
			}
		}
	}
	assert.Greater(t, sentences, 50, "the pages have sentences")

	report.Reset()
	require.NoError(t, run(args, &report, io.Discard), "a second import finds nothing")
	assert.Contains(t, report.String(), "2 pages of 2026-08: nothing has changed\n")
	require.NoError(t, run([]string{"-package", "testdata/package", "-openapi", folder, "-write"},
		&report, io.Discard))
	facts, err := readFacts(folder)
	require.NoError(t, err)
	op := facts.operation("widget", "/widget/202401/widgets/search", "post")
	assert.Equal(t, sourceBoth, op.Source)
	assert.EqualValues(t, 40, *op.parameter("query", "page_size").Schema.Maximum,
		"the package says 100")
	body := op.Body.Content.schema()
	assert.Equal(t, "string", body.Properties.Get("count").Type)
	assert.Contains(t, body.Properties.Get("state").Values, "USED",
		"the package knows a value more")
}

// What cannot be read is refused, with all reasons at once.
func TestBadPages(t *testing.T) {
	t.Parallel()
	const head = "# Path: /widget/202401/widgets\n# Method: [GET]\n"
	const answer = "# Response Parameters\n| code | int | 0 | x |\n"
	for _, tc := range []struct{ name, file, page, want string }{
		{"no path", "a.md", "# Method: [GET]\n" + answer, "no path"},
		{"no method", "a.md", "# Path: /widget/202401/widgets\n" + answer, "is no method"},
		{"a method that is none", "a.md", "# Path: /widget/202401/widgets\n# Method: [FETCH]\n" +
			answer, `"fetch" is no method`},
		{"no answer", "a.md", head, "no table of the response"},
		{"no version", "a.md", "# Path: /widgets\n# Method: [GET]\n" + answer,
			"no module and version"},
		{"the file's name", "Über uns.md", head + answer, "is not that of an operation"},
		{"an unknown type", "a.md", head + answer + "| data | map | | x |\n",
			`"data" has the unknown type "map"`},
		{"an unknown type further in", "a.md",
			head + answer + "| data | object | | x |\n   ^a |tuple |1 |x |\n",
			`"a" has the unknown type "tuple"`},
		{"a field in nothing", "a.md", head + answer + "| ^a | string | | x |\n", "no object"},
		{"a field too far in", "a.md",
			head + answer + "| data | object | | x |\n| ^^a | string | | x |\n",
			"in a field that is not there"},
		{"a field twice", "a.md",
			head + answer + "| data | object | | x |\n| data | object | | x |\n", "there twice"},
		{"a parameter in another", "a.md",
			head + "# Request Query Parameters\n| ^a | string | N | | x |\n" + answer,
			"is in another field"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := readPage(tc.file, []byte(tc.page))
			assert.ErrorContains(t, err, tc.want)
		})
	}
	folder := t.TempDir()
	_, err := readPages(folder)
	assert.ErrorContains(t, err, "no pages")
	for _, name := range []string{"a.md", "b.md", "c.md", "d.md"} {
		page := "nothing"
		if name > "b.md" {
			page = head + answer
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(page), 0o644))
	}
	_, err = readPages(folder)
	for _, want := range []string{"a.md: no path", "b.md: no path",
		"c.md and d.md are of the same operation"} {
		assert.ErrorContains(t, err, want)
	}
}

// FuzzPage reads pages from outside: never a panic, and what is read can be kept as facts and read
// again.
func FuzzPage(f *testing.F) {
	pages, err := filepath.Glob("testdata/pages/widget/source/*.md")
	require.NoError(f, err)
	for _, page := range pages {
		data, err := os.ReadFile(page)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("# Path: /a/202401/b\n# Method: GET\n# Response Parameters\n| a | []object | | |\n| ^b | [][]int | [] | |"))
	rules, err := readRules(valuesJSON)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		op, err := readPage("get-widget-202401.md", data)
		if err != nil {
			return
		}
		facts := make(Facts)
		mergePages(facts, &Pages{Operations: []*vendorOperation{op}}, "2026-08", rules)
		for _, doc := range facts {
			out, err := doc.Encode()
			require.NoError(t, err)
			again, err := decodeDocument(out)
			require.NoError(t, err, "%s", out)
			twice, err := again.Encode()
			require.NoError(t, err)
			assert.Equal(t, string(out), string(twice))
		}
	})
}
