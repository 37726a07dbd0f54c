package main

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// widget is a file with one operation, made of the parts that tests change.
type widget struct{ name, parameters, body, mediaType, data string }

func (w widget) pkg(t *testing.T) *Package {
	t.Helper()
	if w.name == "" {
		w.name = "GetWidget"
	}
	if w.mediaType == "" {
		w.mediaType = "application/json"
	}
	if w.data == "" {
		w.data = `{"type":"object"}`
	}
	body := ""
	if w.body != "" {
		body = fmt.Sprintf(`"requestBody":{"content":{%q:{"schema":%s}}},`, w.mediaType, w.body)
	}
	ops, _, err := readModule([]byte(fmt.Sprintf(`{"openapi":"3.0.0","paths":{"/widget/202401/widgets":{"post":{"summary":%q,"parameters":[%s],%s
		"responses":{"200":{"content":{"application/json":{"schema":%s}}}}}}}}`, w.name, w.parameters, body, w.data)))
	require.NoError(t, err)
	return &Package{Version: "1", Operations: ops}
}

// What an import says of one difference, "!" first if it breaks something; from
// facts that were read from a package only, and from facts of the reference too.
func TestMerge(t *testing.T) {
	t.Parallel()
	object := func(properties string) string {
		return `{"type":"object","properties":{` + properties + `}}`
	}
	cipher := `{"name":"shop_cipher","in":"query","required":true,"schema":{"type":"string"}}`
	for name, tt := range map[string]struct {
		was, is   widget
		oas, both string
	}{
		"same": {widget{}, widget{}, "", ""},
		"renamed": {widget{}, widget{name: "FetchWidget"},
			"! is now called FetchWidget", "! is now called FetchWidget"},
		"media type": {widget{body: object("")},
			widget{body: object(""), mediaType: "multipart/form-data"},
			"!body the media type is multipart/form-data, was application/json",
			"!body the media type is multipart/form-data, was application/json"},
		"body gone": {widget{body: object("")}, widget{}, "!body the body is gone", ""},
		"body new": {widget{}, widget{body: object("")}, "body there is a body now",
			"body there is a body now"},
		"body new, required": {widget{},
			widget{body: `{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}`},
			"!body there is a body now", "!body there is a body now"},
		"cipher new": {widget{}, widget{parameters: cipher},
			"!query.shop_cipher new required parameter; ! takes shop_cipher instead of none",
			"!query.shop_cipher new required parameter; ! takes shop_cipher instead of none"},
		"cipher gone": {widget{parameters: cipher}, widget{},
			"!query.shop_cipher the parameter is gone; ! takes none instead of shop_cipher", ""},
		"format": {widget{data: `{"type":"integer","format":"int32"}`},
			widget{data: `{"type":"integer","format":"int64"}`},
			"! the format is int64, was int32", "! the format is int64, was int32"},
		"limit of an answer": {widget{data: `{"type":"string","maxLength":9}`},
			widget{data: `{"type":"string","maxLength":3}`},
			"longest text is 3, was 9 (?)", "longest text is 3, was 9 (?)"},
		"limit, tighter": {widget{body: `{"type":"string","maxLength":9}`},
			widget{body: `{"type":"string","maxLength":3}`},
			"!body longest text is 3, was 9 (?)", "!body longest text is 3, was 9 (?)"},
		"limit, looser": {widget{body: `{"type":"integer","minimum":3}`},
			widget{body: `{"type":"integer","minimum":1}`},
			"body minimum is 1, was 3 (?)", "body minimum is 1, was 3 (?)"},
		"limit gone": {widget{body: `{"type":"string","maxLength":9}`},
			widget{body: `{"type":"string"}`},
			"body longest text is no longer limited, was 9 (?)", ""},
		"limit in other words": {widget{body: `{"type":"string","maxLength":9}`},
			widget{body: `{"type":"string","description":"It never has more than 9."}`}, "", ""},
		"default gone": {widget{body: `{"type":"string","default":"A"}`},
			widget{body: `{"type":"string"}`},
			`body the default "A" is no longer stated (?)`, ""},
		"values new": {widget{data: `{"type":"string"}`},
			widget{data: `{"type":"string","enum":["A","B"]}`},
			"! has known values now, and another Go type: A, B (?)",
			"! has known values now, and another Go type: A, B (?)"},
		"values gone": {widget{data: `{"type":"string","enum":["A","B"]}`},
			widget{data: `{"type":"string"}`},
			"! has no known values any more, and another Go type; had A, B (?)", ""},
		"values in another order": {widget{data: `{"type":"string","enum":["A","B"]}`},
			widget{data: `{"type":"string","enum":["B","A"]}`}, "", ""},
		"deprecated no more": {widget{data: `{"type":"string","deprecated":true}`},
			widget{data: `{"type":"string"}`}, " deprecated: false", ""},
		"optional": {widget{body: `{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}`}, widget{body: object(`"a":{"type":"string"}`)},
			"!body.a is no longer required", ""},
		"example": {widget{data: `{"type":"string","example":"1"}`},
			widget{data: `{"type":"string","example":"2"}`}, " another example", ""},
		"all fields gone": {widget{data: object(`"a":{"type":"string"}`)},
			widget{data: `{"type":"object"}`},
			"!a the field is gone", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for source, want := range map[string]string{sourceOAS: tt.oas, sourceBoth: tt.both} {
				facts := make(Facts)
				merge(facts, tt.was.pkg(t), new(Rules))
				facts["widget"].Paths["/widget/202401/widgets"]["post"].Source = source
				var said []string
				for _, c := range merge(facts, tt.is.pkg(t), new(Rules)) {
					line := c.Field + " " + c.What
					if c.Breaking {
						line = "!" + line
					}
					if c.Review {
						line += " (?)"
					}
					said = append(said, line)
				}
				assert.Equal(t, strings.TrimSpace(want),
					strings.TrimSpace(strings.Join(said, "; ")), source)
				assert.Empty(t, merge(facts, tt.is.pkg(t), new(Rules)), "%s: it has come in",
					source)
			}
		})
	}
}

