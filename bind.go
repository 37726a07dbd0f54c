package tiktokshop

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// place is where a field of a request is sent.
type place string

// The places, by the tag that names them.
const (
	placePath  place = "path"
	placeQuery place = "url"
	placeBody  place = "json"
	placeForm  place = "form"
)

// fieldTags are the tags of a field of a request.
type fieldTags struct {
	place     place
	key       string // on the wire
	rules     string // the check tag
	preset    string // the default that is sent instead of a zero value, "" if there is none
	required  bool
	omitsZero bool // the zero value is not sent
	inBody    bool // of a path or query field: the body has it, too
}

// readTags reads the tags of a field, and refuses one that would not be sent, or in two places but for the body beside path or query.
func readTags(f *reflect.StructField) (fieldTags, *problem) {
	if f.Anonymous || !f.IsExported() {
		return fieldTags{}, &problem{reason: "is embedded or unexported, which a request cannot have"}
	}
	var tags fieldTags
	var options string
	for _, at := range []place{placePath, placeQuery, placeForm, placeBody} {
		key, opts, _ := strings.Cut(f.Tag.Get(string(at)), ",")
		if key == "" || key == "-" && opts == "" {
			continue
		}
		if at == placeBody && (tags.place == placePath || tags.place == placeQuery) {
			tags.inBody = true
			continue
		}
		if tags.place != "" {
			return fieldTags{}, &problem{reason: "has a " + string(tags.place) + " and a " + string(at) + ` tag, must have one of them; json:"-" beside it`}
		}
		tags.place, tags.key, options = at, key, opts
	}
	switch tags.place {
	case "":
		return fieldTags{}, &problem{reason: "has no path, url, json or form tag that names it"}
	case placePath, placeQuery:
		if !tags.inBody && f.Tag.Get(string(placeBody)) != "-" {
			return fieldTags{}, &problem{reason: `must have the tag json:"-", or one that names it if the body has it, too`}
		}
	}
	tags.rules = f.Tag.Get("check")
	for rule := range strings.SplitSeq(tags.rules, ",") {
		tags.required = tags.required || rule == ruleRequired
		if preset, ok := strings.CutPrefix(rule, ruleDefault+"="); ok {
			tags.preset = preset
		}
	}
	pointer := f.Type.Kind() == reflect.Pointer
	for option := range strings.SplitSeq(options, ",") {
		switch {
		case tags.place == placeBody:
			tags.omitsZero = tags.omitsZero || option == "omitzero" || option == "omitempty"
		case option == "", option == "omitempty" && tags.place != placePath, option == "comma" && tags.place == placeQuery: // as it is
		default:
			return fieldTags{}, &problem{reason: "has a " + string(tags.place) + " tag with an unknown option"}
		}
	}
	if tags.place == placeQuery || tags.place == placeForm {
		tags.omitsZero = !tags.required && !pointer
	}
	return tags, nil
}

// requestPlan says how the requests of one type are checked and encoded. It is made once.
type requestPlan struct {
	problem           *problem // why there is no plan
	fill              filler
	check             structCheck
	path, query, form []textField
	body              bool // it has fields that are encoded as JSON
}

// textField is a field that is sent as text.
type textField struct {
	fieldTags
	name  string
	index int
	text  textFunc
	file  func(reflect.Value) *File // instead of text
}

// textFunc returns the text of a value, "" if it is not sent.
type textFunc func(v reflect.Value) (string, *problem)

var requestPlans sync.Map // reflect.Type → *requestPlan

func planOf(t reflect.Type) *requestPlan {
	if plan, ok := requestPlans.Load(t); ok {
		return plan.(*requestPlan)
	}
	plan, _ := requestPlans.LoadOrStore(t, newPlan(t))
	return plan.(*requestPlan)
}

func newPlan(t reflect.Type) *requestPlan {
	plan := new(requestPlan)
	planner := make(checkPlanner)
	used := make(map[string]bool)
	for i := range t.NumField() {
		f := t.Field(i)
		if p := plan.addField(planner, &f, used); p != nil {
			return &requestPlan{problem: p.in(f.Name)}
		}
	}
	plan.fill = make(fillPlanner).structs(t)
	return plan
}

// addField plans one field.
func (plan *requestPlan) addField(planner checkPlanner, f *reflect.StructField, used map[string]bool) *problem {
	tags, p := readTags(f)
	if p != nil {
		return p
	}
	if used[string(tags.place)+tags.key] {
		return &problem{reason: "has the same " + string(tags.place) + " tag as another field"}
	}
	used[string(tags.place)+tags.key] = true
	if tags.place == placeQuery {
		if reason := reservedKey(tags.key); reason != "" {
			return &problem{reason: "cannot be sent as " + tags.key + ": " + reason}
		}
	}
	field := textField{fieldTags: tags, name: f.Name, index: f.Index[0]}
	plan.body = plan.body || tags.inBody || tags.place == placeBody
	switch tags.place {
	case placePath:
		field.required = true
		field.text = scalarOf(f.Type, false)
		plan.path = append(plan.path, field)
	case placeQuery:
		field.text = listOf(f.Type, tags.omitsZero)
		plan.query = append(plan.query, field)
	case placeForm:
		field.text, field.file = scalarOf(f.Type, tags.omitsZero), fileOf(f.Type)
		plan.form = append(plan.form, field)
	}
	if plan.body && len(plan.form) > 0 {
		return &problem{reason: "cannot be sent: a request has form fields or json fields, not both"}
	}
	if field.text == nil && field.file == nil && tags.place != placeBody {
		return &problem{reason: "has a type that cannot be sent in a " + string(tags.place) + " field"}
	}
	check, p := planner.field(f, tags)
	if p != nil {
		return p
	}
	plan.check.add(f, check)
	return nil
}

