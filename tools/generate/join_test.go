package main

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// data returns what the answer of an operation decodes into.
func (p *Package) data(t *testing.T, method string) *Struct {
	i := slices.IndexFunc(p.Methods, func(m *Method) bool { return m.Op.GoName == method })
	require.GreaterOrEqual(t, i, 0, method)
	return p.Methods[i].Data
}

// TestJoin changes the toy of GetToy and looks whether that of SearchToys is still of its type.
func TestJoin(t *testing.T) {
	t.Parallel()
	text := func() *openapi3.SchemaRef { return openapi3.NewStringSchema().NewRef() }
	flag := func() *openapi3.SchemaRef { return openapi3.NewBoolSchema().NewRef() }
	part := func(toy openapi3.Schemas) openapi3.Schemas {
		return toy["parts"].Value.Items.Value.Properties
	}
	for _, tt := range []struct {
		name   string
		change func(toy openapi3.Schemas)
		joined bool
	}{
		{"as it is", func(openapi3.Schemas) {}, true},
		{"another field", func(toy openapi3.Schemas) { toy["colour"] = text() }, true},
		{"a field less", func(toy openapi3.Schemas) { delete(toy, "name") }, true},
		{"known values in one", func(toy openapi3.Schemas) { toy["status"] = text() }, true},
		{"an object with another field",
			func(toy openapi3.Schemas) { part(toy)["colour"] = text() }, true},
		{"a field of another type", func(toy openapi3.Schemas) { toy["name"] = flag() }, false},
		{"an object of another type",
			func(toy openapi3.Schemas) { toy["parts"].Value.Items = text() }, false},
		{"an object with a field of another type",
			func(toy openapi3.Schemas) { part(toy)["weight"] = flag() }, false},
		{"a field that is misspelt in the other", func(toy openapi3.Schemas) {
			delete(part(toy), "is_requried")
			part(toy)["is_required"] = flag()
		}, false},
		{"too little in common", func(toy openapi3.Schemas) {
			for _, name := range []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
				"b1", "b2", "b3", "b4", "b5"} {
				toy[name] = text()
			}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := toyPackage(t, nil, func(m *facts.Module) {
				for _, op := range m.Operations {
					if op.GoName == "GetToy" {
						tt.change(op.Data().Properties["toy"].Value.Properties)
					}
				}
			})
			one, all := p.data(t, "GetToy").field("toy").Type,
				p.data(t, "SearchToys").field("toys").Type
			assert.Equal(t, tt.joined, one.Struct == all.List.Struct, "%s and %s", one.name(),
				all.name())
		})
	}
}

// TestJoinedStays: an update of the facts neither takes a joined type apart nor joins types that
// had names of their own, as both would rename what users have in their code.
func TestJoinedStays(t *testing.T) {
	t.Parallel()
	grow := func(m *facts.Module) { // until little is in common
		for _, op := range m.Operations {
			if op.GoName == "GetToy" {
				for _, name := range []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
					"b1", "b2", "b3", "b4", "b5"} {
					op.Data().Properties["toy"].Value.Properties[name] = openapi3.NewStringSchema().NewRef()
				}
			}
		}
	}
	types := func(p *Package) (one, all string) {
		return p.data(t, "GetToy").field("toy").Type.name(),
			p.data(t, "SearchToys").field("toys").Type.List.name()
	}
	small, large := toyPackage(t, nil, nil), toyPackage(t, nil, grow)
	one, all := types(small)
	require.Equal(t, one, all)
	one, all = types(toyPackage(t, small.lock(), grow))
	assert.Equal(t, "Toy", one)
	assert.Equal(t, "Toy", all)

	one, all = types(large)
	require.NotEqual(t, one, all)
	stillOne, stillAll := types(toyPackage(t, large.lock(), nil))
	assert.Equal(t, []string{one, all}, []string{stillOne, stillAll})
}

// TestJoinedOrders: what the README promises of orders.
func TestJoinedOrders(t *testing.T) {
	t.Parallel()
	m, err := facts.LoadModule("../../openapi/order.json", nil)
	require.NoError(t, err)
	p, err := newPackage(m, nil, nil)
	require.NoError(t, err)
	orders := func(method string) *Struct {
		return p.data(t, method).field("orders").Type.element().Struct
	}
	detail := orders("GetOrderDetail")
	assert.Same(t, detail, orders("GetOrderList"))
	assert.Same(t, detail, orders("GetPrivilegedOrderDetail"))
	assert.NotSame(t, detail, orders("GetOrderDetail202309"),
		"who is pinned to a version sees its fields alone")

	for _, tt := range []struct{ field, comment, tags string }{
		{"payment_auth_code", "GetOrderDetail only", "`json:\"payment_auth_code,omitzero\"`"},
		{"is_exchange_order", "not in GetPrivilegedOrderDetail",
			"`json:\"is_exchange_order,omitzero\"`"},
		{"is_cod", "", "`json:\"is_cod\"`"},
	} {
		f := detail.field(tt.field)
		assert.Equal(t, tt.comment, f.filled, tt.field)
		assert.Equal(t, tt.tags, f.Tags(), tt.field)
	}
	for _, s := range p.Structs {
		if s.role != inAnswer {
			for _, f := range s.Fields {
				assert.Empty(t, f.filled, "%s.%s: the types of requests stay apart", s.Name, f.Name)
			}
		}
	}
}
