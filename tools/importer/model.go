package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The facts of a module, with their fields in the order in which the files
// keep them: a file that is read and written again has not changed.
type (
	// Document is one file of openapi/.
	Document struct {
		OpenAPI string   `json:"openapi"`
		Info    Info     `json:"info"`
		Servers []Server `json:"servers"`
		Paths   Paths    `json:"paths"`
	}
	// Info names a module.
	Info struct {
		Title   string `json:"title"`
		About   string `json:"description,omitempty"`
		Version string `json:"version"`
	}
	// Server is where the platform answers.
	Server struct {
		URL string `json:"url"`
	}
	// Paths holds operations by path and lower-case method.
	Paths map[string]map[string]*Operation
	// Operation is one version of an operation.
	Operation struct {
		ID         string   `json:"operationId"`
		Tags       []string `json:"tags"`
		Summary    string   `json:"summary,omitempty"`
		About      string   `json:"description,omitempty"`
		Docs       *Link    `json:"externalDocs,omitempty"`
		Name       string   `json:"x-name"`
		Version    string   `json:"x-version"`
		GoName     string   `json:"x-go-name,omitempty"`
		Identifier string   `json:"x-identifier"`
		Entity     string   `json:"x-entity,omitempty"`
		Scopes     []string `json:"x-scopes,omitempty"`
		ErrorCodes []int    `json:"x-error-codes,omitempty"`
		Source     string   `json:"x-source"`
		Checked    string   `json:"x-checked,omitempty"`
		// of others' facts; it does not come in
		Evidence   json.RawMessage `json:"x-evidence,omitempty"`
		Confidence string          `json:"x-confidence,omitempty"`
		Unknown    []string        `json:"x-unknown,omitempty"`
		Retired    string          `json:"x-retired,omitempty"`
		Successor  string          `json:"x-successor,omitempty"`
		RepeatSafe *bool           `json:"x-repeat-safe,omitempty"`
		PageCarry  []string        `json:"x-page-carry,omitempty"`
		// ItemErrors are kept as they are: none is written, too.
		ItemErrors json.RawMessage `json:"x-item-errors,omitempty"`
		Deprecated bool            `json:"deprecated,omitempty"`
		Parameters []*Parameter    `json:"parameters,omitempty"`
		Body       *Body           `json:"requestBody,omitempty"`
		Responses  Responses       `json:"responses"`
	}
	// Link is the vendor's page.
	Link struct {
		URL string `json:"url"`
	}
	// Parameter is one of the path or the query.
	Parameter struct {
		Name     string          `json:"name"`
		In       string          `json:"in"`
		About    string          `json:"description,omitempty"`
		Required bool            `json:"required"`
		Schema   *Schema         `json:"schema"`
		Style    string          `json:"style,omitempty"`
		Explode  *bool           `json:"explode,omitempty"`
		Example  json.RawMessage `json:"example,omitempty"`
	}
	// Body is what a request carries.
	Body struct {
		Required bool    `json:"required"`
		Content  Content `json:"content"`
	}
	// Content holds a schema by media type.
	Content map[string]Media
	// Media is one of it.
	Media struct {
		Schema *Schema `json:"schema"`
	}
	// Responses holds answers by HTTP status.
	Responses map[string]Response
	// Response is one of them.
	Response struct {
		Description string  `json:"description"`
		Content     Content `json:"content"`
	}
	// Schema is the type of a field.
	Schema struct {
		Type   string   `json:"type"`
		Format string   `json:"format,omitempty"`
		About  string   `json:"description,omitempty"`
		Items  *Schema  `json:"items,omitempty"`
		Values []string `json:"x-values,omitempty"`
		// Terminal are those of the values that nothing changes by itself any more.
		Terminal []string `json:"x-terminal-values,omitempty"`
		// ValueNames are what values are called that do not say so themselves.
		ValueNames map[string]string `json:"x-value-names,omitempty"`
		// ValuesAbout says what each value stands for.
		ValuesAbout map[string]string `json:"x-enum-descriptions,omitempty"`
		Properties  *Properties       `json:"properties,omitempty"`
		MaxLength   *int64            `json:"maxLength,omitempty"`
		Minimum     *int64            `json:"minimum,omitempty"`
		Maximum     *int64            `json:"maximum,omitempty"`
		Required    []string          `json:"required,omitempty"`
		MaxItems    *int64            `json:"maxItems,omitempty"`
		Default     json.RawMessage   `json:"default,omitempty"`
		Deprecated  bool              `json:"deprecated,omitempty"`
		// Only are the figures that an integer takes, if they are a closed set.
		Only []int64 `json:"enum,omitempty"`
		// ID tells that an integer is an identifier.
		ID         bool            `json:"x-id,omitempty"`
		When       *Condition      `json:"x-required-when,omitempty"`
		Overwrites bool            `json:"x-overwrites,omitempty"`
		MaxBytes   *int64          `json:"x-max-bytes,omitempty"`
		Secret     bool            `json:"x-secret,omitempty"`
		Example    json.RawMessage `json:"example,omitempty"`

		// text is the vendor's, which facts are read from and which is never written.
		text string
		// ruled tells that a rule names all values, unlimited that one takes away the limits.
		ruled, unlimited bool
	}
	// Condition tells when a field must be there: a field beside it, or else further out, has one
	// of some values, or none of them. A field that is not there has none.
	Condition struct {
		Field string   `json:"field"`
		Is    []string `json:"is,omitempty"`
		IsNot []string `json:"is-not,omitempty"`
	}
	// Properties are the fields of an object, in their order.
	Properties struct {
		Names  []string
		ByName map[string]*Schema
	}
)

