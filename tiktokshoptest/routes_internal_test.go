package tiktokshoptest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample is a path of a template: its parameters have the names as values.
func sample(template string) string {
	return strings.NewReplacer("{", "", "}", "").Replace(template)
}

// TestEveryOperationIsFound: the path of each of the platform's operations leads to it, and to no
// other of a similar path.
func TestEveryOperationIsFound(t *testing.T) {
	t.Parallel()
	srv := NewServer(t)
	assert.GreaterOrEqual(t, len(table().byName), 476, "all of the first import")
	for name, op := range table().byName {
		rt, params, miss := srv.route(op.Method, sample(op.Path))
		require.Nil(t, miss, name)
		assert.Equal(t, op.Path, rt.path, name)
		for key, value := range params {
			assert.Equal(t, key, value, name)
		}
		assert.Len(t, params, strings.Count(op.Path, "{"), name)
		assert.NotEmpty(t, op.Data, name)
	}
	for _, rt := range slices.Concat(affiliatePartnerRoutes(), authorizationRoutes(),
		eventRoutes()) {
		found, _, miss := srv.route(rt.method, sample(rt.path))
		require.Nil(t, miss, rt.path)
		assert.True(t, found.stateful, "%s is answered from the table", rt.path)
	}
}

// TestLiteralsWin looks for paths of one operation that are also those of another with a parameter
// there, in both orders of adding.
func TestLiteralsWin(t *testing.T) {
	t.Parallel()
	conflicts := 0
	for name, op := range table().byName {
		for other, rival := range table().byName {
			want, got := strings.Split(rival.Path, "/"), strings.Split(op.Path, "/")
			if name == other || op.Method != rival.Method || len(want) != len(got) ||
				op.Path == rival.Path {
				continue
			}
			if slices.EqualFunc(want, got, func(w, g string) bool { return w == g || isParam(w) }) {
				conflicts++
				assert.True(t, (&route{path: op.Path}).moreLiteral(&route{path: rival.Path}),
					"%s: %s", op.Path, rival.Path)
				assert.False(t, (&route{path: rival.Path}).moreLiteral(&route{path: op.Path}),
					"%s: %s", rival.Path, op.Path)
			}
		}
	}
	assert.Positive(t, conflicts, "there are some, or the test is for nothing")

	for _, paths := range [][]string{{"/p/{id}", "/p/search"}, {"/p/search", "/p/{id}"}} {
		var tree routeTree
		for _, path := range paths {
			tree.add(route{method: http.MethodGet, path: path})
		}
		tree.add(route{method: http.MethodPost, path: "/p/{id}"})
		tree.add(route{method: http.MethodGet, path: "/p/search/deep"})
		tree.add(route{method: http.MethodGet, path: "/p/{id}/other"})
		for request, want := range map[string]string{
			"GET /p/search": "/p/search", "GET /p/1": "/p/{id}", "POST /p/search": "/p/{id}",
			"GET /p/search/other": "/p/{id}/other", "GET /p/search/deep": "/p/search/deep",
		} {
			method, path, _ := strings.Cut(request, " ")
			rt, known := tree.find(method, strings.Split(path, "/"))
			require.NotNil(t, rt, request)
			assert.True(t, known)
			assert.Equal(t, want, rt.path, request)
		}
		for request, want := range map[string]bool{"PUT /p/1": true, "PUT /p/search/deep": true,
			"GET /p/": false, "GET /p": false, "GET /p/1/2/3": false, "GET /q/1": false} {
			method, path, _ := strings.Cut(request, " ")
			rt, known := tree.find(method, strings.Split(path, "/"))
			assert.Nil(t, rt, request)
			assert.Equal(t, want, known, request)
		}
	}
}

// TestOwnRoutesDoNotHideLiterals: a parameter of a route that the test added matches no literal of
// the table.
func TestOwnRoutesDoNotHideLiterals(t *testing.T) {
	t.Parallel()
	srv := NewServer(t)
	srv.own.add(route{method: http.MethodPost, path: "/product/202502/products/{id}"})
	rt, _, miss := srv.route(http.MethodPost, "/product/202502/products/search")
	require.Nil(t, miss)
	assert.Equal(t, "/product/202502/products/search", rt.path)
	rt, params, miss := srv.route(http.MethodPost, "/product/202502/products/1")
	require.Nil(t, miss)
	assert.Equal(t, "/product/202502/products/{id}", rt.path)
	assert.Equal(t, map[string]string{"id": "1"}, params)
}

// TestRoutesByHandKeepTheFacts compares what is checked of the operations written by hand with the
// facts of them.
func TestRoutesByHandKeepTheFacts(t *testing.T) {
	t.Parallel()
	for name, op := range table().byName {
		got := statefulRoutes().at(op.Method, op.Path)
		if got == nil {
			continue
		}
		want := op.route()
		gist := func(rt *route) string {
			return fmt.Sprint(rt.takesShopCipher, rt.takesCategoryAssetCipher, rt.cipherOptional,
				rt.keyInQuery, rt.keyInBody)
		}
		assert.Equal(t, gist(&want), gist(got), name)
		if len(want.scopes) > 0 { // the facts leave some out
			assert.Subset(t, want.scopes, got.scopes, name)
		}
	}
}

// BenchmarkRoute finds operations with many neighbours.
func BenchmarkRoute(b *testing.B) {
	srv, err := Start(InMemory())
	require.NoError(b, err)
	table()
	for _, path := range []string{"/product/202309/products/1",
		"/affiliate_partner/202405/campaigns/1"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, miss := srv.route(http.MethodGet, path); miss != nil {
					b.Fatal(miss.message)
				}
			}
		})
	}
}

// BenchmarkTable is what the first request of an operation that is not written by hand waits for,
// once in a process.
func BenchmarkTable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readTable()
	}
}
