package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// typeNames spells types for what is compiled into a package. A type that the file may have no
// import for gets an alias in the package's file of switches.
type typeNames struct {
	pkg     *types.Package
	aliases []string // lines of source
	byText  map[string]string
	imports map[string]string // name by path
}

func newTypeNames(pkg *types.Package) *typeNames {
	return &typeNames{pkg: pkg, byText: make(map[string]string), imports: make(map[string]string)}
}

// of returns a type's name, or false if it has none that can be written in the package.
func (n *typeNames) of(t types.Type) (string, bool) {
	local, foreign, ok := n.look(t, make(map[types.Type]bool))
	if !ok || local && foreign {
		return "", false
	}
	text := types.TypeString(t, n.qualify)
	if local || !foreign {
		if _, basic := t.(*types.Basic); local || basic {
			return text, true
		}
	}
	if alias, ok := n.byText[text]; ok {
		return alias, true
	}
	alias := fmt.Sprintf("mutateType%d", len(n.aliases))
	n.aliases = append(n.aliases, fmt.Sprintf("type %s = %s", alias, text))
	n.byText[text] = alias
	return alias, true
}

func (n *typeNames) qualify(p *types.Package) string {
	if p == n.pkg {
		return ""
	}
	if n.imports[p.Path()] == "" {
		n.imports[p.Path()] = fmt.Sprintf("mutatePackage%d", len(n.imports))
	}
	return n.imports[p.Path()]
}

// look reports whether a type is made of others that only some place in a function knows, or of
// other packages' types, and whether the package can name all of them.
func (n *typeNames) look(t types.Type, seen map[types.Type]bool) (local, foreign, ok bool) {
	if t == nil || seen[t] {
		return false, false, t != nil
	}
	seen[t] = true
	ok = true
	and := func(parts ...types.Type) {
		for _, part := range parts {
			l, f, o := n.look(part, seen)
			local, foreign, ok = local || l, foreign || f, ok && o
		}
	}
	switch t := t.(type) {
	case *types.Basic:
		ok = t.Kind() != types.Invalid && t.Info()&types.IsUntyped == 0
	case *types.TypeParam:
		local = true
	case *types.Named:
		local, foreign, ok = n.object(t.Obj())
		and(slices.Collect(t.TypeArgs().Types())...)
	case *types.Alias:
		local, foreign, ok = n.object(t.Obj())
		and(slices.Collect(t.TypeArgs().Types())...)
	case *types.Pointer:
		and(t.Elem())
	case *types.Slice:
		and(t.Elem())
	case *types.Array:
		and(t.Elem())
	case *types.Chan:
		and(t.Elem())
	case *types.Map:
		and(t.Key(), t.Elem())
	case *types.Signature:
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range tuple.Variables() {
				and(v.Type())
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			and(f.Type())
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			and(m.Type())
		}
		for e := range t.EmbeddedTypes() {
			and(e)
		}
	default:
		ok = false
	}
	return local, foreign, ok
}

func (n *typeNames) object(o *types.TypeName) (local, foreign, ok bool) {
	switch {
	case o.Pkg() == nil: // error, any
		return false, false, true
	case o.Pkg() == n.pkg:
		return o.Parent() != n.pkg.Scope(), false, true
	}
	return false, true, o.Exported() && !strings.HasPrefix("/"+o.Pkg().Path(), "/internal/")
}

// source returns the package's file of switches. An environment variable holds the active mutant's
// id, another names a file for the ids of those whose code ran.
func (n *typeNames) source(highest int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\nimport (\n", n.pkg.Name())
	for path, name := range n.imports {
		fmt.Fprintf(&b, "\t%s %q\n", name, path)
	}
	fmt.Fprintf(&b, `
	mutateos "os"
	mutatestrconv "strconv"
	mutateatomic "sync/atomic"
)

%s

var mutateActive = func() int {
	id, _ := mutatestrconv.Atoi(mutateos.Getenv(%q))
	return id
}()

var mutateReached, mutateFile = func() ([]mutateatomic.Bool, *mutateos.File) {
	name := mutateos.Getenv(%q)
	if name == "" {
		return nil, nil
	}
	file, err := mutateos.OpenFile(name, mutateos.O_WRONLY|mutateos.O_APPEND, 0)
	if err != nil {
		panic(err)
	}
	return make([]mutateatomic.Bool, %d), file
}()

func mutateOn(id int) bool {
	if mutateReached != nil && !mutateReached[id].Swap(true) {
		_, _ = mutateFile.WriteString(mutatestrconv.Itoa(id) + "\n")
	}
	return id == mutateActive
}

func mutateStep[T interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}](on bool) T {
	one := T(1)
	if on {
		return -one
	}
	return one
}
`, strings.Join(n.aliases, "\n"), activeEnv, reachedEnv, highest+1)
	return b.String()
}
