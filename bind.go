package tiktokshop

import (
	"reflect"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/form"
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
	files := form.Files{Of: fileOf, Limit: op.maxUpload()}
	found := plan.Check(v, files.Check)
	if own, ok := v.Addr().Interface().(interface{ Validate() error }); ok {
		if err := own.Validate(); err != nil {
			var mistakes []bind.Mistake
			for _, e := range InputErrors(err) {
				mistakes = append(mistakes, bind.Mistake{Field: e.Field, Reason: e.Reason})
			}
			if len(mistakes) == 0 {
				return err
			}
			found = bind.Merge(v.Type(), found, mistakes)
		}
	}
	if len(found) > 0 {
		return op.inputErrors(found)
	}

	if err := inv.expand(len(plan.Path), func(name string) (string, bool) {
		for i := range plan.Path {
			if f := &plan.Path[i]; f.Key == name {
				return f.Text(v), true
			}
		}
		return "", false
	}); err != nil {
		return err
	}
	inv.params = make([]bind.Param, 0, len(plan.Query)+gatewayParams)
	for i := range plan.Query {
		if f := &plan.Query[i]; f.Text(v) != "" {
			inv.params = append(inv.params, bind.Param{Key: f.Key, Value: f.Text(v)})
		}
	}
	if len(plan.Form) > 0 {
		if inv.upload = files.Body(plan, v); inv.upload == nil {
			return op.inputError("request", "has neither a file nor a field of the form")
		}
		return nil
	}
	var body any
	if plan.HasBody {
		body = v.Addr().Interface()
	}
	return inv.encodeBody(body)
}

// fileOf returns the file that a field of a form holds, nil if it holds none.
func fileOf(v reflect.Value) *form.File {
	if file, ok := v.Interface().(*File); ok {
		return (*form.File)(file)
	}
	file := form.File(v.Interface().(File))
	if file == (form.File{}) {
		return nil
	}
	return &file
}
