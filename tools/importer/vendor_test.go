package main

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// operationJSON is a file of the vendor's with one operation, the schema of whose answer is given.
func fileWith(schema string) string {
	return `{"openapi":"3.0.0","paths":{"/widget/202401/widgets":{"get":{"summary":"GetWidget","parameters":[],` +
		`"responses":{"200":{"content":{"application/json":{"schema":` + schema + `}}}}}}}}`
}

const goodSchema = `{"type":"object","properties":{"id":{"type":"string"}}}`

// A package that cannot be read whole is refused, and the error says where.
func TestMalformedPackage(t *testing.T) {
	t.Parallel()
	good := fileWith(goodSchema)
	index := `{"modules":[{"first_level_path":"widget","file":"paths/widget.json","path_count":1}]}`
	for name, tt := range map[string]struct{ index, file, want string }{
		"no index":         {"", good, "index.json: file does not exist"},
		"index is no JSON": {"{", good, "index.json: unexpected EOF"},
		"no modules":       {"{}", good, "lists no modules"},
		"file is not there": {strings.Replace(index, "widget.json", "other.json", 1), good,
			"other.json: file does not exist"},
		"file is outside": {strings.Replace(index, "paths/widget.json",
			"../../../../package.json",
			1), good, `"../../../../package.json" is not in the package`},
		"file twice": {strings.Replace(index, "]",
			`,{"first_level_path":"widget","file":"paths/widget.json","path_count":1}]`,
			1), good, "twice"},
		"other count": {strings.Replace(index, ":1}", ":7}", 1), good,
			"has 1 paths, index.json says 7"},
		"other module": {strings.Replace(index, `"widget"`, `"gadget"`, 1), good,
			"is not of the module gadget"},
		"no JSON":             {index, "<html>", "paths/widget.json: invalid character"},
		"more than one value": {index, good + "{}", "something follows the JSON"},
		"another OpenAPI": {index, strings.Replace(good, "3.0.0", "2.0", 1),
			`OpenAPI "2.0" is not version 3`},
		"no paths": {index, `{"openapi":"3.0.0"}`, "no paths"},
		"no operation": {index, `{"openapi":"3.0.0","paths":{"/widget/202401/widgets":{}}}`,
			"/widget/202401/widgets: no operation"},
		"no version": {index, strings.Replace(good, "202401", "latest", 1),
			"the path has no module and version"},
		"no method": {index, strings.Replace(good, `"get"`, `"fetch"`, 1),
			`"fetch" is no method`},
		"no name": {index, strings.Replace(good, "GetWidget", "Gets a widget", 1),
			`the summary "Gets a widget" is no name`},
		"parameter elsewhere": {index, strings.Replace(good, `"parameters":[`,
			`"parameters":[{"name":"a","in":"cookie"}`, 1), `parameter "a": in "cookie"`},
		"parameter twice": {index, strings.Replace(good, `"parameters":[`,
			`"parameters":[{"name":"a","in":"query","schema":{"type":"string"}},{"name":"a","in":"query","schema":{"type":"string"}}`, 1), "there twice"},
		"parameter, no type": {index, strings.Replace(good, `"parameters":[`,
			`"parameters":[{"name":"a","in":"query"}`, 1), `parameter "a": no schema`},
		"no success": {index, strings.Replace(good, `"200"`, `"201"`, 1),
			"no response 200"},
		"no content": {index, strings.Replace(good, `"application/json":`, `"text":`, 1),
			`media type "text"`},
		"a reference": {index, fileWith(`{"$ref":"#/components/schemas/a"}`),
			"$ref cannot be read"},
		"one of": {index,
			fileWith(`{"type":"object","properties":{"a":{"oneOf":[]}}}`),
			`"a": oneOf cannot be read`},
		"a map": {index, fileWith(`{"type":"object","additionalProperties":{}}`),
			"additionalProperties cannot be read"},
		"unknown type": {index, fileWith(`{"type":"money"}`), `unknown type "money"`},
		"unknown format": {index,
			fileWith(`{"type":"string","format":"As it was told before"}`), "unknown format"},
		"array of nothing": {index, fileWith(`{"type":"array"}`), "array, with items: false"},
		"items of no array": {index, fileWith(`{"type":"string","items":{"type":"string"}}`),
			"string, with items: true"},
		"field, no schema": {index, fileWith(`{"type":"object","properties":{"a":null}}`),
			`"a": no name, or no schema`},
		"field, no name": {index,
			fileWith(`{"type":"object","properties":{"what it is":{"type":"string"}}}`),
			"no name, or no schema"},
		"required, not there": {index, fileWith(`{"type":"object","required":["a"]}`),
			`"a" is required and not there`},
		"enum of prose": {index,
			fileWith(`{"type":"string","enum":["when it has been sold out"]}`),
			"an enum of strings has"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{path.Join(vendorFolder,
				"paths/widget.json"): {Data: []byte(tt.file)}}
			if tt.index != "" {
				files[path.Join(vendorFolder, "index.json")] = &fstest.MapFile{Data: []byte(tt.index)}
			}
			_, err := readVendorFiles(files)
			assert.ErrorContains(t, err, tt.want)
		})
	}
	ops, err := readVendorFiles(fstest.MapFS{
		path.Join(vendorFolder, "index.json"):        {Data: []byte(index)},
		path.Join(vendorFolder, "paths/widget.json"): {Data: []byte(good)},
	})
	require.NoError(t, err)
	assert.Len(t, ops, 1)
}

