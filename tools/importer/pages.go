package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The tables of a page of the vendor's reference, by the headings above them. Other headings end a
// table.
const (
	tableCommon   = "Common Parameters"
	tablePath     = "Request Path Parameters"
	tableQuery    = "Request Query Parameters"
	tableBody     = "Request Body Parameters"
	tableResponse = "Response Parameters"
	tableErrors   = "Error Code"
)

// gatewayParameters are those of every call, which the client fills in.
var gatewayParameters = []string{"app_key", "sign", "timestamp"}

var (
	pagePath    = regexp.MustCompile(`^#\s+Path:\s*(\S+)\s*$`)
	pageMethod  = regexp.MustCompile(`^#\s+Method:\s*\[?([A-Z]+)]?\s*$`)
	pageHeading = regexp.MustCompile(`^#\s+([A-Z][A-Za-z ]*[A-Za-z])\s*$`)
	// pageRow is the start of a row: a field with the signs of its depth, perhaps where it goes,
	// and its type. A description that has a list in it breaks the table, and what follows is
	// indented.
	pageRow = regexp.MustCompile(
		`^\s*(?:\|\s*)?(\^*)([A-Za-z0-9_.-]{1,100})\s*\|\s*(?:(path|query|header)\s*\|\s*)?((?:\[])*[A-Za-z0-9]+)\s*\|(.*)$`)
	// pageInner is a row of a field in another one that follows in the same line, as it does after
	// a cell with HTML.
	pageInner = regexp.MustCompile(`\|\s*(\^+[A-Za-z0-9_.-]{1,100}\s*\|\s*(?:\[])*[a-z0-9]+\s*\|)`)
	pageCode  = regexp.MustCompile(`^\s*(?:\|\s*)?(\d{1,12})\s*\|`)
	pageName  = regexp.MustCompile(`^(?:[A-Z]+__)?([a-z0-9]+(?:-[a-z0-9]+)*?)(?:-\d{6})?\.md$`)
)

// pageTypes are the reference's names of types.
var pageTypes = map[string]vendorSchema{
	"bool": {Type: "boolean"}, "boolean": {Type: "boolean"},
	"int": {Type: "integer"}, "int32": {Type: "integer"}, "int64": {Type: "integer"},
	"integer": {Type: "integer"}, "long": {Type: "integer"},
	"double": {Type: "number"}, "float": {Type: "number"}, "number": {Type: "number"},
	"string": {Type: "string"}, "object": {Type: "object"},
	"file": {Type: "string", Format: "binary"}, "binary": {Type: "string", Format: "binary"},
}

// Pages are what a folder of the vendor's pages says of operations.
type Pages struct{ Operations []*vendorOperation }

