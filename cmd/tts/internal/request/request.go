// Package request builds a call of any operation from values by their names on the wire, and checks
// them by the table before anything is sent: all mistakes at once.
package request

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
)

// Input collects the values of one call.
type Input struct {
	entry    *catalog.Entry
	values   map[string]any // as decoded from JSON, numbers as json.Number
	files    map[string]*os.File
	mistakes []error
}

// New returns an Input without values.
func New(entry *catalog.Entry) *Input {
	return &Input{entry: entry, values: make(map[string]any), files: make(map[string]*os.File)}
}

// Fields are those of the request: path, query, body; one that is in several places once.
func Fields(e *catalog.Entry) []*catalog.Field {
	var fields []*catalog.Field
	for _, f := range slices.Concat(e.Path, e.Query, e.Body) {
		if i := slices.IndexFunc(fields,
			func(other *catalog.Field) bool { return other.Name == f.Name }); i < 0 {
			fields = append(fields, f)
		}
	}
	return fields
}

func (in *Input) mistake(field, format string, args ...any) {
	in.mistakes = append(in.mistakes, &tiktokshop.InputError{Operation: in.entry.Name, Field: field,
		Reason: fmt.Sprintf(format, args...)})
}

// decode reads JSON that people wrote.
func decode(content []byte) (any, error) {
	text, err := textfile.Text(content)
	if err != nil {
		return nil, err
	}
	return catalog.Decode(text)
}

// SetJSON takes the fields of a JSON object.
func (in *Input) SetJSON(text []byte) {
	value, err := decode(text)
	if err != nil {
		in.mistake("data", "is not JSON: %v", err)
		return
	}
	object, ok := value.(map[string]any)
	if !ok {
		in.mistake("data", "must be a JSON object")
		return
	}
	maps.Copy(in.values, object)
}

// Set takes a value that was decoded from JSON.
func (in *Input) Set(name string, value any) { in.values[name] = value }

// SetText takes what somebody typed for a field, once or several times.
func (in *Input) SetText(f *catalog.Field, texts []string) {
	if len(texts) == 0 {
		return
	}
	last := texts[len(texts)-1]
	switch f.Type {
	case "list":
		in.setList(f, texts)
	case "object":
		in.setValue(f, last)
	case "file":
		in.setFile(f, last)
	default:
		in.values[f.Name] = scalar(f, last)
	}
}

// scalar makes a value of a text; what it cannot be is found later.
func scalar(f *catalog.Field, text string) any {
	switch f.Type {
	case "":
		return text
	case "bool":
		if text == "true" || text == "false" {
			return text == "true"
		}
		return text
	}
	return json.Number(text)
}

// setList takes elements separated by commas, or a JSON list.
func (in *Input) setList(f *catalog.Field, texts []string) {
	if len(texts) == 1 && (strings.HasPrefix(texts[0], "[") || strings.HasPrefix(texts[0], "@")) {
		in.setValue(f, texts[0])
		return
	}
	if f.Items.Type == "object" || f.Items.Type == "list" {
		in.mistake(f.Name, "must be a JSON list, or @ and the name of a file with one")
		return
	}
	list := []any{}
	for _, text := range texts {
		for part := range strings.SplitSeq(text, ",") {
			list = append(list, scalar(f.Items, strings.TrimSpace(part)))
		}
	}
	in.values[f.Name] = list
}

// setValue takes JSON, or a file of it.
func (in *Input) setValue(f *catalog.Field, text string) {
	content := []byte(text)
	if name, ok := strings.CutPrefix(text, "@"); ok {
		var err error
		if content, err = textfile.Read(name); err != nil {
			in.mistake(f.Name, "cannot be read: %v", err)
			return
		}
	}
	value, err := decode(content)
	if err != nil {
		in.mistake(f.Name, "is not JSON: %v", err)
		return
	}
	in.values[f.Name] = value
}

