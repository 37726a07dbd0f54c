package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// vendorFolder is where the package keeps its OpenAPI files.
const vendorFolder = "skills/tts-openapi-guide/references/oas"

// maxFile bounds a file of the package; the largest is about 2 MB.
const maxFile = 64 << 20

// Package is what an unpacked npm package says.
type Package struct {
	Version    string
	Operations []*vendorOperation
}

// The parts of the vendor's files that are read.
type (
	vendorIndex struct {
		Modules []struct {
			Name      string `json:"first_level_path"`
			File      string `json:"file"`
			PathCount int    `json:"path_count"`
		} `json:"modules"`
	}
	vendorDocument struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
	}
	vendorOperation struct {
		Module, Method, Path string
		// ErrorCodes are those of a page; the package has none.
		ErrorCodes []int `json:"-"`

		Summary    string            `json:"summary"`
		Deprecated bool              `json:"deprecated"`
		Parameters []vendorParameter `json:"parameters"`
		Body       *struct {
			Content map[string]vendorMedia `json:"content"`
		} `json:"requestBody"`
		Responses map[string]struct {
			Content map[string]vendorMedia `json:"content"`
		} `json:"responses"`
	}
	vendorParameter struct {
		Name        string          `json:"name"`
		In          string          `json:"in"`
		Required    bool            `json:"required"`
		Description string          `json:"description"`
		Schema      *vendorSchema   `json:"schema"`
		Example     json.RawMessage `json:"example"`
	}
	vendorMedia struct {
		Schema *vendorSchema `json:"schema"`
	}
	vendorSchema struct {
		Type        string                   `json:"type"`
		Format      string                   `json:"format"`
		Description string                   `json:"description"`
		Deprecated  bool                     `json:"deprecated"`
		Items       *vendorSchema            `json:"items"`
		Properties  map[string]*vendorSchema `json:"properties"`
		Required    []string                 `json:"required"`
		Enum        []any                    `json:"enum"`
		MaxLength   *int64                   `json:"maxLength"`
		MaxItems    *int64                   `json:"maxItems"`
		Minimum     *int64                   `json:"minimum"`
		Maximum     *int64                   `json:"maximum"`
		Default     json.RawMessage          `json:"default"`
		Example     json.RawMessage          `json:"example"`

		// These would be facts that the importer cannot read.
		Ref                  json.RawMessage `json:"$ref"`
		AllOf                json.RawMessage `json:"allOf"`
		OneOf                json.RawMessage `json:"oneOf"`
		AnyOf                json.RawMessage `json:"anyOf"`
		AdditionalProperties json.RawMessage `json:"additionalProperties"`
	}
)

var (
	methods = []string{"delete", "get", "head", "options", "patch", "post", "put"}
	// versionOf finds module and version in a path.
	versionOf   = regexp.MustCompile(`^/([a-z0-9_]+)/(\d{6})/`)
	vendorName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,119}$`)
	schemaTypes = []string{"array", "boolean", "integer", "number", "object", "string"}
	// What becomes a fact as it stands is a name: none of these takes a sentence.
	vendorPath  = regexp.MustCompile(`^[A-Za-z0-9_./{}-]{1,200}$`)
	fieldName   = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)
	formatName  = regexp.MustCompile(`^[a-z0-9-]{0,20}$`)
	mediaTypeIs = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]{1,40}$`)
)

// readPackage reads an unpacked npm package. Nothing outside of its folder is read, whatever its
// files say.
func readPackage(folder string) (*Package, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var about struct {
		Version string `json:"version"`
	}
	if err := readJSON(root.FS(), "package.json", &about); err != nil {
		return nil, fmt.Errorf("not an unpacked npm package: %w", err)
	}
	if about.Version == "" {
		return nil, errors.New("package.json: no version")
	}
	ops, err := readVendorFiles(root.FS())
	if err != nil {
		return nil, err
	}
	return &Package{Version: about.Version, Operations: ops}, nil
}

func readVendorFiles(files fs.FS) ([]*vendorOperation, error) {
	var index vendorIndex
	if err := readJSON(files, path.Join(vendorFolder, "index.json"), &index); err != nil {
		return nil, err
	}
	if len(index.Modules) == 0 {
		return nil, errors.New("index.json lists no modules")
	}
	var ops []*vendorOperation
	byID, read := make(map[string]string), make(map[string]bool)
	for _, m := range index.Modules {
		name := path.Join(vendorFolder, m.File)
		if !fs.ValidPath(name) || !strings.HasPrefix(name, vendorFolder+"/") {
			return nil, fmt.Errorf("index.json: the file %q is not in the package", m.File)
		}
		if read[name] {
			return nil, fmt.Errorf("index.json lists %s twice", m.File)
		}
		read[name] = true
		data, err := readFile(files, name)
		if err != nil {
			return nil, err
		}
		of, paths, err := readModule(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.File, err)
		}
		if paths != m.PathCount {
			return nil, fmt.Errorf("%s has %d paths, index.json says %d: is the package whole?",
				m.File, paths, m.PathCount)
		}
		for _, op := range of {
			if op.Module != m.Name {
				return nil, fmt.Errorf("%s: %s is not of the module %s", m.File, op.Path, m.Name)
			}
			if other, there := byID[op.id()]; there {
				return nil, fmt.Errorf("%s: %s and %s have the same name and version", op.id(),
					other, op.Path)
			}
			byID[op.id()] = op.Path
		}
		ops = append(ops, of...)
	}
	return ops, nil
}