// A rule takes the place of what is read.
// What people have written into the facts stays, and a new version is called as the ones before it.
func TestGoNames(t *testing.T) {
	t.Parallel()
	facts := make(Facts)
	pkg := widget{name: "Getwidget"}.pkg(t)
	merge(facts, pkg, new(Rules))
	first := facts["widget"].Paths["/widget/202401/widgets"]["post"]
	first.GoName = "GetWidget"
	newer := widget{name: "Getwidget"}.pkg(t).Operations[0]
	newer.Path = "/widget/202402/widgets"
	pkg.Operations = append(pkg.Operations, newer)
	merge(facts, pkg, new(Rules))
	assert.Equal(t, "GetWidget", first.GoName)
	second := facts["widget"].Paths["/widget/202402/widgets"]["post"]
	assert.Equal(t, "Getwidget_202402", second.ID)
	assert.Equal(t, "GetWidget", second.GoName)
}

func TestRules(t *testing.T) {
	t.Parallel()
	text := `"description":"Possible values:\n- A\n- B"`
	pkg := widget{
		parameters: `{"name":"stock","in":"query","description":"Valid range: [1-9]","schema":{"type":"integer"}}`,
		body: `{"type":"object","properties":{"a":{"type":"string",` + text +
			`},"b":{"type":"string",` + text + `},"c":{"type":"array",` + text +
			`,"items":{"type":"string"}}}}`,
	}.pkg(t)
	rules, err := readRules([]byte(`{"classes":{"why":"because"},"rules":[
		{"field":"query.stock","class":"why","unlimited":true},
		{"field":"body.a","class":"why"},
		{"field":"b","class":"why","operations":["Other_*"]},
		{"field":"b","class":"why","operations":["Get*_202401"],"also":["Z"]},
		{"field":"c","class":"why","values":["Q"]}]}`))
	require.NoError(t, err)
	op := derive(pkg.Operations[0], rules)
	stock := op.parameter("query", "stock").Schema
	assert.Nil(t, stock.Minimum)
	assert.Nil(t, stock.Maximum)
	body := op.Body.Content.schema().Properties
	assert.Empty(t, body.Get("a").Values)
	assert.Equal(t, []string{"Z", "A", "B"}, body.Get("b").Values)
	assert.Equal(t, []string{"Q"}, body.Get("c").Items.Values)

	// what the facts have goes, even if the text still has the figures
	facts := make(Facts)
	merge(facts, pkg, new(Rules))
	merge(facts, pkg, rules)
	had := facts["widget"].Paths["/widget/202401/widgets"]["post"]
	assert.Nil(t, had.parameter("query", "stock").Schema.Maximum)
	assert.Empty(t, had.Body.Content.schema().Properties.Get("a").Values)

	for _, bad := range []string{
		`{`, `{"rules":[{"field":"a","class":"none"}]}`,
		`{"classes":{"c":"why"},"rules":[{"class":"c"}]}`,
		`{"classes":{"c":"why"},"rules":[{"field":"a","class":"c","values":["A"],"also":["B"]}]}`,
		`{"classes":{"c":"why"},"rules":[{"field":"a","class":"c","values":["A"],"unlimited":true}]}`,
		`{"classes":{"c":"why"},"rules":[{"field":"a","class":"c","operations":["["]}]}`,
		`{"classes":{"c":"why"},"rules":[{"field":"a","class":"c","overwrites":true,"limits":{"maximum":1}}]}`,
		`{"classes":{"c":"why"},"rules":[{"field":"a","class":"c","when":{"field":"b"}}]}`,
		`{"classes":{"c":"why"},"rules":[{"field":"a","class":"c","when":{"field":"b","is":["C"],"is-not":["D"]}}]}`,
	} {
		_, err := readRules([]byte(bad))
		assert.Error(t, err, bad)
	}
}

