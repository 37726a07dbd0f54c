package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

//go:embed llms.tmpl
var llmsTemplate string

// longestMap is how many lines the map for language models may have.
const longestMap = 400

// moduleMap is a module in it.
type moduleMap struct {
	Package, About string
	// Lines are the names of its operations.
	Lines []string
}

// languageModelMap is llms.txt: what a language model or an editor has to know to find its way, on
// one page.
func languageModelMap(modules []*facts.Module) ([]byte, error) {
	page := struct {
		Operations int
		Modules    []moduleMap
	}{}
	for _, m := range modules {
		about, _, _ := strings.Cut(m.Doc.Info.Description, "\n\n")
		var names []string
		for _, op := range m.Operations {
			if op.Plain {
				names = append(names, op.GoName)
			}
		}
		page.Operations += len(m.Operations)
		page.Modules = append(page.Modules, moduleMap{m.Package, unlinked(about),
			wrap(strings.Join(names, ", "), 200)})
	}
	t, err := template.New("llms").Parse(llmsTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return nil, err
	}
	if lines := bytes.Count(b.Bytes(), []byte("\n")); lines > longestMap {
		return nil, fmt.Errorf("llms.txt has %d lines, must have at most %d", lines, longestMap)
	}
	return b.Bytes(), nil
}