func (in *Input) setFile(f *catalog.Field, name string) {
	file, err := os.Open(name)
	if err == nil {
		var info os.FileInfo
		if info, err = file.Stat(); err == nil {
			switch {
			case info.IsDir():
				err = errors.New("is a folder")
			case f.MaxBytes > 0 && info.Size() > f.MaxBytes:
				err = fmt.Errorf("has %d bytes, at most %d are taken", info.Size(), f.MaxBytes)
			}
		}
	}
	if err != nil {
		in.mistake(f.Name, "%v", err)
		return
	}
	in.files[f.Name] = file
}

// Close closes the files of the request.
func (in *Input) Close() error {
	var errs []error
	for _, f := range in.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Request is a call made ready.
type Request struct {
	entry  *catalog.Entry
	params tiktokshop.Params
	form   any // a pointer to a struct for Call instead
	parts  []Part
	token  string
	carry  map[string]any // what pages carry along
}

// Build checks the values and makes the request of them. unchecked leaves out what only the table
// says, in which the platform may be ahead. The error has all mistakes.
func (in *Input) Build(unchecked bool) (*Request, error) {
	in.setDefaults()
	if !unchecked {
		in.check()
	}
	if len(in.mistakes) > 0 {
		return nil, errors.Join(in.mistakes...)
	}
	r := &Request{entry: in.entry}
	r.params.Path = make(map[string]string)
	query, body := make(url.Values), make(map[string]any)
	taken := make(map[string]bool)
	for _, f := range in.entry.Path {
		taken[f.Name] = true
		if v, ok := in.values[f.Name]; ok {
			r.params.Path[f.Name] = catalog.Text(v)
		}
	}
	for _, f := range in.entry.Query {
		taken[f.Name] = true
		if v, ok := in.values[f.Name]; ok {
			query[f.Name] = texts(v)
		}
	}
	for _, f := range in.entry.Body {
		taken[f.Name] = true
		if v, ok := in.values[f.Name]; ok {
			body[f.Name] = v
		}
	}
	for name, v := range in.values { // unchecked
		switch {
		case taken[name]:
		case len(in.entry.Body) > 0:
			body[name] = v
		default:
			query[name] = texts(v)
		}
	}
	r.params.Query = query
	switch {
	case in.entry.Form:
		r.form, r.parts = in.formStruct(body)
	case len(body) > 0:
		r.params.Body = body
	}
	return r, nil
}

// setDefaults puts in what is sent where a required field is not given, as the SDK does.
func (in *Input) setDefaults() {
	for _, f := range Fields(in.entry) {
		if _, given := in.values[f.Name]; given || !f.Required || len(f.Default) == 0 {
			continue
		}
		if v, err := catalog.Decode(f.Default); err == nil {
			in.values[f.Name] = v
		}
	}
}

func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{catalog.Text(v)}
	}
	all := make([]string, len(list))
	for i, element := range list {
		all[i] = catalog.Text(element)
	}
	return all
}

