package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false,
	"write what the importer makes of testdata/package as what is expected")

// factsCopy is a folder with the facts of testdata, to be changed.
func factsCopy(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata/openapi")))
	return folder
}

// A made-up package comes in as testdata/want has it, is reported as testdata/report.txt has it,
// and has then come in.
func TestImport(t *testing.T) {
	t.Parallel()
	folder := factsCopy(t)
	args := []string{"-package", "testdata/package", "-openapi", folder}

	var dry bytes.Buffer
	require.ErrorIs(t, run(args, &dry, io.Discard), errChanges)
	untouched, err := os.ReadFile(filepath.Join(folder, "widget.json"))
	require.NoError(t, err)
	before, err := os.ReadFile("testdata/openapi/widget.json")
	require.NoError(t, err)
	require.Equal(t, string(before), string(untouched), "nothing is written without -write")

	var report bytes.Buffer
	require.NoError(t, run(append(args, "-write"), &report, io.Discard))
	assert.Equal(t, dry.String(), report.String())
	if *update {
		require.NoError(t, os.WriteFile("testdata/report.txt", report.Bytes(), 0o644))
		require.NoError(t, os.RemoveAll("testdata/want"))
		require.NoError(t, os.CopyFS("testdata/want", os.DirFS(folder)))
	}
	want, err := os.ReadFile("testdata/report.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), report.String())
	for _, module := range []string{"gadget", "widget"} {
		want, err := os.ReadFile(filepath.Join("testdata/want", module+".json"))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(folder, module+".json"))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), module)
	}

	report.Reset()
	require.NoError(t, run(args, &report, io.Discard), "a second import finds nothing")
	_, unreviewed, _ := strings.Cut(string(want), "\nis it safe")
	assert.Equal(t, "package 9.9.9: nothing has changed\n\nis it safe"+unreviewed, report.String())
}

// No text of the package comes out: of its sentences, neither the facts nor the report has three
// words in a row.
func TestNoSentencesComeOut(t *testing.T) {
	t.Parallel()
	folder := factsCopy(t)
	var report bytes.Buffer
	require.NoError(t, run([]string{"-package", "testdata/package", "-openapi", folder, "-write"},
		&report, io.Discard))
	out := report.String()
	for _, module := range []string{"gadget", "widget"} {
		data, err := os.ReadFile(filepath.Join(folder, module+".json"))
		require.NoError(t, err)
		out += string(data)
	}
	sentences := 0
	for _, module := range []string{"gadget", "widget"} {
		data, err := os.ReadFile(filepath.Join("testdata/package", vendorFolder, "paths",
			module+".json"))
		require.NoError(t, err)
		var doc any
		require.NoError(t, json.Unmarshal(data, &doc))
		eachString(doc, "", func(key, text string) {
			words := strings.Fields(text)
			for i := 0; i+3 <= len(words); i++ {
				sentences++
				assert.NotContains(t, out, strings.Join(words[i:i+3], " "))
			}
		})
	}
	assert.Greater(t, sentences, 50, "the package has sentences")
}

// eachString visits every text in a JSON value with the key it is under, and every key.
func eachString(v any, key string, visit func(key, text string)) {
	switch v := v.(type) {
	case string:
		visit(key, v)
	case []any:
		for _, item := range v {
			eachString(item, key, visit)
		}
	case map[string]any:
		for k, item := range v {
			eachString(item, k, visit)
		}
	}
}

// The facts have no sentences but those of openapi/words: no text of more than a few words
// elsewhere.
func TestFactsHaveNoProse(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(factsFolder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		doc, err := decodeDocument(data)
		require.NoError(t, err)
		doc.unexplain()
		bare, err := doc.Encode()
		require.NoError(t, err)
		var v any
		require.NoError(t, json.Unmarshal(bare, &v))
		eachString(v, "", func(key, text string) {
			// the latter is in our own words
			if key == "description" && text == "OK" || key == "x-unknown" {
				return
			}
			assert.NotContains(t, []string{"summary", "description"}, key, "%s: %s",
				filepath.Base(file), text)
			assert.LessOrEqual(t, len([]rune(text)), 200, "%s: %s", filepath.Base(file), text)
			assert.LessOrEqual(t, len(strings.Fields(text)), maxWords, "%s: %s",
				filepath.Base(file), text)
		})
	}
}

// The facts' README says how many operations were compared with a page.
func TestCompared(t *testing.T) {
	t.Parallel()
	facts, err := readFacts(factsFolder)
	require.NoError(t, err)
	all, compared := 0, 0
	for _, doc := range facts {
		for _, item := range doc.Paths {
			for _, op := range item {
				all++
				if op.Checked != "" {
					compared++
				}
			}
		}
	}
	readme, err := os.ReadFile(filepath.Join(factsFolder, "README.md"))
	require.NoError(t, err)
	require.Contains(t, string(readme), fmt.Sprintf("\n%d of %d operations have been compared",
		compared, all))
}