// Two operations of one name and version would be one method.
func TestSameOperationTwice(t *testing.T) {
	t.Parallel()
	file := `{"openapi":"3.0.0","paths":{`
	for i, p := range []string{"/widget/202401/widgets", "/widget/202401/wodgets"} {
		if i > 0 {
			file += ","
		}
		file += `"` + p +
			`":{"get":{"summary":"GetWidget","responses":{"200":{"content":{"application/json":{"schema":` + goodSchema + `}}}}}}`
	}
	_, err := readVendorFiles(fstest.MapFS{
		path.Join(vendorFolder,
			"index.json"): {Data: []byte(
			`{"modules":[{"first_level_path":"widget","file":"paths/widget.json","path_count":2}]}`)},
		path.Join(vendorFolder, "paths/widget.json"): {Data: []byte(file + "}}")},
	})
	assert.ErrorContains(t, err, "have the same name and version")
}

// A link in a package does not lead out of it.
func TestPackageStaysInItsFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata/package")))
	file := filepath.Join(folder, vendorFolder, "paths", "widget.json")
	outside := filepath.Join(t.TempDir(), "widget.json")
	require.NoError(t, os.Rename(file, outside))
	if err := os.Symlink(outside, file); err != nil {
		t.Skip("no links here:", err)
	}
	_, err := readPackage(folder)
	assert.Error(t, err)
	assert.NotErrorIs(t, err, fs.ErrNotExist)
}

// Whatever a file holds, it is refused or read; what is read holds no prose and has come in after
// one import.
func FuzzReadModule(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata/package", vendorFolder, "paths", "*.json"))
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(fileWith(goodSchema)))
	f.Add([]byte(fileWith(
		`{"type":"string","enum":["A","B"],"description":"Default: A","example":{"a":["b"]}}`)))
	rules, err := readRules(valuesJSON)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		ops, _, err := readModule(data)
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for _, op := range ops {
			if seen[op.id()] {
				return // readVendorFiles refuses it
			}
			seen[op.id()] = true
		}
		pkg := &Package{Version: "1", Operations: ops}
		facts := make(Facts)
		require.NotEmpty(t, merge(facts, pkg, rules))
		again := make(Facts)
		for module, doc := range facts {
			encoded, err := doc.Encode()
			require.NoError(t, err)
			again[module], err = decodeDocument(encoded)
			require.NoError(t, err)
			doc.eachText(func(text string) { require.True(t, isFigure(text), "%q", text) })
		}
		require.Empty(t, merge(again, pkg, rules))
		require.Equal(t, len(facts), len(again), "%v", maps.Keys(again))
	})
}

// eachText visits the values, defaults and examples of a document.
func (d *Document) eachText(visit func(string)) {
	texts := func(raw []byte) {
		var v any
		if raw != nil && decode(raw, &v) == nil {
			eachString(v, "", func(_, text string) { visit(text) })
		}
	}
	for _, item := range d.Paths {
		for _, op := range item {
			for _, p := range op.Parameters {
				texts(p.Example)
			}
			op.eachField(func(_ string, s, _ *Schema) {
				texts(s.Example)
				texts(s.Default)
				for _, v := range s.Values {
					visit(v)
				}
			})
		}
	}
}
