package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

var update = flag.Bool("update", false, "write the golden files anew")

// toyPackage is made from the facts of a module that has one of everything.
func toyPackage(t *testing.T, locked map[string]string, change func(*facts.Module)) *Package {
	m, err := facts.LoadModule("testdata/openapi/toy_shop.json", nil)
	require.NoError(t, err)
	if change != nil {
		change(m)
	}
	p, err := newPackage(m, locked, nil)
	require.NoError(t, err)
	return p
}

func TestGolden(t *testing.T) {
	t.Parallel()
	p := toyPackage(t, nil, nil)
	for name, text := range templates() {
		got, err := p.render(text)
		require.NoError(t, err)
		file := filepath.Join("testdata", "toyshop", name)
		if *update {
			require.NoError(t, write(file, got))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s; go test -update writes it anew", name)
	}
}

// TestNamesStay: a type keeps its name when the facts change around it.
func TestNamesStay(t *testing.T) {
	t.Parallel()
	before := toyPackage(t, nil, nil)
	require.Contains(t, before.lock(), "Toy")
	require.Contains(t, before.lock(), "ToyStatus")
	// A field named like the type's would take its name, were it not taken.
	grow := func(m *facts.Module) {
		for _, op := range m.Operations {
			if op.GoName == "SearchToys" {
				toys := op.Data().Properties["toys"].Value.Items.Value
				toys.Properties["weight"] = openapi3.NewStringSchema().NewRef()
				op.Data().Properties["toy"] = openapi3.NewObjectSchema().WithProperty("x",
					openapi3.NewStringSchema()).NewRef()
			}
		}
	}
	after := toyPackage(t, before.lock(), grow)
	for name, place := range before.lock() {
		assert.Contains(t, after.lock()[name], place, name)
	}
	assert.Len(t, after.lock(), len(before.lock())+1,
		"the new toy; those of SearchToys are still toys")
}

// TestNewVersionMovesNothing: who calls an operation without a version in its name goes on calling
// the same one, with types of the same names, when the platform has a newer version. Only -move
// changes that.
func TestNewVersionMovesNothing(t *testing.T) {
	t.Parallel()
	toyType := func(p *Package, method string) string {
		i := slices.IndexFunc(p.Methods, func(m *Method) bool { return m.Op.GoName == method })
		require.GreaterOrEqual(t, i, 0, method)
		fields := p.Methods[i].Data.Fields
		return fields[slices.IndexFunc(fields, func(f *Field) bool {
			return f.Type.Struct != nil
		})].Type.name()
	}
	root := t.TempDir()
	put := func(name string, content []byte) {
		require.NoError(t, write(filepath.Join(root, name), content))
	}
	source, err := os.ReadFile("testdata/openapi/toy_shop.json")
	require.NoError(t, err)
	put("openapi/toy_shop.json", source)
	put(modulesPage, []byte(tableBegin+tableEnd))
	require.NoError(t, run(root, false))
	load := func() (*Package, facts.Versions) {
		modules, err := facts.Load(filepath.Join(root, "openapi"))
		require.NoError(t, err)
		lock, err := readLock(filepath.Join(root, "tools", "generate", "names.json"))
		require.NoError(t, err)
		p, err := newPackage(modules[0], lock["toyshop"], nil)
		require.NoError(t, err)
		versions, err := facts.ReadVersions(filepath.Join(root, "openapi", facts.VersionsFile))
		require.NoError(t, err)
		return p, versions
	}
	before, versions := load()
	require.Equal(t, "202502", versions["toyshop"]["GetToy"])

	var doc map[string]any
	require.NoError(t, json.Unmarshal(source, &doc))
	paths := doc["paths"].(map[string]any)
	const newest = "/toy_shop/202502/toys/{toy_id}"
	text, err := json.Marshal(paths[newest])
	require.NoError(t, err)
	var next any
	require.NoError(t,
		json.Unmarshal([]byte(strings.NewReplacer(
			"202502", "202601", `"close_time"`, `"closing_time"`).Replace(string(text))), &next))
	paths[strings.Replace(newest, "202502", "202601", 1)] = next
	grown, err := json.Marshal(doc)
	require.NoError(t, err)
	put("openapi/toy_shop.json", grown)
	require.NoError(t, run(root, false))
	after, now := load()
	assert.Empty(t, versions.Moved(now))
	assert.Equal(t, toyType(before, "GetToy"), toyType(after, "GetToy"))
	assert.Equal(t, "Toy202601", toyType(after, "GetToy202601"))

	require.NoError(t, run(root, true))
	_, moved := load()
	assert.Equal(t, []string{"toyshop.GetToy: 202601, was 202502"}, versions.Moved(moved))

	put("openapi/toy_shop.json", source) // the version that GetToy calls is gone
	assert.ErrorContains(t, run(root, false), "toyshop.GetToy: 202502, was 202601")
}

// TestPlainNamesAreLocked: no name without a version calls another than the lock says, and none is
// missing in it.
func TestPlainNamesAreLocked(t *testing.T) {
	t.Parallel()
	locked, err := facts.ReadVersions("../../openapi/" + facts.VersionsFile)
	require.NoError(t, err)
	modules, err := facts.Load("../../openapi")
	require.NoError(t, err)
	now := facts.PlainVersions(modules)
	assert.Empty(t, locked.Moved(now))
	assert.Empty(t, now.Moved(locked), "go generate ./... locks new names")
}

// TestRequestsOfTheFacts: what must not be forgotten cannot be.
func TestRequestsOfTheFacts(t *testing.T) {
	t.Parallel()
	modules, err := facts.Load("../../openapi")
	require.NoError(t, err)
	overwriting, uploads := 0, 0
	for _, m := range modules {
		p, err := newPackage(m, nil, nil)
		require.NoError(t, err)
		for _, s := range p.Structs {
			for _, f := range s.Fields {
				if f.role == inAnswer {
					continue
				}
				if f.Schema.Extensions["x-overwrites"] == true {
					overwriting++
					assert.True(t, strings.HasPrefix(f.GoType(), "*"),
						"%s: %s.%s overwrites by its zero, so nothing must send it unasked", m.Name,
						s.Name, f.Name)
				}
				if number := f.Type.Scalar == "bool" ||
					f.isNumber(); f.Required && number && f.In == "json" && f.pointer() {
					assert.Regexp(t, "^required", f.check(), "%s: %s.%s", m.Name, s.Name, f.Name)
				}
				if f.Required && f.Schema.Default != nil {
					assert.Contains(t, f.check(), fmt.Sprint("default=", f.Schema.Default),
						"%s: %s.%s", m.Name, s.Name, f.Name)
				}
			}
		}
		for _, method := range p.Methods {
			if !method.Op.Multipart() {
				continue
			}
			uploads++
			files := 0
			for _, f := range method.Request.Fields {
				if f.Type.Scalar == typeFile && f.Required {
					files++
				}
			}
			assert.Equal(t, noFile[method.Op.OperationID] == "", files > 0,
				"%s: an upload needs its file", method.Op.OperationID)
		}
	}
	assert.GreaterOrEqual(t, overwriting, 4)
	assert.GreaterOrEqual(t, uploads, 14)
}

// noFile are multipart operations that can do without a file, with why.
var noFile = map[string]string{
	"UploadShippingDocumentAndTrackingInfo_202405": "a tracking number says enough, and there are two sorts of files",
}

// TestWidth: generated lines are at most 120 wide, unless there is no place to break them at: a
// path, a tag, a constant or an alias.
func TestWidth(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../api/*/*.gen.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	unbreakable := regexp.MustCompile(
		"^\\t*(Path: +\"|//     /|// /|\\w+ +\\w+ += \"|\\w+ +\\S+ +`|type \\w+ = \\w+$)")
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.SplitSeq(string(content), "\n") {
			if width(line) > widest && !unbreakable.MatchString(line) {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
}

// noIterator are operations that take a page token and have no one list, with why.
var noIterator = map[string]string{
	"GetSPSMetricProblemDetails_202606": "a list for each metric",
	"GetShopLIVEPerformanceList_202609": "nothing is known of the answer",
}

// TestPageSize: a page's size must be given unless the platform has one for those who do not.
func TestPageSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change       func(*openapi3.Parameter)
		check, words string
		largest      int
	}{
		{func(*openapi3.Parameter) {}, "required,default=20,min=1,max=100",
			"// Required; 1 to 100; default 20.", 100},
		{func(p *openapi3.Parameter) { p.Schema.Value.Max = nil }, "required,default=20,min=1",
			"// Required; at least 1; default 20.", 0},
		{func(p *openapi3.Parameter) { p.Schema.Value.Default = nil }, "required,min=1,max=100",
			"// Required; 1 to 100.", 100},
		{func(p *openapi3.Parameter) { *p.Schema.Value = *openapi3.NewInt32Schema() },
			"required,min=1", "// Required.", 20},
		{func(p *openapi3.Parameter) {
			*p.Schema.Value, p.Required = *openapi3.NewInt32Schema(), false
		}, "", "", 0},
	} {
		p := toyPackage(t, nil, func(m *facts.Module) {
			for _, op := range m.Operations {
				if size := op.Parameters.GetByInAndName("query", "page_size"); size != nil {
					c.change(size)
				}
			}
		})
		for _, m := range p.Methods {
			if m.Pages != nil {
				i := slices.IndexFunc(m.Request.Fields,
					func(f *Field) bool { return f.Wire == "page_size" })
				assert.Equal(t, c.check, m.Request.Fields[i].check())
				assert.Equal(t, c.words, m.Request.Fields[i].Comment())
				assert.Equal(t, c.largest, m.Pages.Largest)
			}
		}
	}
}

// TestGuards are for facts that no module has yet.
func TestGuards(t *testing.T) {
	t.Parallel()
	example := func(x float64) *openapi3.SchemaRef {
		s := openapi3.NewInt64Schema()
		s.Example = x
		return s.NewRef()
	}
	p := toyPackage(t, nil, func(m *facts.Module) {
		for _, op := range m.Operations {
			switch data := op.Data(); op.GoName {
			case "SearchToys":
				data.Properties["kites"] = data.Properties["toys"]
				data.Properties["a_time"] = openapi3.NewObjectSchema().WithPropertyRef("play_time",
					example(1623812664)).NewRef()
				data.Properties["b_time"] = openapi3.NewObjectSchema().WithPropertyRef("play_time",
					example(1623812664000)).NewRef()
				data.Properties["play_time"] = openapi3.NewInt64Schema().NewRef()
			case "GetToy":
				op.Parameters.GetByInAndName("path", "toy_id").Required = false
			}
		}
	})
	for _, m := range p.Methods {
		switch m.Op.GoName {
		case "SearchToys":
			assert.Nil(t, m.Pages, "which of two lists?")
			i := slices.IndexFunc(m.Data.Fields,
				func(f *Field) bool { return f.Wire == "play_time" })
			assert.Equal(t, typeUnixTime, m.Data.Fields[i].GoType(), "seconds, if there are both")
		case "GetToy":
			assert.Equal(t, "// Required.", m.Request.Fields[0].Comment(),
				"a path needs all its parameters")
		}
	}
}

// TestRun generates into an empty repository, twice; what is generated no more goes.
func TestRun(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put := func(name, content string) {
		require.NoError(t, write(filepath.Join(root, name), []byte(content)))
	}
	toys, err := os.ReadFile("testdata/openapi/toy_shop.json")
	require.NoError(t, err)
	put("openapi/toy_shop.json", string(toys))
	put("api/gone/service.gen.go", "package gone\n")
	put("api/toyshop/upload.go", "package toyshop\n")
	put(modulesPage, "x\n")
	require.ErrorContains(t, run(root, false), modulesPage+" lacks")
	put(modulesPage, "before\n"+tableBegin+"old\n"+tableEnd+"after\n")
	require.NoError(t, run(root, false))

	page, err := os.ReadFile(filepath.Join(root, modulesPage))
	require.NoError(t, err)
	assert.Equal(t, "before\n"+tableBegin+
		"| module | operations | served by | the platform's pages |\n| --- | --- | --- | --- |\n"+
		"| `toy_shop` | 9 | [`api/toyshop`](../api/toyshop) | [CreateToy](https://example.com/createtoy-202502) … |\n| all | 9 | | |\n"+tableEnd+"after\n", string(page))
	index, err := os.ReadFile(filepath.Join(root, "OPERATIONS.md"))
	require.NoError(t, err)
	assert.Contains(t, string(index),
		"| [`toyshop.CreateToy`](https://example.com/createtoy-202502) |  | `POST /toy_shop/202502/toys` | shop cipher |")
	assert.Contains(t, string(index),
		"(https://example.com/searchtoys-202502) | Lists toys. | `POST /toy_shop/202502/toys/search` |")
	service, err := os.ReadFile(filepath.Join(root, "api/toyshop/service.gen.go"))
	require.NoError(t, err)
	assert.Contains(t, string(service),
		"// SearchToys lists toys. Old toys are left out; [Service.GetToy] returns one.\n")
	models, err := os.ReadFile(filepath.Join(root, "llms.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(models), "typed methods for all 9 operations of 1 modules")
	assert.Contains(t, string(models),
		"### api/toyshop\n\nToys are made up, and so is this module.\n\nCreateToy, GSQueryToys, GetToy, ")
	assert.NoFileExists(t, filepath.Join(root, "api/gone/service.gen.go"))
	assert.FileExists(t, filepath.Join(root, "api/toyshop/upload.go"), "written by hand")
	files := func() []string {
		list, err := filepath.Glob(filepath.Join(root, "*", "*", "*"))
		require.NoError(t, err)
		return list
	}
	first := files()
	assert.True(t, slices.ContainsFunc(first,
		func(f string) bool { return strings.HasSuffix(f, "types.gen.go") }))
	assert.FileExists(t, filepath.Join(root, "tools/generate/names.json"))
	require.NoError(t, run(root, false))
	assert.Equal(t, first, files())

	put("openapi/toy_shop.json", strings.ReplaceAll(string(toys), "toyshop.GetToy",
		"toyshop.GetTrain"))
	require.EqualError(t, run(root, false),
		"toy_shop: the words speak of operations that there are not: toyshop.GetTrain")
}

// Numbers become constants by what they mean, and figures that mean something else in another field
// are not of its type.
func TestNumbersWithMeanings(t *testing.T) {
	t.Parallel()
	field := func(integer bool, words map[string]any) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		if integer {
			s = openapi3.NewInt64Schema()
		}
		s.Extensions = map[string]any{"x-value-names": words}
		return s
	}
	index := &enumIndex{make(map[string][]*Enum)}
	for _, s := range []*openapi3.Schema{
		field(true, map[string]any{"10": "CLOSED", "2": "OPEN"}),
		field(true, map[string]any{"2": "OPEN", "9": "LOST"}),
		field(true, map[string]any{"2": "LOCAL", "9": "ABROAD"}),
	} {
		index.add("toy_state", enumOf(s))
	}
	enums := index.byKey["toy_state"]
	require.Len(t, enums, 2)
	assert.Equal(t, []string{"2", "9", "10"}, enums[0].Values)
	assert.Equal(t, map[string]string{"2": "OPEN", "9": "LOST", "10": "CLOSED"}, enums[0].named)
	assert.Equal(t, map[string]string{"2": "LOCAL", "9": "ABROAD"}, enums[1].named)
	assert.False(t,
		twins(enums[1], &Enum{Values: []string{"2", "9"}, integer: true, key: "box_state",
			named: map[string]string{"2": "FULL"}}))
	assert.Nil(t, enumOf(openapi3.NewInt64Schema()), "no names")
	assert.Nil(t, enumOf(field(false, map[string]any{"1": "A", "2": "B"})), "no values")
}

// What is final is the union of what the uses of an enumeration say, and needs no values that an
// older version lacks.
func TestFinalValues(t *testing.T) {
	t.Parallel()
	field := func(terminal ...any) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Extensions = map[string]any{"x-values": []any{"BUILDING", "DONE", "BROKEN"}}
		if terminal != nil {
			s.Extensions["x-terminal-values"] = terminal
		}
		return s
	}
	e := enumOf(field())
	e.Consts = []string{"StateBuilding", "StateDone", "StateBroken"}
	e.explain(field())
	assert.Empty(t, e.FinalCases(), "no method where the facts say nothing")
	e.explain(field("BROKEN"))
	e.explain(field("DONE"))
	assert.Equal(t, "StateDone, StateBroken", e.FinalCases())
}

// TestMapNamesEveryPackage: llms.txt of this repository leaves out no package that a program may
// import.
func TestMapNamesEveryPackage(t *testing.T) {
	t.Parallel()
	const root = "../.."
	content, err := os.ReadFile(filepath.Join(root, "llms.txt"))
	require.NoError(t, err)
	words := strings.FieldsFunc(string(content),
		func(r rune) bool { return strings.ContainsRune(" \n,:;()", r) })
	named := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case !d.IsDir():
			return nil
		case name == "internal", name == "collector", name == "testdata", name == "examples",
			name == "example", name == "tools", name != ".." && strings.HasPrefix(name, ".") &&
				path != root:
			return filepath.SkipDir
		}
		sources, err := filepath.Glob(filepath.Join(path, "*.go"))
		sources = slices.DeleteFunc(sources,
			func(f string) bool { return strings.HasSuffix(f, "_test.go") })
		if path == root || err != nil || len(sources) == 0 {
			return err
		}
		folder, err := filepath.Rel(root, path)
		named++
		assert.Contains(t, words, filepath.ToSlash(folder))
		return err
	}))
	assert.Greater(t, named, 40, "packages")
}
