package verify

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// Form is a form of requests, and whether the platform computed the signature that was sent with
// it.
type Form struct {
	Name   string     `json:"name"`
	Result FormResult `json:"result"`
	// Operation is the first that was tried with the form, or the first whose signature was
	// refused.
	Operation string `json:"operation,omitzero"`
	Requests  int    `json:"requests"`
}

// FormResult tells about a Form.
type FormResult string

// The results.
const (
	FormAccepted FormResult = "accepted"
	FormRefused  FormResult = "refused"
	FormUntried  FormResult = "not tried"
)

// The forms.
const (
	plainGET    = "GET without parameters of its own"
	queryGET    = "GET with a query"
	listQuery   = "a list in the query, joined by commas"
	specialGET  = "a query with + / = & % and a space"
	foreignGET  = "a query beyond ASCII"
	bodyGET     = "GET with a JSON body"
	bodyPOST    = "POST with a JSON body"
	emptyPOST   = "POST without a body"
	foreignPOST = "a JSON body beyond ASCII"
	pathIDs     = "ids in the path"
	shopForm    = "shop_cipher"
	assetForm   = "category_asset_cipher"
	noCipher    = "no cipher"
)

var formNames = []string{
	plainGET, queryGET, listQuery, specialGET, foreignGET, bodyGET, bodyPOST, emptyPOST,
	foreignPOST, pathIDs, shopForm, assetForm, noCipher,
}

func newForms() map[string]*Form {
	forms := make(map[string]*Form)
	for _, name := range formNames {
		forms[name] = &Form{Name: name, Result: FormUntried}
	}
	return forms
}

func formsOf(forms map[string]*Form) []*Form {
	var all []*Form
	for _, name := range formNames {
		all = append(all, forms[name])
	}
	return all
}

// noteForm notes what an answer says about the signature of its request.
func (r *run) noteForm(e *catalog.Entry, x *exchange, a *answer) {
	query, err := url.ParseQuery(x.query)
	if err != nil {
		return
	}
	own := false
	for name, values := range query {
		switch name {
		case "app_key", "timestamp", "sign":
			continue
		case "shop_cipher":
			r.form(shopForm, e, a)
			continue
		case "category_asset_cipher":
			r.form(assetForm, e, a)
			continue
		}
		own = true
		if strings.Contains(values[0], ",") {
			r.form(listQuery, e, a)
		}
		if strings.ContainsAny(values[0], "+/=") {
			r.form(specialGET, e, a)
		}
	}
	if !query.Has("shop_cipher") && !query.Has("category_asset_cipher") {
		r.form(noCipher, e, a)
	}
	if len(e.Path) > 0 {
		r.form(pathIDs, e, a)
	}
	switch {
	case e.Method == "GET" && x.hasBody:
		r.form(bodyGET, e, a)
	case e.Method == "GET" && own:
		r.form(queryGET, e, a)
	case e.Method == "GET":
		r.form(plainGET, e, a)
	case x.hasBody:
		r.form(bodyPOST, e, a)
	default:
		r.form(emptyPOST, e, a)
	}
}

// form notes one form of a request. An answer that was given before the signature was looked at
// says nothing.
func (r *run) form(name string, e *catalog.Entry, a *answer) {
	f := r.forms[name]
	text := strings.ToLower(a.message)
	before := a.code == 36009009 || a.code == 36009010 || a.code == 36009002 || a.status >= 500 ||
		a.code == 0 && !a.ok ||
		a.code == 36009004 && (strings.Contains(text, "app_key") ||
			strings.Contains(text, "timestamp"))
	switch {
	case before:
		return
	case a.signatureRefused():
		if f.Result != FormRefused {
			f.Result, f.Operation = FormRefused, e.Name
		}
	case f.Result == FormUntried:
		f.Result, f.Operation = FormAccepted, e.Name
	}
	f.Requests++
}

// tryForms asks for what the crawl does not bring by itself. Only the signature counts here: that
// the platform knows no such page or name is what it should answer.
func (r *run) tryForms(ctx context.Context) {
	for _, t := range []struct {
		form, method, value string
		name                func(*catalog.Entry) string
	}{
		{specialGET, "GET", "a+b/c=d&e%20f g", queryText},
		{foreignGET, "GET", "é店", queryText},
		{foreignPOST, "POST", "é店 \"<>&", bodyText},
		{bodyGET, "GET", "é店", bodyText},
	} {
		e, values, name := r.freeText(t.method, t.name)
		if e == nil || r.stop != nil {
			continue
		}
		values[name] = t.value
		x := new(exchange)
		_ = r.send(ctx, e, values, x, tiktokshop.WithoutRetry()) // the answer tells
		if x.sent {
			r.form(t.form, e, check(e, x.status, x.header, x.body))
		}
	}
}

// freeText finds an operation that was answered and takes any text.
func (r *run) freeText(
	method string, name func(*catalog.Entry) string,
) (*catalog.Entry, map[string]any, string) {
	for e, err := range catalog.All() {
		if err != nil {
			return nil, nil, ""
		}
		result := r.results[e.Name]
		if e.Method != method || result == nil || result.Outcome != WasAnswered || name(e) == "" {
			continue
		}
		if requests, lack := fill(e, r.seen, false, 1, r.Now()); lack == "" {
			return e, requests[0], name(e)
		}
	}
	return nil, nil, ""
}

func queryText(e *catalog.Entry) string { return textField(e.Query) }
func bodyText(e *catalog.Entry) string  { return textField(e.Body) }

func textField(fields []*catalog.Field) string {
	i := slices.IndexFunc(fields, func(f *catalog.Field) bool {
		return f.Type == "" && len(f.Values) == 0 && f.Min == nil && f.Max == nil &&
			(f.Name == catalog.PageToken || !pairOfTimes(f.Name)) &&
			!strings.Contains(f.Name, "date") && !strings.Contains(f.Name, "time")
	})
	if i < 0 {
		return ""
	}
	return fields[i].Name
}
