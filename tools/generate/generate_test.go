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
				op.Data().Properties["toy"] = openapi3.NewObjectSchema().WithProperty("x", openapi3.NewStringSchema()).NewRef()
			}
		}
	}
	after := toyPackage(t, before.lock(), grow)
	for name, place := range before.lock() {
		assert.Contains(t, after.lock()[name], place, name)
	}
	assert.Len(t, after.lock(), len(before.lock())+1, "the new toy; those of SearchToys are still toys")
}

// TestNewVersionMovesNothing: who calls an operation without a version in its name goes on calling the same one, with types of the
// same names, when the platform has a newer version. Only -move changes that.
func TestNewVersionMovesNothing(t *testing.T) {
	t.Parallel()
	toyType := func(p *Package, method string) string {
		i := slices.IndexFunc(p.Methods, func(m *Method) bool { return m.Op.GoName == method })
		require.GreaterOrEqual(t, i, 0, method)
		fields := p.Methods[i].Data.Fields
		return fields[slices.IndexFunc(fields, func(f *Field) bool { return f.Type.Struct != nil })].Type.name()
	}
	root := t.TempDir()
	put := func(name string, content []byte) { require.NoError(t, write(filepath.Join(root, name), content)) }
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
	require.NoError(t, json.Unmarshal([]byte(strings.NewReplacer("202502", "202601", `"close_time"`, `"closing_time"`).Replace(string(text))), &next))
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

// TestPlainNamesAreLocked: no name without a version calls another than the lock says, and none is missing in it.
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

// TestModules holds for what is generated from the real facts.
func TestModules(t *testing.T) {
	t.Parallel()
	modules, err := facts.Load("../../openapi")
	require.NoError(t, err)
	exported := regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	for _, m := range modules {
		p, err := newPackage(m, nil, nil)
		require.NoError(t, err)
		seen := make(map[string]bool)
		once := func(name string) {
			assert.Regexp(t, exported, name, m.Name)
			assert.False(t, seen[name], "%s: %s is declared twice", m.Name, name)
			seen[name] = true
		}
		once("Service")
		once("New")
		shapes := make(map[string]string)
		for _, s := range p.Structs {
			once(s.Name)
			assert.NotRegexp(t, `(ItemItem|DetailDetail|InfoInfo|ListList|StatusStatus|DataData)$`, s.Name)
			if signature := s.signature(); !s.top {
				assert.Empty(t, shapes[signature], "%s: %s is the same", m.Name, s.Name)
				shapes[signature] = s.Name
				assert.False(t, commonName(s.uses) == "" && sharedNames[s.fieldNames()] == "", "%s: %s is the type of fields whose names have nothing in common: give %q a name in sharedNames",
					m.Name, s.Name, s.fieldNames())
			}
		}
		for _, e := range p.Enums {
			once(e.Name)
			for i, c := range e.Consts {
				once(c)
				assertReadable(t, e, i)
			}
		}
		methods := make(map[string]bool)
		for _, method := range p.Methods {
			assert.False(t, methods[method.Op.GoName], "%s: method %s is declared twice", m.Name, method.Op.GoName)
			methods[method.Op.GoName] = true
			for _, f := range method.Request.Fields {
				switch f.Wire {
				case "page_token":
					if noIterator[method.Op.OperationID] == "" {
						assert.NotNil(t, method.Pages, "%s: no iterator for %s", m.Name, method.Op.GoName)
					}
				case "idempotency_key", "idempotent_key":
					assert.Contains(t, method.Literal(), "Idempotency", "%s: no key for %s", m.Name, method.Op.GoName)
				}
			}
			assert.NotRegexp(t, `[a-z]{16}`, method.Op.GoName, "words run together")
		}
		places := make(map[string]bool)
		for _, s := range p.Structs {
			for i := range s.uses {
				places[s.uses[i].String()] = true
			}
			if !s.top {
				assertTypeName(t, m.Name, s.Name, methods)
			}
		}
		for _, e := range p.Enums {
			for i := range e.uses {
				places[e.uses[i].String()] = true
			}
			assertTypeName(t, m.Name, e.Name, methods)
		}
		for place := range givenNames[m.Package] {
			assert.True(t, places[place], "%s: givenNames: there is no %s", m.Name, place)
		}
		for name := range methods {
			assert.False(t, methods[name+"All"], "%s: the iterator of %s is declared twice", m.Name, name)
		}
	}
}

// assertTypeName: the name of a type that no method's name is in is short, tells the type from a method, and was not made
// different by a number.
func assertTypeName(t *testing.T, module, name string, methods map[string]bool) {
	assert.LessOrEqual(t, len(name), 45, "%s: give %s a name in givenNames", module, name)
	assert.False(t, methods[name], "%s: %s is a type and a method: give it a name in givenNames", module, name)
	assert.NotRegexp(t, `[A-UW-Za-z]\d$`, name, "%s: give %s a name in givenNames", module, name)
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
					assert.True(t, strings.HasPrefix(f.GoType(), "*"), "%s: %s.%s overwrites by its zero, so nothing must send it unasked", m.Name, s.Name, f.Name)
				}
				if number := f.Type.Scalar == "bool" || f.isNumber(); f.Required && number && f.In == "json" && f.pointer() {
					assert.Regexp(t, "^required", f.check(), "%s: %s.%s", m.Name, s.Name, f.Name)
				}
				if f.Required && f.Schema.Default != nil {
					assert.Contains(t, f.check(), fmt.Sprint("default=", f.Schema.Default), "%s: %s.%s", m.Name, s.Name, f.Name)
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
			assert.Equal(t, noFile[method.Op.OperationID] == "", files > 0, "%s: an upload needs its file", method.Op.OperationID)
		}
	}
	assert.GreaterOrEqual(t, overwriting, 4)
	assert.GreaterOrEqual(t, uploads, 14)
}