// Every rule is of use, and the facts keep to it.
func TestFactsKeepRules(t *testing.T) {
	t.Parallel()
	rules, err := readRules(valuesJSON)
	require.NoError(t, err)
	facts, err := readFacts(factsFolder)
	require.NoError(t, err)
	used := make(map[*Rule]int)
	for _, doc := range facts {
		for _, item := range doc.Paths {
			for _, op := range item {
				op.eachField(func(at string, s, _ *Schema) {
					for _, kind := range []about{aboutValues, aboutLimits, aboutNeed,
						aboutOverwrites, aboutPresence} {
						if r := rules.find(op.ID, at, kind); r != nil {
							used[r]++
						}
					}
					r := rules.find(op.ID, at, aboutValues)
					switch {
					case r == nil || s.Items != nil:
					case len(r.Also) > 0:
						assert.Subset(t, s.Values, r.Also, "%s %s", op.ID, at)
					default:
						assert.ElementsMatch(t, r.Values, s.Values, "%s %s", op.ID, at)
					}
				})
				settled := op.clone()
				rules.settle(settled)
				want, err := marshal(settled)
				require.NoError(t, err)
				got, err := marshal(op)
				require.NoError(t, err)
				if string(got) != string(want) {
					t.Errorf("%s: the rules say something else of it: run the importer", op.ID)
				}
			}
		}
	}
	for _, r := range rules.Rules {
		assert.Equal(t, r.Absent, used[r] == 0,
			"the rule for %s is for no field, or for one that should be absent", r.Field)
	}
}

// What the facts say of a field fits together.
func TestFactsAgreeWithThemselves(t *testing.T) {
	t.Parallel()
	facts, err := readFacts(factsFolder)
	require.NoError(t, err)
	for _, doc := range facts {
		for _, item := range doc.Paths {
			for _, op := range item {
				op.eachField(func(at string, s, _ *Schema) {
					if s.Minimum != nil && s.Maximum != nil {
						assert.Less(t, *s.Minimum, *s.Maximum, "%s %s", op.ID, at)
					}
					assert.Len(t, union(nil, s.Values), len(s.Values),
						"%s %s: a value is there twice", op.ID, at)
					for _, value := range s.Terminal {
						assert.Contains(t, s.Values, value, "%s %s: x-terminal-values", op.ID, at)
					}
					if s.Terminal != nil {
						assert.Less(t, len(s.Terminal), len(s.Values),
							"%s %s: nothing is under way", op.ID, at)
					}
					means := make(map[string]bool)
					for value, name := range s.ValueNames {
						means[name] = true
						assert.Regexp(t, `^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`, name, "%s %s", op.ID, at)
						if s.Type == "integer" {
							assert.Regexp(t, `^(0|[1-9][0-9]*)$`, value, "%s %s", op.ID, at)
						} else {
							assert.Contains(t, s.Values, value, "%s %s", op.ID, at)
						}
					}
					assert.Len(t, means, len(s.ValueNames), "%s %s: two values mean the same",
						op.ID, at)
					if s.Default != nil && s.Values != nil {
						var v string
						require.NoError(t, json.Unmarshal(s.Default, &v))
						assert.Contains(t, s.Values, v, "%s %s: default", op.ID, at)
					}
				})
				assert.Equal(t, op.identifier(), op.Identifier, op.ID)
				assert.Nil(t, op.Evidence, "%s: x-evidence is of others' facts", op.ID)
				if op.Checked != "" {
					assert.Regexp(t, month, op.Checked, op.ID)
					assert.Contains(t, []string{sourceDocs, sourceBoth}, op.Source,
						"%s was compared with its page", op.ID)
				}
				assert.NotNil(t, op.RepeatSafe,
					"%s: x-repeat-safe: nobody has said whether it may be done twice", op.ID)
				if op.Retired != "" {
					assert.Regexp(t, `^20\d\d-\d\d-\d\d$`, op.Retired, op.ID)
				}
			}
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"-what"}, {"-package", "testdata/package", "more"},
		{"-package", "testdata/package", "-feed", "testdata/feed.xml"},
		{"-pages", "testdata/pages"}, {"-pages", "testdata/pages", "-checked", "August"},
		{"-package", "testdata/package", "-checked", "2026-08"},
		{"-since", "2026-08-01", "-package", "testdata/package"},
		{"-feed", "testdata/feed.xml", "-since", "August"},
		{"-words", "-facts", "testdata/openapi"},
	} {
		var stderr bytes.Buffer
		assert.ErrorIs(t, run(args, io.Discard, &stderr), flag.ErrHelp, "%q", args)
		assert.NotEmpty(t, stderr.String())
	}
	assert.ErrorContains(t, run([]string{"-package", t.TempDir(), "-openapi", "testdata/openapi"},
		io.Discard, io.Discard), "package.json")
	assert.ErrorContains(t, run([]string{"-package", "testdata/package", "-openapi", t.TempDir()},
		io.Discard, io.Discard), "no facts in")
}