// readPages reads every page below a folder, and tells all that cannot be read at once. Nothing
// outside of it is read.
func readPages(folder string) (*Pages, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	pages := new(Pages)
	var problems []error
	seen := make(map[string]string)
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".md" ||
			strings.EqualFold(path.Base(name), "README.md") {
			return err
		}
		data, err := readFile(root.FS(), name)
		if err != nil {
			return err
		}
		op, err := readPage(path.Base(name), data)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			return nil
		}
		at := op.Method + " " + op.Path
		if other, there := seen[at]; there {
			problems = append(problems, fmt.Errorf("%s and %s are of the same operation", other,
				name))
			return nil
		}
		seen[at] = name
		pages.Operations = append(pages.Operations, op)
		return nil
	})
	if err := cmp.Or(err, errors.Join(problems...)); err != nil {
		return nil, err
	}
	if len(pages.Operations) == 0 {
		return nil, fmt.Errorf("no pages in %s", folder)
	}
	slices.SortFunc(pages.Operations, func(a, b *vendorOperation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return pages, nil
}

// readPage reads one page, in the form in which the vendor's site lets it be downloaded. The
// operation's name is the file's.
func readPage(file string, data []byte) (*vendorOperation, error) {
	name := pageName.FindStringSubmatch(file)
	if name == nil {
		return nil, fmt.Errorf("the name %.80q is not that of an operation", file)
	}
	op := &vendorOperation{Summary: fromKebab(name[1])}
	rows, err := op.readTables(
		strings.Split(pageInner.ReplaceAllString(plain(string(data)), "|\n$1"), "\n"))
	if err != nil {
		return nil, err
	}
	if err := op.fill(rows); err != nil {
		return nil, err
	}
	if err := op.check(); err != nil {
		return nil, err
	}
	return op, nil
}

// fromKebab is the name of an operation whose page has it in lower case.
func fromKebab(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// row is one line of a table: a field, and what stands beside it.
type row struct {
	depth                int
	name, in, typ, cells string
}

// readTables finds path, method and error codes, and the rows of each table.
func (op *vendorOperation) readTables(lines []string) (map[string][]*row, error) {
	rows := make(map[string][]*row)
	table, fenced := "", false
	for _, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced // in a cell, or below a heading that has no table
			continue
		}
		if fenced {
			continue
		}
		if m := pagePath.FindStringSubmatch(line); m != nil && op.Path == "" {
			op.Path = m[1]
			continue
		}
		if m := pageMethod.FindStringSubmatch(line); m != nil && op.Method == "" {
			op.Method = strings.ToLower(m[1])
			continue
		}
		if m := pageHeading.FindStringSubmatch(line); m != nil {
			table = m[1]
			continue
		}
		switch table {
		case tableErrors:
			if m := pageCode.FindStringSubmatch(line); m != nil {
				if code, err := strconv.Atoi(m[1]); err == nil && code != 0 &&
					!slices.Contains(op.ErrorCodes, code) {
					op.ErrorCodes = append(op.ErrorCodes, code)
				}
			}
		case tableCommon, tablePath, tableQuery, tableBody, tableResponse:
			m := pageRow.FindStringSubmatch(line)
			if m != nil && m[2] == "Properties" && len(rows[table]) == 0 {
				continue // the table's head
			}
			known := false
			if m != nil {
				_, known = pageTypes[strings.TrimLeft(m[4], "[]")]
			}
			switch have := rows[table]; {
			case known:
				rows[table] = append(have, &row{depth: len(m[1]), name: m[2], in: m[3], typ: m[4],
					cells: m[5]})
			case m != nil && (m[1] != "" || strings.HasPrefix(line, "|")):
				return nil, fmt.Errorf("%s: %.80q has the unknown type %.40q", table, m[2], m[4])
			case len(have) > 0:
				have[len(have)-1].cells += "\n" + line
			}
		}
	}
	switch {
	case op.Path == "":
		return nil, errors.New("no path")
	case !slices.Contains(methods, op.Method):
		return nil, fmt.Errorf("%.20q is no method", op.Method)
	case len(rows[tableResponse]) == 0:
		return nil, errors.New("no table of the response")
	}
	slices.Sort(op.ErrorCodes)
	return rows, nil
}

