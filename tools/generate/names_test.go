package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

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
			assert.NotRegexp(t, `(ItemItem|DetailDetail|InfoInfo|ListList|StatusStatus|DataData)$`,
				s.Name)
			if signature := s.signature(); !s.top {
				assert.Empty(t, shapes[signature], "%s: %s is the same", m.Name, s.Name)
				shapes[signature] = s.Name
				assert.False(t, commonName(s.uses) == "" && sharedNames[s.fieldNames()] == "",
					"%s: %s is the type of fields whose names have nothing in common: give %q a name in sharedNames",
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
			assert.False(t, methods[method.Op.GoName], "%s: method %s is declared twice", m.Name,
				method.Op.GoName)
			methods[method.Op.GoName] = true
			for _, f := range method.Request.Fields {
				switch f.Wire {
				case "page_token":
					if noIterator[method.Op.OperationID] == "" {
						assert.NotNil(t, method.Pages, "%s: no iterator for %s", m.Name,
							method.Op.GoName)
					}
				case "idempotency_key", "idempotent_key":
					assert.Contains(t, method.Literal(), "Idempotency", "%s: no key for %s", m.Name,
						method.Op.GoName)
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
			assert.False(t, methods[name+"All"], "%s: the iterator of %s is declared twice", m.Name,
				name)
		}
	}
}

// assertTypeName: the name of a type that no method's name is in is short, tells the type from a
// method, and was not made different by a number.
func assertTypeName(t *testing.T, module, name string, methods map[string]bool) {
	assert.LessOrEqual(t, len(name), 45, "%s: give %s a name in givenNames", module, name)
	assert.False(t, methods[name], "%s: %s is a type and a method: give it a name in givenNames",
		module, name)
	assert.NotRegexp(t, `[A-UW-Za-z]\d$`, name, "%s: give %s a name in givenNames", module, name)
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

// TestIDsAreOfThePlatform: no field of type ID holds an open id or what another system calls a
// thing, and none that holds an id is text.
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
					assert.NotRegexp(t, `(?i)external|outer_|open_id|oepn`, f.Wire, "%s.%s", m.Name,
						s.Name)
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

// TestConstants: a misspelt value leaves the name to the one that is spelt right.
func TestConstants(t *testing.T) {
	t.Parallel()
	p := toyPackage(t, nil, func(m *facts.Module) {
		for _, op := range m.Operations {
			if op.GoName == "SearchToys" {
				for name, values := range map[string][]any{"market_state": {"CALCELLED",
					"CANCELLED", "SOLD_BY_TIKTOK", "IN STOCK"}, "price_currency": {"USD",
					"LOCAL"}, "sale_region": {"IT", "CZ", "OTHER"}} {
					s := openapi3.NewStringSchema()
					s.Extensions = map[string]any{"x-values": values}
					op.Data().Properties[name] = s.NewRef()
				}
			}
		}
	})
	for name, want := range map[string][]string{
		"MarketState": {"MarketStateMisspeltCancelled", "MarketStateCancelled",
			"MarketStateSoldByTikTok", "MarketStateInStock"},
		"PriceCurrency": {"PriceCurrencyUSD", "PriceCurrencyLocal"},
		"SaleRegion":    {"SaleRegionIT", "SaleRegionCZ", "SaleRegionOther"},
	} {
		i := slices.IndexFunc(p.Enums, func(e *Enum) bool { return e.Name == name })
		require.GreaterOrEqual(t, i, 0, name)
		assert.Equal(t, want, p.Enums[i].Consts)
	}
}

// assertReadable: the constant repeats no word of its type at the seam, and all the numbers of the
// value stand apart.
func assertReadable(t *testing.T, e *Enum, i int) {
	t.Helper()
	numbers := func(s string) []string { return regexp.MustCompile(`[0-9]+`).FindAllString(s, -1) }
	rest, ok := strings.CutPrefix(e.Consts[i], e.Name)
	require.True(t, ok, e.Consts[i])
	assert.Equal(t, append(numbers(e.Name), numbers(e.word(e.Values[i]))...), numbers(e.Consts[i]),
		"%s: numbers of %q run together", e.Consts[i], e.Values[i])
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
		{"a range", "GMVRange", []string{"GMV_RANGE_100_1000", "GMV_RANGE_1000_AND_ABOVE"},
			[]string{"GMVRange100To1000", "GMVRange1000AndAbove"}},
		{"other separators", "Age", []string{"18-24", "25~34"}, []string{"Age18To24", "Age25To34"}},
		{"the type's last words", "SearchUnitsSoldRange", []string{"UNITS_SOLD_RANGE_0_10"},
			[]string{"SearchUnitsSoldRange0To10"}},
		{"the type's name at the end", "Star", []string{"1_STAR", "STAR"},
			[]string{"Star1", "StarStar"}},
		{"measures", "Format", []string{"A4_21UP_63_5MM_38_1MM", "DEFAULT_40MM_60MM"},
			[]string{"FormatA4N21up63Point5mm38Point1mm", "FormatDefault40mm60mm"}},
		{"part of a word is no repetition", "Mode", []string{"MODERN_ODE"},
			[]string{"ModeModernOde"}},
		{"a type that ends in a digit", "Status2", []string{"30_DAYS", "STATUS_2"},
			[]string{"Status2N30Days", "Status2Status2"}},
		{"the short name is another value's", "State", []string{"STATE_OPEN", "OPEN"},
			[]string{"StateStateOpen", "StateOpen"}},
		{"values that differ in case alone", "State", []string{"OPEN", "open"},
			[]string{"StateOpen", "StateMisspeltOpen"}},
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
		"skus": "sku", "combined_skus": "combined_sku", "categories": "category",
		"addresses": "address", "boxes": "box", "batches": "batch", "statuses": "status",
		"warehouses": "warehouse", "series": "series", "status": "status",
		"package_list": "package", "line_items": "line_item", "sms": "sms", "class": "class",
	} {
		assert.Equal(t, want, singular(plural))
	}
	for _, c := range [][3]string{{"Package", "PackageSKU", "PackageSKU"},
		{"LineItem", "Item", "LineItem"}, {"Line", "Item", "LineItem"},
		{"SearchToys", "Toy", "SearchToysToy"},
		{"ListingStatus", "StatusInfo", "ListingStatusInfo"}} {
		assert.Equal(t, c[2], join(c[0], c[1]))
	}
	taken := make(names)
	assert.Equal(t, []string{"A", "B", "B2", "B3"},
		[]string{taken.take("A"), taken.take("A", "B"), taken.take("A", "B"), taken.take("A", "B")})
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
	enum := func(key, values string) *Enum {
		return &Enum{key: key, Values: strings.Fields(values)}
	}
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
	index := &enumIndex{map[string][]*Enum{"x_a_type": {enum("x_a_type", "A B C")},
		"y_a_type": {enum("y_a_type", "A B C")}}}
	index.mergeTwins()
	assert.Same(t, index.byKey["x_a_type"][0], index.byKey["y_a_type"][0])
	assert.Equal(t, "a_type", index.byKey["x_a_type"][0].key)
	for _, keys := range [][2]string{{"status", "order_status"},
		{"return_order_status", "order_status"}, {"order_status", "status"}} {
		index := &enumIndex{map[string][]*Enum{keys[0]: {enum(keys[0], "A B")},
			keys[1]: {enum(keys[1], "A B")}}}
		index.mergeTwins()
		assert.Equal(t, "order_status", index.byKey[keys[0]][0].key)
	}
}
