// Command tables writes lists of every operation, from the facts in openapi/: that of package operations, the fake
// platform's tables, those of the command tts, and the contract tests' list of the methods that serve them.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// The files, below the repository's root.
const (
	operationsFile = "tiktokshoptest/operations.jsonl"
	requestsFile   = "tiktokshoptest/requests.jsonl"
	methodsFile    = "tools/contract/methods_gen_test.go"
	indexFile      = "operations/operations.jsonl"
	typesFile      = "cmd/tts/internal/answers/types.gen.go"
)

func main() {
	log.SetFlags(0)
	root := flag.String("root", "..", "the repository's root")
	flag.Parse()
	if err := run(*root); err != nil {
		log.Fatalf("tables: %v", err)
	}
}

func run(root string) error {
	files, err := render(root)
	if err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(root, name)
		if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, content) {
			continue
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func render(root string) (map[string][]byte, error) {
	modules, err := facts.Load(filepath.Join(root, "openapi"))
	if err != nil {
		return nil, err
	}
	operations, err := operationTable(modules)
	if err != nil {
		return nil, err
	}
	requests, err := requestTable(modules)
	if err != nil {
		return nil, err
	}
	methods, err := methodList(modules)
	if err != nil {
		return nil, err
	}
	index, err := operationIndex(modules)
	if err != nil {
		return nil, err
	}
	types, err := typeList(modules)
	if err != nil {
		return nil, err
	}
	files, err := terminalTables(modules)
	if err != nil {
		return nil, err
	}
	files[operationsFile], files[requestsFile], files[methodsFile], files[indexFile] = operations, requests, methods, index
	files[typesFile] = types
	return files, nil
}

// operation is a line of the fake's table.
type operation struct {
	Name       string           `json:"name"`
	Method     string           `json:"method"`
	Path       string           `json:"path"`
	Identifier facts.Identifier `json:"identifier"`
	Optional   bool             `json:"identifier_optional,omitzero"`
	Scopes     []string         `json:"scopes,omitzero"`
	KeyInQuery string           `json:"key_in_query,omitzero"`
	KeyInBody  string           `json:"key_in_body,omitzero"`
	Multipart  bool             `json:"multipart,omitzero"`
	Data       map[string]any   `json:"data,omitzero"`
}

// operationTable has a line of JSON for each operation.
func operationTable(modules []*facts.Module) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, m := range modules {
		for _, op := range m.Operations {
			line := operation{
				Name: op.ServedBy(), Method: op.Method, Path: op.Path, Identifier: op.Identifier, Optional: op.IdentifierOptional, Scopes: op.Scopes,
				Multipart: op.Multipart(),
			}
			switch in, key := op.IdempotencyKey(); in {
			case "query":
				line.KeyInQuery = key
			case "body":
				line.KeyInBody = key
			}
			line.Data = op.ExampleData()
			plain(line.Data)
			if m.Package == "finance" {
				addUp(line.Data)
			}
			for _, e := range op.ItemErrors {
				succeed(line.Data, op, e)
			}
			if err := e.Encode(line); err != nil {
				return nil, fmt.Errorf("%s: %w", op.OperationID, err)
			}
		}
	}
	return b.Bytes(), nil
}

// failures are fields that tell what went wrong in an answer that is a success.
var failures = regexp.MustCompile(`^(errors|error_list|extra_errors|warnings?|update_failed|is_failed|target_collaboration_conflicts|invalid_\w+_list|` +
	`(product_sync_)?fail_reasons?|(audit_)?failed_(reasons?|info|materials|conversation_ids|sku_ids))$`)

// plain makes an example what most tests expect of a call: all went well, and a page of a list is the last one, or reading all
// pages would not end.
func plain(data map[string]any) {
	for name, value := range data {
		if name == "next_page_token" || name == "has_more" || failures.MatchString(name) {
			data[name] = empty(value)
			continue
		}
		if list, ok := value.([]any); ok {
			value = list[0]
		}
		if object, ok := value.(map[string]any); ok {
			plain(object)
		}
	}
}

// succeed has none of the items of an example fail that are at a place.
func succeed(data map[string]any, op *facts.Operation, e *facts.ItemErrors) {
	steps := strings.Split(e.At, ".")
	for _, step := range steps[:len(steps)-1] {
		data, _ = data[step].(map[string]any)
	}
	last, _ := strings.CutSuffix(steps[len(steps)-1], "[]")
	value, ok := data[last]
	switch {
	case !ok:
		return
	case e.When == nil:
		data[last] = empty(value)
		return
	}
	elements, isList := value.([]any)
	if !isList {
		elements = []any{value}
	}
	for _, element := range elements {
		element.(map[string]any)[e.When.Field] = op.NotFailed(e)
		if e.More != nil {
			more, _ := strings.CutSuffix(e.More.At, "[]")
			element.(map[string]any)[more] = []any{}
		}
	}
}

// empty is the value of a type that says nothing.
func empty(value any) any {
	switch value.(type) {
	case map[string]any:
		return map[string]any{}
	case []any:
		return []any{}
	case bool:
		return false
	}
	return ""
}

// methodList is Go source: the method that serves each operation, and the service it is of.
func methodList(modules []*facts.Module) ([]byte, error) {
	var imports, methods []string
	for _, m := range modules {
		for _, op := range m.Operations {
			methods = append(methods, fmt.Sprintf("%q: serve(%s.New, (*%[2]s.Service).%[3]s),\n", op.OperationID, m.Package, op.GoName))
			imports = append(imports, fmt.Sprintf("%q\n", "github.com/tiktokshop-go/tiktokshop/api/"+m.Package))
		}
	}
	source := "// Code generated by tools/tables from openapi/; DO NOT EDIT.\n\n//lint:file-ignore SA1019 retired operations have methods, too\n\n" +
		"package contract\n\nimport (\n" + strings.Join(slices.Compact(imports), "") + ")\n\n" +
		"// methods serve operations, by operation id.\nvar methods = map[string]method{\n" + strings.Join(methods, "") + "}\n"
	return format.Source([]byte(source))
}

// typeList is Go source: for each operation what decodes its answers into the type that its method returns.
func typeList(modules []*facts.Module) ([]byte, error) {
	var imports, decoders []string
	for _, m := range modules {
		for _, op := range m.Operations {
			if !op.SecretAnswer() {
				decoders = append(decoders, fmt.Sprintf("%q: of((*%s.Service).%s),\n", op.ServedBy(), m.Package, op.GoName))
				imports = append(imports, fmt.Sprintf("%q\n", "github.com/tiktokshop-go/tiktokshop/api/"+m.Package))
			}
		}
	}
	source := "// Code generated by tools/tables from openapi/; DO NOT EDIT.\n\n//lint:file-ignore SA1019 retired operations have answers, too\n\n" +
		"package answers\n\nimport (\n" + strings.Join(slices.Compact(imports), "") + ")\n\n" +
		"// decoders decode answers, by the operation's name.\nvar decoders = map[string]decoder{\n" + strings.Join(decoders, "") + "}\n"
	return format.Source([]byte(source))
}