// noFile are multipart operations that can do without a file, with why.
var noFile = map[string]string{
	"UploadShippingDocumentAndTrackingInfo_202405": "a tracking number says enough, and there are two sorts of files",
}

// TestWidth: generated lines are at most 120 wide, unless there is no place to break them at: a path, a tag, a constant or an alias.
func TestWidth(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../api/*/*.gen.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	unbreakable := regexp.MustCompile("^\\t*(Path: +\"|//     /|// /|\\w+ +\\w+ += \"|\\w+ +\\S+ +`|type \\w+ = \\w+$)")
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

func TestScalars(t *testing.T) {
	t.Parallel()
	number := func(example any) *openapi3.Schema {
		s := openapi3.NewInt64Schema()
		s.Example = example
		return s
	}
	text := func(example any) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Example = example
		return s
	}
	types := typing{map[string]string{"push_time": typeUnixTime}}
	for _, c := range []struct {
		name   string
		schema *openapi3.Schema
		want   string
	}{
		{"create_time", number(1623812664.0), typeUnixTime},
		{"create_time_ge", number("1623812664"), typeUnixTime},
		{"expire_at", number(1623812664.0), typeUnixTime},
		{"create_time", number(1623812664000.0), typeUnixMilli},
		{"create_time_millis", number(1623812664000.0), typeUnixMilli},
		{"push_time_ge", number(nil), typeUnixTime},
		{"push_time", number(nil), typeUnixTime},
		{"push_time", number(171298765.0), typeUnixTime}, // one digit short
		{"push_time", number(17129.0), "int64"},
		{"invalid_product_id_list", text("x"), typeID},
		{"create_time", text("1623812664"), typeUnixTimeText},
		{"create_time", text("1623812664000"), typeUnixMilliText},
		{"start_date", text("2024-11-13"), typeDate},
		{"start_date", text(nil), "string"},
		{"video_post_time", text("2024-11-13 10:00:00"), "string"},
		{"first_response_time", number(123.0), "int64"},
		{"handling_time", openapi3.NewInt32Schema(), "int64"},
		{"quantity", number(1623812664.0), "int64"},
		{"page_size", number(10.0), "int64"},
		{"code", number(10.0), "int"},
		{"ineligible_code", openapi3.NewInt32Schema(), "int"},
		{"codes_left", number(10.0), "int64"},
		{"id", text("x"), typeID},
		{"product_ids", text("x"), typeID},
		{"paid", text("x"), "string"},
		{"id", number(1.0), "int64"},
		{"commission_rate", number(1000.0), typeBasisPoints},
		{"rate_ge", number(1000.0), typeBasisPoints},
		{"width_rate", number(1.0), "int64"},
		{"tax_rate", text("0.35"), "string"},
		{"enabled", openapi3.NewBoolSchema(), "bool"},
		{"data", openapi3.NewStringSchema().WithFormat("binary"), typeFile},
	} {
		got, err := types.scalar(c.name, c.schema)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%s, example %v", c.name, c.schema.Example)
	}
	_, err := types.scalar("share", openapi3.NewFloat64Schema())
	assert.ErrorContains(t, err, "share: no Go type")
}

// TestIDsAreOfThePlatform: no field of type ID holds an open id or what another system calls a thing, and none that holds an id
// is text.
func TestIDsAreOfThePlatform(t *testing.T) {
	t.Parallel()
	modules, err := facts.Load("../../openapi")
	require.NoError(t, err)
	openID := regexp.MustCompile(`^[A-Za-z0-9_-]{40,}$`) // of an image, the name has a slash
	seen := make(map[string]bool)
	for _, m := range modules {
		p, err := newPackage(m, nil, nil)
		require.NoError(t, err)
		for _, s := range p.Structs {
			for _, f := range s.Fields {
				typ, schema := f.Type, f.Schema
				for typ.List != nil {
					typ, schema = typ.List, schema.Items.Value
				}
				switch typ.Scalar {
				case "string":
					seen[f.Wire] = true
				case typeID, typeIDNumber:
					assert.NotRegexp(t, `(?i)external|outer_|open_id|oepn`, f.Wire, "%s.%s", m.Name, s.Name)
					for _, example := range []string{exampleText(f.Schema), exampleText(schema)} {
						assert.NotRegexp(t, openID, example, "%s.%s.%s", m.Name, s.Name, f.Wire)
					}
				}
			}
		}
	}
	for _, name := range facts.TextIDNames() {
		assert.True(t, seen[name], "%s: no field is called so any more", name)
	}
	for _, c := range []struct {
		name  string
		place []string
		want  bool
	}{
		{"an id", []string{"orders", "id"}, false},
		{"an open id", []string{"creator_open_id"}, true},
		{"a list of them", []string{"invalid_open_id_list"}, true},
		{"a collaboration that is open", []string{"open_collaboration_id"}, false},
		{"another system's", []string{"skus", "external_sku_id"}, true},
		{"the key of a form's field", []string{"listing_schemas", "fields", "id"}, true},
		{"an id without a place", []string{"id"}, false},
		{"no place", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, facts.IsTextID(c.place...))
		})
	}
}

// TestPageSize: a page's size must be given unless the platform has one for those who do not.
func TestPageSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change       func(*openapi3.Parameter)
		check, words string
		largest      int
	}{
		{func(*openapi3.Parameter) {}, "required,default=20,min=1,max=100", "// Required; 1 to 100; default 20.", 100},
		{func(p *openapi3.Parameter) { p.Schema.Value.Max = nil }, "required,default=20,min=1", "// Required; at least 1; default 20.", 0},
		{func(p *openapi3.Parameter) { p.Schema.Value.Default = nil }, "required,min=1,max=100", "// Required; 1 to 100.", 100},
		{func(p *openapi3.Parameter) { *p.Schema.Value = *openapi3.NewInt32Schema() }, "required,min=1", "// Required.", 20},
		{func(p *openapi3.Parameter) { *p.Schema.Value, p.Required = *openapi3.NewInt32Schema(), false }, "", "", 0},
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
				i := slices.IndexFunc(m.Request.Fields, func(f *Field) bool { return f.Wire == "page_size" })
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
				data.Properties["a_time"] = openapi3.NewObjectSchema().WithPropertyRef("play_time", example(1623812664)).NewRef()
				data.Properties["b_time"] = openapi3.NewObjectSchema().WithPropertyRef("play_time", example(1623812664000)).NewRef()
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
			i := slices.IndexFunc(m.Data.Fields, func(f *Field) bool { return f.Wire == "play_time" })
			assert.Equal(t, typeUnixTime, m.Data.Fields[i].GoType(), "seconds, if there are both")
		case "GetToy":
			assert.Equal(t, "// Required.", m.Request.Fields[0].Comment(), "a path needs all its parameters")
		}
	}
}

// TestConstants: a misspelt value leaves the name to the one that is spelt right.
func TestConstants(t *testing.T) {
	t.Parallel()
	p := toyPackage(t, nil, func(m *facts.Module) {
		for _, op := range m.Operations {
			if op.GoName == "SearchToys" {
				for name, values := range map[string][]any{"market_state": {"CALCELLED", "CANCELLED", "SOLD_BY_TIKTOK", "IN STOCK"}, "price_currency": {"USD", "LOCAL"}, "sale_region": {"IT", "CZ", "OTHER"}} {
					s := openapi3.NewStringSchema()
					s.Extensions = map[string]any{"x-values": values}
					op.Data().Properties[name] = s.NewRef()
				}
			}
		}
	})
	for name, want := range map[string][]string{
		"MarketState":   {"MarketStateMisspeltCancelled", "MarketStateCancelled", "MarketStateSoldByTikTok", "MarketStateInStock"},
		"PriceCurrency": {"PriceCurrencyUSD", "PriceCurrencyLocal"},
		"SaleRegion":    {"SaleRegionIT", "SaleRegionCZ", "SaleRegionOther"},
	} {
		i := slices.IndexFunc(p.Enums, func(e *Enum) bool { return e.Name == name })
		require.GreaterOrEqual(t, i, 0, name)
		assert.Equal(t, want, p.Enums[i].Consts)
	}
}

// assertReadable: the constant repeats no word of its type at the seam, and all the numbers of the value stand apart.
func assertReadable(t *testing.T, e *Enum, i int) {
	t.Helper()
	numbers := func(s string) []string { return regexp.MustCompile(`[0-9]+`).FindAllString(s, -1) }
	rest, ok := strings.CutPrefix(e.Consts[i], e.Name)
	require.True(t, ok, e.Consts[i])
	assert.Equal(t, append(numbers(e.Name), numbers(e.word(e.Values[i]))...), numbers(e.Consts[i]), "%s: numbers of %q run together", e.Consts[i], e.Values[i])
	words := func(s string) []string {
		return regexp.MustCompile(`[A-Z]+(?:[a-z]+|s?)|[0-9]+[a-z]*`).FindAllString(s, -1)
	}
	name, value := words(e.Name), words(rest)
	for n := min(len(name), len(value)-1); n > 0; n-- {
		assert.NotEqual(t, name[len(name)-n:], value[:n], "%s stutters", e.Consts[i])
	}
	if len(value) > len(name) {
		assert.NotEqual(t, name, value[len(value)-len(name):], "%s stutters", e.Consts[i])
	}
}

func TestNamesOfValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		typ    string
		values []string
		want   []string
	}{
		{"a range", "GMVRange", []string{"GMV_RANGE_100_1000", "GMV_RANGE_1000_AND_ABOVE"}, []string{"GMVRange100To1000", "GMVRange1000AndAbove"}},
		{"other separators", "Age", []string{"18-24", "25~34"}, []string{"Age18To24", "Age25To34"}},
		{"the type's last words", "SearchUnitsSoldRange", []string{"UNITS_SOLD_RANGE_0_10"}, []string{"SearchUnitsSoldRange0To10"}},
		{"the type's name at the end", "Star", []string{"1_STAR", "STAR"}, []string{"Star1", "StarStar"}},
		{"measures", "Format", []string{"A4_21UP_63_5MM_38_1MM", "DEFAULT_40MM_60MM"}, []string{"FormatA4N21up63Point5mm38Point1mm", "FormatDefault40mm60mm"}},
		{"part of a word is no repetition", "Mode", []string{"MODERN_ODE"}, []string{"ModeModernOde"}},
		{"a type that ends in a digit", "Status2", []string{"30_DAYS", "STATUS_2"}, []string{"Status2N30Days", "Status2Status2"}},
		{"the short name is another value's", "State", []string{"STATE_OPEN", "OPEN"}, []string{"StateStateOpen", "StateOpen"}},
		{"values that differ in case alone", "State", []string{"OPEN", "open"}, []string{"StateOpen", "StateMisspeltOpen"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := &Enum{Name: c.typ, Values: c.values}
			e.nameConstants(make(names))
			assert.Equal(t, c.want, e.Consts)
		})
	}
	taken := names{"Class2": true}
	e := &Enum{Name: "Class", Values: []string{"CLASS_2"}}
	e.nameConstants(taken)
	assert.Equal(t, []string{"ClassClass2"}, e.Consts, "a type has the short name")
}

func TestNames(t *testing.T) {
	t.Parallel()
	for plural, want := range map[string]string{
		"skus": "sku", "combined_skus": "combined_sku", "categories": "category", "addresses": "address", "boxes": "box", "batches": "batch", "statuses": "status",
		"warehouses": "warehouse", "series": "series", "status": "status", "package_list": "package", "line_items": "line_item", "sms": "sms", "class": "class",
	} {
		assert.Equal(t, want, singular(plural))
	}
	for _, c := range [][3]string{{"Package", "PackageSKU", "PackageSKU"}, {"LineItem", "Item", "LineItem"}, {"Line", "Item", "LineItem"}, {"SearchToys", "Toy", "SearchToysToy"}, {"ListingStatus", "StatusInfo", "ListingStatusInfo"}} {
		assert.Equal(t, c[2], join(c[0], c[1]))
	}
	taken := make(names)
	assert.Equal(t, []string{"A", "B", "B2", "B3"}, []string{taken.take("A"), taken.take("A", "B"), taken.take("A", "B"), taken.take("A", "B")})
}

func TestAlike(t *testing.T) {
	t.Parallel()
	list := func(s string) []string { return strings.Fields(s) }
	for _, c := range []struct {
		key, a, b string
		want      bool
	}{
		{"order_status", "A B C", "B C D", true},
		{"order_status", "A B C D", "A X Y Z", false},
		{"order_status", "A B", "A B C D E", true},
		{"status", "A B", "A B C D E", false},
		{"status", "A B C", "A B C D E F", true},
		{"status", "A B", "B A", true},
		{"status", "A B C D E", "A B C D X", true},
	} {
		assert.Equal(t, c.want, alike(c.key, list(c.a), list(c.b)), c)
		assert.Equal(t, c.want, alike(c.key, list(c.b), list(c.a)), c)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	enum := func(key, values string) *Enum { return &Enum{key: key, Values: strings.Fields(values)} }
	for _, c := range []struct {
		a, b *Enum
		want bool
	}{
		{enum("gmv_breakdown_type", "A B C"), enum("buyer_breakdown_type", "C B A"), true},
		{enum("gmv_breakdown_type", "A B C"), enum("buyer_breakdown_type", "C B A D"), false},
		{enum("gmv_breakdown_type", "A B"), enum("buyer_breakdown_type", "B A"), true},
		{enum("post_status", "A B C"), enum("check_status", "A B C"), true},
		{enum("post_status", "A B C"), enum("check_status", "A B"), false},
		{enum("post_status", "A B C D E"), enum("check_status", "A B C D E"), true},
		{enum("post_status", "A B C D E"), enum("check_type", "A B C D E"), false},
	} {
		assert.Equal(t, c.want, twins(c.a, c.b), "%s and %s", c.a.key, c.b.key)
	}
	index := &enumIndex{map[string][]*Enum{"x_a_type": {enum("x_a_type", "A B C")}, "y_a_type": {enum("y_a_type", "A B C")}}}
	index.mergeTwins()
	assert.Same(t, index.byKey["x_a_type"][0], index.byKey["y_a_type"][0])
	assert.Equal(t, "a_type", index.byKey["x_a_type"][0].key)
	for _, keys := range [][2]string{{"status", "order_status"}, {"return_order_status", "order_status"}, {"order_status", "status"}} {
		index := &enumIndex{map[string][]*Enum{keys[0]: {enum(keys[0], "A B")}, keys[1]: {enum(keys[1], "A B")}}}
		index.mergeTwins()
		assert.Equal(t, "order_status", index.byKey[keys[0]][0].key)
	}
}

// TestRun generates into an empty repository, twice; what is generated no more goes.
func TestRun(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put := func(name, content string) { require.NoError(t, write(filepath.Join(root, name), []byte(content))) }
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
	assert.Equal(t, "before\n"+tableBegin+"| module | operations | served by | the platform's pages |\n| --- | --- | --- | --- |\n"+
		"| `toy_shop` | 9 | [`api/toyshop`](../api/toyshop) | [CreateToy](https://example.com/createtoy-202502) … |\n| all | 9 | | |\n"+tableEnd+"after\n", string(page))
	index, err := os.ReadFile(filepath.Join(root, "OPERATIONS.md"))
	require.NoError(t, err)
	assert.Contains(t, string(index), "| [`toyshop.CreateToy`](https://example.com/createtoy-202502) |  | `POST /toy_shop/202502/toys` | shop cipher |")
	assert.Contains(t, string(index), "(https://example.com/searchtoys-202502) | Lists toys. | `POST /toy_shop/202502/toys/search` |")
	service, err := os.ReadFile(filepath.Join(root, "api/toyshop/service.gen.go"))
	require.NoError(t, err)
	assert.Contains(t, string(service), "// SearchToys lists toys. Old toys are left out; [Service.GetToy] returns one.\n")
	models, err := os.ReadFile(filepath.Join(root, "llms.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(models), "typed methods for all 9 operations of 1 modules")
	assert.Contains(t, string(models), "### api/toyshop\n\nToys are made up, and so is this module.\n\nCreateToy, GSQueryToys, GetToy, ")
	assert.NoFileExists(t, filepath.Join(root, "api/gone/service.gen.go"))
	assert.FileExists(t, filepath.Join(root, "api/toyshop/upload.go"), "written by hand")
	files := func() []string {
		list, err := filepath.Glob(filepath.Join(root, "*", "*", "*"))
		require.NoError(t, err)
		return list
	}
	first := files()
	assert.True(t, slices.ContainsFunc(first, func(f string) bool { return strings.HasSuffix(f, "types.gen.go") }))
	assert.FileExists(t, filepath.Join(root, "tools/generate/names.json"))
	require.NoError(t, run(root, false))
	assert.Equal(t, first, files())

	put("openapi/toy_shop.json", strings.ReplaceAll(string(toys), "toyshop.GetToy", "toyshop.GetTrain"))
	require.EqualError(t, run(root, false), "toy_shop: the words speak of operations that there are not: toyshop.GetTrain")
}

// Numbers become constants by what they mean, and figures that mean something else in another field are not of its type.
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
	assert.False(t, twins(enums[1], &Enum{Values: []string{"2", "9"}, integer: true, key: "box_state", named: map[string]string{"2": "FULL"}}))
	assert.Nil(t, enumOf(openapi3.NewInt64Schema()), "no names")
	assert.Nil(t, enumOf(field(false, map[string]any{"1": "A", "2": "B"})), "no values")
}

// What is final is the union of what the uses of an enumeration say, and needs no values that an older version lacks.
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

// TestMapNamesEveryPackage: llms.txt of this repository leaves out no package that a program may import.
func TestMapNamesEveryPackage(t *testing.T) {
	t.Parallel()
	const root = "../.."
	content, err := os.ReadFile(filepath.Join(root, "llms.txt"))
	require.NoError(t, err)
	words := strings.FieldsFunc(string(content), func(r rune) bool { return strings.ContainsRune(" \n,:;()", r) })
	named := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case !d.IsDir():
			return nil
		case name == "internal", name == "collector", name == "testdata", name == "examples", name == "example", name == "tools", name != ".." && strings.HasPrefix(name, ".") && path != root:
			return filepath.SkipDir
		}
		sources, err := filepath.Glob(filepath.Join(path, "*.go"))
		sources = slices.DeleteFunc(sources, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
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
