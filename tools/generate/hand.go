package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// handWritten is what the files of a package that are written by hand declare: it takes the place
// of what would be generated under the same name.
type handWritten struct {
	// types and methods of Service are declared, words mentioned.
	types, methods, words map[string]bool
}

// readHandWritten reads the files in a package's folder that are not generated; there need not be
// any.
func readHandWritten(folder string) (*handWritten, error) {
	h := &handWritten{types: make(map[string]bool), methods: make(map[string]bool),
		words: make(map[string]bool)}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".gen.go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		h.read(file)
	}
	return h, nil
}

func (h *handWritten) read(file *ast.File) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					h.types[t.Name.Name] = true
				}
			}
		case *ast.FuncDecl:
			if receiverName(d) == "Service" {
				h.methods[d.Name.Name] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if word, ok := n.(*ast.Ident); ok {
			h.words[word.Name] = true
		}
		return true
	})
}

// receiverName is the type that a method is of, "" for a function.
func receiverName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name, _ := t.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// HasOperation tells that the operation's variable is needed: by the generated method, or by what
// is written by hand.
func (m *Method) HasOperation() bool { return m.IsGenerated() || m.hand.words["op"+m.Op.GoName] }

// IsGenerated tells that nobody has written the method by hand.
func (m *Method) IsGenerated() bool { return !m.hand.methods[m.Op.GoName] }

// GeneratedPages are those of a list whose iterator nobody has written by hand, nil if there is
// none to generate.
func (m *Method) GeneratedPages() *Pages {
	if m.hand.methods[m.Op.GoName+"All"] {
		return nil
	}
	return m.Pages
}