// What people decided of a field holds whatever the package marks, and for an operation that only
// the reference has.
func TestDecisions(t *testing.T) {
	t.Parallel()
	pkg := widget{
		parameters: `{"name":"day","in":"query","required":true,"schema":{"type":"string"}},
			{"name":"maker_id","in":"query","schema":{"type":"integer"}},{"name":"page_size","in":"query","schema":{"type":"integer","maximum":99}}`,
		body: `{"type":"object","required":["stock","value"],"properties":{"kind":{"type":"string"},"value":{"type":"string"},
			"stock":{"type":"integer"},"ids":{"type":"array","items":{"type":"string"}}}}`,
		data: `{"type":"object","properties":{"stock":{"type":"integer"},"id":{"type":"integer"},"video":{"type":"integer"}}}`,
	}.pkg(t)
	rules, err := readRules([]byte(`{"classes":{"c":"why"},"rules":[
		{"field":"query.day","class":"c","when":{"field":"kind","is":["DAILY"]}},
		{"field":"body.value","class":"c","when":{"field":"kind","is-not":["FREE"]}},
		{"field":"stock","class":"c","overwrites":true},
		{"field":"query.page_size","class":"c","limits":{"maximum":20,"only":[12,20]}},
		{"field":"body.ids","class":"c","limits":{"maxItems":5,"maxLength":7}}]}`))
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		source string
		pkg    *Package
	}{
		"package":                {sourceOAS, pkg},
		"package and reference":  {sourceBoth, pkg},
		"reference":              {sourceDocs, &Package{Version: "1"}},
		"in the package anew":    {sourceDocs, pkg},
		"no more in the package": {sourceBoth, &Package{Version: "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts := make(Facts)
			merge(facts, pkg, new(Rules))
			op := facts["widget"].Paths["/widget/202401/widgets"]["post"]
			op.Source = tt.source
			require.NotEmpty(t, merge(facts, tt.pkg, rules))
			assert.Empty(t, merge(facts, tt.pkg, rules), "it has come in")

			day, size := op.parameter("query", "day"), op.parameter("query", "page_size").Schema
			assert.False(t, day.Required)
			assert.Equal(t, &Condition{Field: "kind", Is: []string{"DAILY"}}, day.Schema.When)
			assert.True(t, op.parameter("query", "maker_id").Schema.ID)
			assert.EqualValues(t, 20, *size.Maximum)
			assert.Equal(t, []int64{12, 20}, size.Only)
			body := op.Body.Content.schema()
			assert.Equal(t, []string{"stock"}, body.Required)
			assert.Equal(t, []string{"FREE"}, body.Properties.Get("value").When.IsNot)
			assert.True(t, body.Properties.Get("stock").Overwrites)
			assert.EqualValues(t, 5, *body.Properties.Get("ids").MaxItems)
			assert.EqualValues(t, 7, *body.Properties.Get("ids").Items.MaxLength)
			data := op.Responses.schema().Properties
			assert.False(t, data.Get("stock").Overwrites, "an answer overwrites nothing")
			assert.True(t, data.Get("id").ID)
			assert.False(t, data.Get("video").ID)

			// a decision that is taken back goes
			merge(facts, tt.pkg, new(Rules))
			assert.False(t, body.Properties.Get("stock").Overwrites)
			assert.Nil(t, body.Properties.Get("value").When)
		})
	}
}

// What others wrote of an operation stays until the package has it, and is then replaced by that.
func TestSecondary(t *testing.T) {
	t.Parallel()
	facts := make(Facts)
	merge(facts, widget{data: `{"type":"object","properties":{"rumour":{"type":"string"}}}`}.pkg(t),
		new(Rules))
	op := facts["widget"].Paths["/widget/202401/widgets"]["post"]
	op.Source, op.Confidence, op.Unknown = sourceSecondary, "partial", []string{"most of it"}

	assert.Empty(t, merge(facts, &Package{Version: "1"}, new(Rules)))
	require.Same(t, op, facts["widget"].Paths["/widget/202401/widgets"]["post"])

	merge(facts, widget{data: `{"type":"object","properties":{"fact":{"type":"string"}}}`}.pkg(t),
		new(Rules))
	assert.Equal(t, []string{"fact"}, op.Responses.schema().Properties.Names)
	assert.Equal(t, sourceOAS, op.Source)
	assert.Empty(t, op.Confidence)
	assert.Empty(t, op.Unknown)
}