// sourceOAS and sourceDocs say where an operation's facts are from; sourceBoth joins them. Those of
// a secondary source are from neither: somebody else has seen the operation.
const (
	sourceOAS       = "oas"
	sourceDocs      = "docs"
	sourceBoth      = "oas+docs"
	sourceSecondary = "secondary"
)

// Get returns a field, nil if there is none.
func (p *Properties) Get(name string) *Schema {
	if p == nil {
		return nil
	}
	return p.ByName[name]
}

// Add puts in a field: among its neighbours if the names are sorted, at the end if not.
func (p *Properties) Add(name string, s *Schema) {
	if p.ByName == nil {
		p.ByName = make(map[string]*Schema)
	}
	p.ByName[name] = s
	if i, found := slices.BinarySearch(p.Names, name); slices.IsSorted(p.Names) && !found {
		p.Names = slices.Insert(p.Names, i, name)
		return
	}
	p.Names = append(p.Names, name)
}

// Remove takes out a field.
func (p *Properties) Remove(name string) {
	delete(p.ByName, name)
	p.Names = slices.DeleteFunc(p.Names, func(n string) bool { return n == name })
}

// MarshalJSON keeps the order.
func (p *Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range p.Names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(p.ByName[name])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON keeps the order.
func (p *Properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("properties are no object")
	}
	*p = Properties{ByName: make(map[string]*Schema)}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name := key.(string)
		if p.ByName[name] != nil {
			return fmt.Errorf("the field %q is there twice", name)
		}
		s := new(Schema)
		if err := d.Decode(s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p.Names = append(p.Names, name)
		p.ByName[name] = s
	}
	return nil
}

// clone is a copy that shares nothing. Texts do not go along.
func (op *Operation) clone() *Operation {
	data, err := marshal(op)
	if err == nil {
		op = new(Operation)
		err = json.Unmarshal(data, op)
	}
	if err != nil {
		panic(err) // it has been read from such bytes
	}
	return op
}

// marshal encodes as the files do, with no HTML escapes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Encode returns the bytes of a file.
func (d *Document) Encode() ([]byte, error) {
	flat, err := marshal(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, flat, "", " "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// decodeDocument reads the bytes of a file; a key that the model does not have is an error.
func decodeDocument(data []byte) (*Document, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	doc := new(Document)
	if err := d.Decode(doc); err != nil {
		return nil, err
	}
	return doc, nil
}

// Facts are the documents by module.
type Facts map[string]*Document

// readFacts reads every module in a folder.
func readFacts(folder string) (Facts, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no facts in %s", folder)
	}
	facts := make(Facts)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, err := decodeDocument(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		facts[strings.TrimSuffix(filepath.Base(file), ".json")] = doc
	}
	return facts, nil
}

// unreviewed are the operations of which nobody has said whether they may be repeated.
func (f Facts) unreviewed() []string {
	var ids []string
	for _, module := range sortedKeys(f) {
		for _, p := range sortedKeys(f[module].Paths) {
			for _, method := range sortedKeys(f[module].Paths[p]) {
				if op := f[module].Paths[p][method]; op.RepeatSafe == nil {
					ids = append(ids, module+" "+op.ID)
				}
			}
		}
	}
	return ids
}

// write puts the documents that differ from the files' into the folder.
func (f Facts) write(folder string) error {
	for module, doc := range f {
		data, err := doc.Encode()
		if err != nil {
			return fmt.Errorf("%s: %w", module, err)
		}
		file := filepath.Join(folder, module+".json")
		if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