// formStruct makes a struct with the tags of Call, which streams files.
func (in *Input) formStruct(body map[string]any) (form any, parts []Part) {
	var fields []reflect.StructField
	var set []func(reflect.Value)
	add := func(tag, wire string, value any) {
		i := len(fields)
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: reflect.TypeOf(value),
			Tag: reflect.StructTag(fmt.Sprintf(`%s:%q json:"-"`, tag, wire)),
		})
		set = append(set, func(v reflect.Value) { v.Field(i).Set(reflect.ValueOf(value)) })
	}
	for _, f := range in.entry.Path {
		add("path", f.Name, catalog.Text(in.values[f.Name]))
	}
	for _, f := range in.entry.Query {
		add("url", f.Name, strings.Join(texts(in.values[f.Name]), ","))
	}
	for _, name := range slices.Sorted(maps.Keys(body)) {
		add("form", name, catalog.Text(body[name]))
		parts = append(parts, Part{Name: name, Text: catalog.Text(body[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(in.files)) {
		f := in.files[name]
		add("form", name, &tiktokshop.File{
			Name:        filepath.Base(f.Name()),
			ContentType: mime.TypeByExtension(filepath.Ext(f.Name())), Content: f,
		})
		parts = append(parts, Part{Name: name, File: f.Name()})
	}
	v := reflect.New(reflect.StructOf(fields))
	for _, s := range set {
		s(v.Elem())
	}
	return v.Interface(), parts
}

// Do calls the operation.
func (r *Request) Do(
	ctx context.Context, c *tiktokshop.Client, opts ...tiktokshop.Option,
) (*tiktokshop.Response[json.RawMessage], error) {
	op := r.entry.Operation.Operation
	if r.form != nil {
		return tiktokshop.Call[json.RawMessage](ctx, c, &op, r.form, opts...)
	}
	return tiktokshop.Do[json.RawMessage](ctx, c, &op, r.paramsOfPage(), opts...)
}

// paramsOfPage are the params with the page token, if there is one.
func (r *Request) paramsOfPage() tiktokshop.Params {
	if r.token == "" && len(r.carry) == 0 {
		return r.params
	}
	p := r.params
	extra := maps.Clone(r.carry)
	if extra == nil {
		extra = make(map[string]any)
	}
	if r.token != "" {
		extra[catalog.PageToken] = r.token
	}
	query, _ := p.Query.(url.Values)
	query = maps.Clone(query)
	body, _ := p.Body.(map[string]any)
	body = maps.Clone(body)
	for name, v := range extra {
		if slices.ContainsFunc(r.entry.Query,
			func(f *catalog.Field) bool { return f.Name == name }) {
			query[name] = texts(v)
			continue
		}
		if body == nil {
			body = make(map[string]any)
		}
		body[name] = v
	}
	p.Query = query
	if body != nil {
		p.Body = body
	}
	return p
}

// All calls the operation page by page and has each be called with the items of a page.
func (r *Request) All(
	ctx context.Context, c *tiktokshop.Client, each func(item json.RawMessage) error,
	opts ...tiktokshop.Option,
) error {
	pages := r.entry.Pages
	if pages == nil {
		return &tiktokshop.InputError{Operation: r.entry.Name, Field: "all",
			Reason: "cannot be given: the operation's answer does not come in pages"}
	}
	first := *r
	if list, ok := first.given(catalog.PageToken); ok {
		first.token = list
	}
	list := func(
		ctx context.Context, page *Request, opts ...tiktokshop.Option,
	) (*tiktokshop.Response[json.RawMessage], error) {
		return page.Do(ctx, c, opts...)
	}
	token := func(page *Request) *string { return &page.token }
	var wrong error
	take := func(page *Request, answer *json.RawMessage) ([]json.RawMessage, string) {
		data, err := catalog.Decode(*answer)
		if err != nil {
			wrong = err
			return nil, ""
		}
		for _, name := range pages.Carry {
			if _, given := page.given(name); !given && page.carry[name] == nil {
				if v := catalog.Place(data, name); catalog.Text(v) != "" {
					page.carry = maps.Clone(page.carry)
					if page.carry == nil {
						page.carry = make(map[string]any)
					}
					page.carry[name] = v
				}
			}
		}
		next := catalog.Text(catalog.Place(data, pages.Next))
		if pages.HasMore != "" && catalog.Place(data, pages.HasMore) == false {
			next = ""
		}
		return rawItems(*answer, pages.Items), next
	}
	for item, err := range tiktokshop.Pages(ctx, &first, list, token, take, opts...) {
		if err != nil {
			return err
		}
		if err := each(item); err != nil {
			return err
		}
	}
	return wrong
}

// given is what the caller gave for a name.
func (r *Request) given(name string) (string, bool) {
	if query, ok := r.params.Query.(url.Values); ok && query.Get(name) != "" {
		return query.Get(name), true
	}
	if body, ok := r.params.Body.(map[string]any); ok && body[name] != nil {
		return catalog.Text(body[name]), true
	}
	return "", false
}

// rawItems are the elements of the list at a place, byte for byte.
func rawItems(data json.RawMessage, place string) []json.RawMessage {
	for step := range strings.SplitSeq(place, ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil {
			return nil
		}
		data = object[step]
	}
	var items []json.RawMessage
	if len(bytes.TrimSpace(data)) == 0 || json.Unmarshal(data, &items) != nil {
		return nil
	}
	return items
}

// Part is a part of a form.
type Part struct{ Name, Text, File string }

// Parts are those of a form; nil if the request is none.
func (r *Request) Parts() []Part { return r.parts }