// An upload needs its file, whatever the package marks; of several files, any may be the one. A
// parameter that the platform does not take stays out.
func TestUploads(t *testing.T) {
	t.Parallel()
	file := func(name string) string { return `"` + name + `":{"type":"string","format":"binary"}` }
	rules, err := readRules(
		[]byte(`{"classes":{"c":"why"},"rules":[{"field":"query.category_asset_cipher","class":"c","absent":true}]}`))
	require.NoError(t, err)
	cipher := func(name string) string {
		return `{"name":"` + name + `","in":"query","schema":{"type":"string"}}`
	}
	for _, tt := range []struct {
		name, mediaType, properties string
		required                    []string
	}{
		{"a file", "multipart/form-data", file("data") + `,"name":{"type":"string"}`,
			[]string{"data"}},
		{"two files", "multipart/form-data", file("code") + "," + file("label"), nil},
		{"no file", "multipart/form-data", `"name":{"type":"string"}`, nil},
		{"not an upload", "application/json", file("data"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			op := derive(widget{
				mediaType: tt.mediaType, body: `{"type":"object","properties":{` + tt.properties +
					`}}`,
				parameters: cipher("shop_cipher") + "," + cipher("category_asset_cipher"),
			}.pkg(t).Operations[0], rules)
			assert.Equal(t, tt.required, op.Body.Content.schema().Required)
			assert.Nil(t, op.parameter("query", "category_asset_cipher"))
			assert.Equal(t, "shop_cipher", op.Identifier)
		})
	}
}

// The text of an array tells the values of its items, but no default of theirs.
func TestItemsOfAnArray(t *testing.T) {
	t.Parallel()
	pkg := widget{data: `{"type":"array","description":"Possible values:\n- A\n- B\nDefault: A","items":{"type":"string","description":"item"}}`}.pkg(t)
	items := derive(pkg.Operations[0], new(Rules)).Responses.schema().Items
	assert.Equal(t, []string{"A", "B"}, items.Values)
	assert.Nil(t, items.Default)
}

func TestExample(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`" 12\n"`: `"12"`, `7360590375814268715`: `7360590375814268715`,
		`["a","b c d e"]`: `["a","b c d e"]`, `{"a":" b"}`: `{"a":"b"}`,
		`"it is said once more"`: "", `["a","it is said once more"]`: "",
		`{"a":{"b":"it is said once more"}}`: "", `" "`: "", `null`: "", `{`: "",
		`"` + strings.Repeat("x", maxExample) + `"`:   `"` + strings.Repeat("x", maxExample) + `"`,
		`"` + strings.Repeat("x", maxExample+1) + `"`: "",
	} {
		assert.Equal(t, want, string(example([]byte(in))), in)
	}
}

// A field comes in among its neighbours if they are in order, and after them if not.
func TestPropertiesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	var sorted, not Properties
	for _, name := range []string{"a", "c"} {
		sorted.Add(name, new(Schema))
	}
	sorted.Add("b", new(Schema))
	assert.Equal(t, []string{"a", "b", "c"}, sorted.Names)
	not.Names, not.ByName = []string{"c", "a"}, map[string]*Schema{"c": {}, "a": {}}
	not.Add("b", new(Schema))
	assert.Equal(t, []string{"c", "a", "b"}, not.Names)
}

// A file of the facts that the model does not have whole is refused: writing it would lose
// something.
func TestUnknownKeysOfFacts(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`{"openapi":"3.0.3","tags":[]}`, `[]`,
		`{"paths":{"/a":{"get":{"responses":{"200":{"content":{"a/b":{"schema":{"type":"object","properties":{"a":{},"a":{}}}}}}}}}}}`,
		`{"paths":{"/a":{"get":{"responses":{"200":{"content":{"a/b":{"schema":{"type":"object","properties":[]}}}}}}}}}`,
	} {
		_, err := decodeDocument([]byte(bad))
		assert.Error(t, err, bad)
	}
}

func TestLargeFile(t *testing.T) {
	t.Parallel()
	name := path.Join(vendorFolder, "index.json")
	_, err := readFile(fstest.MapFS{name: {Data: make([]byte, maxFile+1)}}, name)
	assert.ErrorContains(t, err, "larger than 64 MB")
}