// fill turns rows into parameters and schemas.
func (op *vendorOperation) fill(rows map[string][]*row) error {
	mediaType := "application/json"
	for _, table := range []string{tableCommon, tablePath, tableQuery} {
		for _, r := range rows[table] {
			in := map[string]string{tableCommon: r.in, tablePath: "path",
				tableQuery: "query"}[table]
			s, required := r.schema()
			switch {
			case r.depth > 0:
				return fmt.Errorf("%s: %.80q is in another field", table, r.name)
			case in == "header":
				if strings.EqualFold(r.name, "content-type") &&
					strings.Contains(r.cells, "multipart/form-data") {
					mediaType = "multipart/form-data"
				}
				continue
			case in == "" || slices.Contains(gatewayParameters, r.name):
				continue
			}
			if i := slices.IndexFunc(op.Parameters,
				func(p vendorParameter) bool { return p.In == in && p.Name == r.name }); i >= 0 {
				// a cipher may be in two tables, of which the operation's own comes last
				op.Parameters[i].Required = required
				continue
			}
			p := vendorParameter{Name: r.name, In: in, Required: required || in == "path",
				Description: s.Description, Schema: s, Example: s.Example}
			s.Example = nil
			op.Parameters = append(op.Parameters, p)
		}
	}
	if len(rows[tableBody]) > 0 {
		s, err := object(rows[tableBody], true)
		if err != nil {
			return fmt.Errorf("%s: %w", tableBody, err)
		}
		if err := json.Unmarshal(fmt.Appendf(nil, `{"content":{%q:{}}}`, mediaType),
			&op.Body); err != nil {
			return err
		}
		op.Body.Content[mediaType] = vendorMedia{s}
	}
	s, err := object(rows[tableResponse], false)
	if err != nil {
		return fmt.Errorf("%s: %w", tableResponse, err)
	}
	if s.Properties["data"] == nil {
		s.Properties["data"] = &vendorSchema{Type: "object"}
	}
	if err := json.Unmarshal([]byte(`{"200":{"content":{"application/json":{}}}}`),
		&op.Responses); err != nil {
		return err
	}
	op.Responses["200"].Content["application/json"] = vendorMedia{s}
	return nil
}

// object makes a schema of the rows of a table, each of which is in the last one of one sign less.
func object(rows []*row, request bool) (*vendorSchema, error) {
	top := &vendorSchema{Type: "object"}
	open := []*vendorSchema{top}
	for _, r := range rows {
		if r.depth >= len(open) {
			return nil, fmt.Errorf("%.80q is in a field that is not there", r.name)
		}
		open = open[:r.depth+1]
		parent := open[r.depth]
		if parent.Type != "object" {
			return nil, fmt.Errorf("%.80q is in a field that is no object", r.name)
		}
		s, required := r.schema()
		if parent.Properties == nil {
			parent.Properties = make(map[string]*vendorSchema)
		}
		if parent.Properties[r.name] != nil {
			return nil, fmt.Errorf("%.80q is there twice", r.name)
		}
		parent.Properties[r.name] = s
		if request && required {
			parent.Required = append(parent.Required, r.name)
		}
		for s.Items != nil {
			s = s.Items
		}
		open = append(open, s)
	}
	return top, nil
}

// schema is that of the row's field, and whether the field must be there. Of the cells, the first
// may say that; the others are a sample and the description, which has more of them if it has the
// table's sign in it.
func (r *row) schema() (*vendorSchema, bool) {
	cells := strings.Split(r.cells, "|")
	required := false
	if first := strings.TrimSpace(cells[0]); len(cells) > 1 &&
		slices.Contains([]string{"Y", "N"}, first) {
		required = first == "Y"
		cells = cells[1:]
	}
	sample := strings.TrimSpace(cells[0])
	text := strings.TrimRight(strings.TrimSpace(strings.Join(cells[1:], "|")), "| \n")
	s := pageTypes[strings.TrimLeft(r.typ, "[]")]
	list := &s
	for range strings.Count(r.typ, "[]") {
		list = &vendorSchema{Type: "array", Items: list}
	}
	list.Description = text
	list.Example = sampleOf(list, sample)
	return list, required
}

// sampleOf reads a sample as a value of the field's type, nil if it is none.
func sampleOf(s *vendorSchema, text string) json.RawMessage {
	if text == "" || s.Type == "object" || s.Format == "binary" {
		return nil
	}
	if s.Type == "string" {
		out, err := marshal(text)
		if err != nil {
			return nil
		}
		return out
	}
	var v any
	if decode([]byte(text), &v) != nil {
		return nil
	}
	switch v.(type) {
	case bool:
		if s.Type != "boolean" {
			return nil
		}
	case json.Number:
		if s.Type != "integer" && s.Type != "number" {
			return nil
		}
	case []any:
		if s.Type != "array" || s.Items.Type == "object" {
			return nil
		}
	default:
		return nil
	}
	return json.RawMessage(text)
}
