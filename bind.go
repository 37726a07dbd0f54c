package tiktokshop

import (
	"bytes"
	"cmp"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/stream"
)

// binder binds the request structs of Call.
var binder = bind.New(bind.Types{
	Text: func(t reflect.Type) func(reflect.Value) string {
		if !t.Implements(reflect.TypeFor[wireTime]()) {
			return nil
		}
		return func(v reflect.Value) string { return v.Interface().(wireTime).text() }
	},
	Form: func(t reflect.Type) func(reflect.Value) string {
		switch t {
		case reflect.TypeFor[ID]():
			return func(v reflect.Value) string {
				if bind.IsFloat(v.String()) { // nothing else: not all ids are numbers
					return bind.FloatID
				}
				return ""
			}
		case reflect.TypeFor[IDNumber]():
			return func(v reflect.Value) string { return IDNumber(v.String()).problem() }
		}
		return nil
	},
	File:     reflect.TypeFor[File](),
	Reserved: reservedKey,
})

// bind checks a request struct and encodes it into path, query and body.
func (inv *invocation) bind(req any) error {
	op := inv.op
	ptr := reflect.ValueOf(req)
	if ptr.Kind() != reflect.Pointer || ptr.Type().Elem().Kind() != reflect.Struct {
		return op.inputError("request", "must be a pointer to a struct")
	}
	if ptr.IsNil() {
		ptr = reflect.New(ptr.Type().Elem())
	}
	plan, wrong := binder.Plan(ptr.Type().Elem())
	if wrong != nil {
		return op.inputErrors([]bind.Mistake{*wrong})
	}
	v := plan.Fill(ptr.Elem())
	var files formFiles
	var checkFile func(*bind.Field, reflect.Value) []bind.Mistake
	if len(plan.Form) > 0 {
		files = formFiles{limit: op.maxUpload(), parts: make(map[string]*stream.File)}
		checkFile = files.check
	}
	found := plan.Check(v, checkFile)
	if own, ok := v.Addr().Interface().(interface{ Validate() error }); ok {
		var err error
		if found, err = withOwn(v.Type(), found, own.Validate()); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return op.inputErrors(found)
	}

	path := make([]param, 0, 4)
	for i := range plan.Path {
		path = append(path, param{plan.Path[i].Key, plan.Path[i].Text(v)})
	}
	if err := inv.expand(path); err != nil {
		return err
	}
	inv.params = make([]param, 0, len(plan.Query)+gatewayParams)
	for i := range plan.Query {
		if f := &plan.Query[i]; f.Text(v) != "" {
			inv.params = append(inv.params, param{f.Key, f.Text(v)})
		}
	}
	if len(plan.Form) > 0 {
		if inv.upload = files.form(plan, v); inv.upload == nil {
			return op.inputError("request", "has neither a file nor a field of the form")
		}
		return nil
	}
	var body any
	if plan.HasBody {
		body = v.Addr().Interface()
	}
	var err error
	inv.body, err = op.encodeBody(body)
	return err
}

// withOwn adds what a request finds wrong with itself to what its tags have, in the order of the fields. What its tags refuse is
// not refused twice, nor anything in it. err is what the request returned if it is anything but *InputErrors.
func withOwn(t reflect.Type, found []bind.Mistake, own error) (all []bind.Mistake, err error) {
	if own == nil {
		return found, nil
	}
	mistakes := InputErrors(own)
	if len(mistakes) == 0 {
		return found, own
	}
	byTag := found[:len(found):len(found)]
	for _, e := range mistakes {
		if !slices.ContainsFunc(byTag, func(m bind.Mistake) bool {
			rest, in := strings.CutPrefix(e.Field, m.Field)
			return in && (rest == "" || rest[0] == '[' || rest[0] == '.')
		}) {
			found = append(found, bind.Mistake{Field: e.Field, Reason: e.Reason})
		}
	}
	slices.SortStableFunc(found, func(a, b bind.Mistake) int {
		return slices.Compare(placeOf(t, a.Field), placeOf(t, b.Field))
	})
	return found, nil
}

// placeOf is where a mistake is in a request: the index of the field, and that of its element if it is a list. What is wrong
// with the request as a whole comes last.
func placeOf(t reflect.Type, field string) []int {
	name, _, _ := strings.Cut(field, ".")
	name, element, isElement := strings.Cut(name, "[")
	f, ok := t.FieldByName(name)
	switch {
	case !ok:
		return []int{t.NumField()}
	case !isElement:
		return f.Index[:1]
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(element, "]"))
	return []int{f.Index[0], n}
}

// expand fills the path in with values that have been checked.
func (inv *invocation) expand(values []param) (err error) {
	inv.path, err = inv.op.expandPath(len(values), func(name string) (string, bool) {
		for _, p := range values {
			if p.key == name {
				return p.value, true
			}
		}
		return "", false
	})
	return err
}

// formFiles are the files of a form, made ready while they are checked.
type formFiles struct {
	limit int64
	parts map[string]*stream.File // by the names of their fields
}

func (ff *formFiles) check(f *bind.Field, v reflect.Value) []bind.Mistake {
	file := fileOf(v)
	if file == nil {
		return nil
	}
	part, found := file.part(f.Name, ff.limit)
	ff.parts[f.Name] = part
	return found
}

// form makes the multipart body of a request; nil if it has no parts.
func (ff *formFiles) form(plan *bind.Plan, v reflect.Value) *stream.Body {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	body := stream.New(w.FormDataContentType())
	for i := range plan.Form {
		f := &plan.Form[i]
		if !f.IsFile() {
			if text := f.Text(v); text != "" {
				_ = w.WriteField(f.Key, text) // a Buffer takes anything
			}
			continue
		}
		file := fileOf(f.Of(v))
		if file == nil {
			continue
		}
		name, contentType := cmp.Or(file.Name, f.Key), cmp.Or(file.ContentType, defaultContentType)
		_, _ = w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(f.Key, name)},
			"Content-Type":        {contentType},
		})
		body.AddText(head.Bytes())
		body.AddFile(ff.parts[f.Name])
		head.Reset()
	}
	if body.IsEmpty() && head.Len() == 0 {
		return nil
	}
	_ = w.Close()
	body.AddText(head.Bytes())
	return body
}

// fileOf returns the file that a field of a form holds, nil if it holds none.
func fileOf(v reflect.Value) *File {
	if file, ok := v.Interface().(*File); ok {
		return file
	}
	file := v.Interface().(File)
	if file == (File{}) {
		return nil
	}
	return &file
}