// scalarOf returns how single values of a type are written, nil if they cannot be.
func scalarOf(t reflect.Type, omitsZero bool) textFunc {
	var text func(reflect.Value) string
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		inner := scalarOf(t.Elem(), false)
		if inner == nil || t.Elem().Kind() == reflect.Pointer {
			return nil
		}
		return func(v reflect.Value) (string, *problem) {
			if v.IsNil() {
				return "", nil
			}
			return inner(v.Elem())
		}
	case t.Implements(reflect.TypeFor[wireTime]()):
		return func(v reflect.Value) (string, *problem) { return v.Interface().(wireTime).text(), nil }
	case encodesItself(t):
		return nil
	case kind == reflect.String:
		return func(v reflect.Value) (string, *problem) { return v.String(), nil }
	case kind == reflect.Bool:
		text = func(v reflect.Value) string { return strconv.FormatBool(v.Bool()) }
	case isInt(kind):
		text = func(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }
	default:
		return nil
	}
	return func(v reflect.Value) (string, *problem) {
		if omitsZero && v.IsZero() {
			return "", nil
		}
		return text(v), nil
	}
}

// listOf is scalarOf for single values and lists, whose elements are joined with commas.
func listOf(t reflect.Type, omitsZero bool) textFunc {
	if t.Kind() != reflect.Slice || encodesItself(t) {
		return scalarOf(t, omitsZero)
	}
	element := scalarOf(t.Elem(), false)
	if element == nil || t.Elem().Kind() == reflect.Pointer {
		return nil
	}
	return func(v reflect.Value) (string, *problem) {
		var joined []byte
		for i := range v.Len() {
			text, _ := element(v.Index(i))
			if !fitsList(text) {
				return "", (&problem{reason: reasonListElement}).in("[" + strconv.Itoa(i) + "]")
			}
			if v.Len() == 1 {
				return text, nil
			}
			if i > 0 {
				joined = append(joined, ',')
			}
			joined = append(joined, text...)
		}
		return string(joined), nil
	}
}

// bind checks a request struct and encodes it into path, query and body.
func (inv *invocation) bind(req any) error {
	p, err := inv.bindFields(req)
	if p != nil {
		err = inv.op.inputError(p.field, "%s", p.reason)
	}
	return err
}

func (inv *invocation) bindFields(req any) (*problem, error) {
	v := reflect.ValueOf(req)
	if v.Kind() != reflect.Pointer || v.Type().Elem().Kind() != reflect.Struct {
		return &problem{"request", "must be a pointer to a struct"}, nil
	}
	if v.IsNil() {
		v = reflect.New(v.Type().Elem())
		req = v.Interface()
	}
	v = v.Elem()
	plan := planOf(v.Type())
	if plan.problem != nil {
		return plan.problem, nil
	}
	if plan.fill != nil {
		if filled, changed := plan.fill(v); changed {
			v, req = filled, filled.Addr().Interface()
		}
	}
	if p := plan.check.check(v); p != nil {
		return p, nil
	}
	path := make([]param, 0, 4)
	for i := range plan.path {
		value, p := plan.path[i].pathValue(v)
		if p != nil {
			return p, nil
		}
		path = append(path, param{plan.path[i].key, value})
	}
	inv.params = make([]param, 0, len(plan.query)+gatewayParams)
	for i := range plan.query {
		f := &plan.query[i]
		value, p := f.text(v.Field(f.index))
		if p != nil {
			return p.in(f.name), nil
		}
		if value != "" {
			inv.params = append(inv.params, param{f.key, value})
		}
	}
	if err := inv.expand(path); err != nil {
		return nil, err
	}
	var err error
	var p *problem
	switch {
	case plan.body:
		inv.body, err = inv.op.encodeBody(req)
	case len(plan.form) > 0:
		inv.upload, p = newForm(plan, v, inv.op.maxUpload())
	}
	return p, err
}

// pathValue returns the text of a parameter of the path, which must be there.
func (f *textField) pathValue(v reflect.Value) (string, *problem) {
	value, _ := f.text(v.Field(f.index))
	switch {
	case value == "":
		return "", &problem{f.name, "is missing"}
	case !isPathValue(value):
		return "", &problem{f.name, reasonPathValue}
	}
	return value, nil
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