// readModule reads one of the vendor's files, and counts its paths.
func readModule(data []byte) ([]*vendorOperation, int, error) {
	var doc vendorDocument
	if err := decode(data, &doc); err != nil {
		return nil, 0, err
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.") {
		return nil, 0, fmt.Errorf("OpenAPI %q is not version 3", doc.OpenAPI)
	}
	if len(doc.Paths) == 0 {
		return nil, 0, errors.New("no paths")
	}
	var ops []*vendorOperation
	for _, p := range sortedKeys(doc.Paths) {
		if len(doc.Paths[p]) == 0 {
			return nil, 0, fmt.Errorf("%s: no operation", p)
		}
		for _, method := range sortedKeys(doc.Paths[p]) {
			if !slices.Contains(methods, method) {
				return nil, 0, fmt.Errorf("%s: %q is no method", p, method)
			}
			op := new(vendorOperation)
			if err := decode(doc.Paths[p][method], op); err != nil {
				return nil, 0, fmt.Errorf("%s %s: %w", method, p, err)
			}
			op.Method, op.Path, op.Summary = method, p, strings.TrimSpace(op.Summary)
			if err := op.check(); err != nil {
				return nil, 0, fmt.Errorf("%s %s: %w", method, p, err)
			}
			ops = append(ops, op)
		}
	}
	return ops, len(doc.Paths), nil
}

// id is the operation's name with its version.
func (op *vendorOperation) id() string { return op.Summary + "_" + op.version() }

func (op *vendorOperation) version() string { return versionOf.FindStringSubmatch(op.Path)[2] }

// check refuses what cannot be turned into facts, rather than to leave it out.
func (op *vendorOperation) check() error {
	m := versionOf.FindStringSubmatch(op.Path)
	if m == nil || !vendorPath.MatchString(op.Path) {
		return errors.New("the path has no module and version")
	}
	op.Module = m[1]
	if !vendorName.MatchString(op.Summary) {
		return fmt.Errorf("the summary %.40q is no name", op.Summary)
	}
	seen := make(map[string]bool)
	for _, p := range op.Parameters {
		if p.In != "query" && p.In != "path" && p.In != "header" {
			return fmt.Errorf("parameter %.40q: in %.40q", p.Name, p.In)
		}
		if !fieldName.MatchString(p.Name) || seen[p.In+" "+p.Name] {
			return fmt.Errorf("parameter %.40q is there twice or has no name", p.Name)
		}
		seen[p.In+" "+p.Name] = true
		if p.Schema == nil {
			return fmt.Errorf("parameter %.40q: no schema", p.Name)
		}
		if err := p.Schema.check(); err != nil {
			return fmt.Errorf("parameter %.40q: %w", p.Name, err)
		}
	}
	if op.Body != nil {
		if _, _, err := single(op.Body.Content); err != nil {
			return fmt.Errorf("requestBody: %w", err)
		}
	}
	if len(op.Responses) != 1 {
		return errors.New("no single response")
	}
	success, ok := op.Responses["200"]
	if !ok {
		return errors.New("no response 200")
	}
	if _, _, err := single(success.Content); err != nil {
		return fmt.Errorf("response: %w", err)
	}
	return nil
}

// single returns the only media type and its schema.
func single(content map[string]vendorMedia) (string, *vendorSchema, error) {
	if len(content) != 1 {
		return "", nil, fmt.Errorf("%d media types", len(content))
	}
	for mediaType, media := range content {
		if media.Schema == nil || !mediaTypeIs.MatchString(mediaType) {
			return "", nil, fmt.Errorf("media type %.40q, schema: %t", mediaType,
				media.Schema != nil)
		}
		return mediaType, media.Schema, media.Schema.check()
	}
	panic("unreachable")
}

func (s *vendorSchema) check() error {
	for key, raw := range map[string]json.RawMessage{
		"$ref": s.Ref, "allOf": s.AllOf, "oneOf": s.OneOf, "anyOf": s.AnyOf,
		"additionalProperties": s.AdditionalProperties,
	} {
		if raw != nil {
			return fmt.Errorf("%s cannot be read", key)
		}
	}
	if !slices.Contains(schemaTypes, s.Type) {
		return fmt.Errorf("unknown type %.40q", s.Type)
	}
	if (s.Type == "array") != (s.Items != nil) {
		return fmt.Errorf("%s, with items: %t", s.Type, s.Items != nil)
	}
	if !formatName.MatchString(s.Format) {
		return fmt.Errorf("unknown format %.40q", s.Format)
	}
	for _, v := range s.Enum {
		if text, ok := v.(string); s.Type == "string" && (!ok || !isFigure(text)) {
			return fmt.Errorf("an enum of strings has %.40q", v)
		}
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			return fmt.Errorf("%.40q is required and not there", name)
		}
	}
	if s.Items != nil {
		if err := s.Items.check(); err != nil {
			return fmt.Errorf("items: %w", err)
		}
	}
	for _, name := range sortedKeys(s.Properties) {
		if s.Properties[name] == nil || !fieldName.MatchString(name) {
			return fmt.Errorf("%.40q: no name, or no schema", name)
		}
		if err := s.Properties[name].check(); err != nil {
			return fmt.Errorf("%.40q: %w", name, err)
		}
	}
	return nil
}

func readJSON(files fs.FS, name string, v any) error {
	data, err := readFile(files, name)
	if err != nil {
		return err
	}
	if err := decode(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MB", name, maxFile>>20)
	}
	return data, nil
}

// decode reads one JSON value, and keeps numbers as they are written.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON")
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
