package tiktokshoptest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// route is an operation that the server knows.
type route struct {
	method string
	path   string // with {parameters}
	// takesCategoryAssetCipher: the operation works on a category asset; a cipher is checked, and
	// asked for unless it is optional.
	takesCategoryAssetCipher, cipherOptional bool
	// likewise, of a shop; where both are set, either will do
	takesShopCipher bool
	// where the operation takes an idempotency key
	keyInQuery, keyInBody string
	scopes                []string // one of them is needed; nil means none is
	body                  bodyForm
	unsigned              bool // a request has neither timestamp nor signature
	stateful              bool // written by hand, for an operation of the facts
	// its requests are judged by the facts, if they have the operation
	ofFacts bool
	byTest  bool // the test has said what it answers
	handle  func(*Server, *call) reply
}

// bodyForm is what the body of a request must be.
type bodyForm uint8

const (
	anyBody bodyForm = iota
	jsonBody
	multipartBody
)

// takes tells which ciphers the route takes.
func (rt *route) takes(identifier string, optional bool) {
	rt.takesShopCipher = identifier == "shop_cipher" || identifier == "either"
	rt.takesCategoryAssetCipher = identifier == "category_asset_cipher" || identifier == "either"
	rt.cipherOptional = optional
}

// routeTree finds routes by the segments of their paths.
type routeTree struct {
	literal  map[string]*routeTree
	param    *routeTree
	byMethod map[string]*route // of the path that ends here
}

// add puts a route into the tree, in place of one for the same requests.
func (t *routeTree) add(rt route) {
	at := t
	for _, segment := range strings.Split(rt.path, "/") {
		at = at.child(segment)
	}
	if at.byMethod == nil {
		at.byMethod = make(map[string]*route)
	}
	at.byMethod[rt.method] = &rt
}

// child returns the subtree of a template's segment, a new one if there is none.
func (t *routeTree) child(segment string) *routeTree {
	if isParam(segment) {
		if t.param == nil {
			t.param = new(routeTree)
		}
		return t.param
	}
	next := t.literal[segment]
	if next == nil {
		if t.literal == nil {
			t.literal = make(map[string]*routeTree)
		}
		next = new(routeTree)
		t.literal[segment] = next
	}
	return next
}

// find returns the route of a request, nil if there is none; known tells that the path is one, with
// another method. Where several templates match, the one with a literal where the others have a
// parameter is meant.
func (t *routeTree) find(method string, segments []string) (rt *route, known bool) {
	if len(segments) == 0 {
		return t.byMethod[method], len(t.byMethod) > 0
	}
	if next := t.literal[segments[0]]; next != nil {
		if rt, known = next.find(method, segments[1:]); rt != nil {
			return rt, true
		}
	}
	if t.param == nil || segments[0] == "" {
		return nil, known
	}
	rt, alsoKnown := t.param.find(method, segments[1:])
	return rt, known || alsoKnown
}

// at returns the route of a template.
func (t *routeTree) at(method, template string) *route {
	for _, segment := range strings.Split(template, "/") {
		next := t.literal[segment]
		if isParam(segment) {
			next = t.param
		}
		if next == nil {
			return nil
		}
		t = next
	}
	return t.byMethod[method]
}

// hasOtherVersion tells whether the path is known if its version is another one.
func (t *routeTree) hasOtherVersion(segments []string) bool {
	if len(segments) == 0 {
		return len(t.byMethod) > 0
	}
	for literal, next := range t.literal {
		if (literal == segments[0] || isVersion(literal) && isVersion(segments[0])) &&
			next.hasOtherVersion(segments[1:]) {
			return true
		}
	}
	return t.param != nil && segments[0] != "" && t.param.hasOtherVersion(segments[1:])
}

func isParam(segment string) bool { return strings.HasPrefix(segment, "{") }

func isVersion(segment string) bool {
	return len(segment) == 6 && strings.Trim(segment, "0123456789") == ""
}

// params are the values of the path's parameters.
func (rt *route) params(segments []string) map[string]string {
	params := make(map[string]string)
	for i, segment := range strings.Split(rt.path, "/") {
		if isParam(segment) {
			params[strings.Trim(segment, "{}")] = segments[i]
		}
	}
	return params
}

// settled: no route of another tree matches the same requests with more literals.
func (rt *route) settled() bool { return rt.stateful || !strings.Contains(rt.path, "{") }

// moreLiteral tells whether rt has a literal where other, which matches the same request, has a
// parameter.
func (rt *route) moreLiteral(other *route) bool {
	return slices.CompareFunc(strings.Split(rt.path, "/"), strings.Split(other.path, "/"),
		func(a, b string) int {
			switch {
			case isParam(a) == isParam(b):
				return 0
			case isParam(b):
				return -1
			}
			return 1
		}) < 0
}

// statefulRoutes are the operations that are written by hand and remember what was done.
var statefulRoutes = sync.OnceValue(func() *routeTree {
	t := new(routeTree)
	for _, rt := range slices.Concat(affiliatePartnerRoutes(), authorizationRoutes(), eventRoutes(),
		largeFileRoutes()) {
		rt.stateful, rt.ofFacts = true, true
		if !rt.unsigned {
			rt.body = jsonBody
		}
		t.add(rt)
	}
	return t
})

// route finds the operation of a path: one the test has set, one written by hand, or one of the
// table. Where only the version differs the platform says so.
func (s *Server) route(method, path string) (*route, map[string]string, *reply) {
	segments := strings.Split(path, "/")
	trees := [...]func() *routeTree{func() *routeTree { return &s.own }, statefulRoutes,
		tableRoutes}
	s.mu.Lock()
	defer s.mu.Unlock()
	var rt *route
	known := false
	for _, tree := range trees {
		if rt != nil && rt.settled() {
			break
		}
		other, otherKnown := tree().find(method, segments)
		if known = known || otherKnown; other != nil && (rt == nil || other.moreLiteral(rt)) {
			rt = other
		}
	}
	if rt != nil {
		return rt, rt.params(segments), nil
	}
	miss := refuse(http.StatusNotFound, 36009009,
		"Invalid path. The specified path does not match any available endpoint.")
	if known {
		miss = refuse(http.StatusMethodNotAllowed, 36009010,
			"Invalid method. The HTTP method used is not supported by this endpoint.")
	} else if slices.ContainsFunc(trees[:],
		func(tree func() *routeTree) bool { return tree().hasOtherVersion(segments) }) {
		miss = refuse(http.StatusBadRequest, 36009014,
			"The version name is invalid, please check and retry.")
	}
	return nil, nil, &miss
}
