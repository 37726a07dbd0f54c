package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// TestFakeJudges sends each operation to the fake platform as the facts want it, and then with one
// thing wrong after the other. The fake, whose judge is its own, and the OpenAPI validator say the
// same of every request.
func TestFakeJudges(t *testing.T) {
	t.Parallel()
	var judged, refused atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d requests, %d of them wrong", judged.Load(), refused.Load())
		assert.Greater(t, judged.Load()-refused.Load(), int64(900),
			"two good ones of most operations")
		assert.Greater(t, refused.Load(), int64(15_000), "every field is spoilt")
	})
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		at := func() time.Time { return sentAt }
		byFacts := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(),
			tiktokshoptest.WithClock(at))
		strict := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(),
			tiktokshoptest.WithClock(at), tiktokshoptest.Strict())
		for _, op := range m.Operations {
			for _, w := range wrongs(op) {
				if !assert.NotNil(t, w.request, op.OperationID) {
					continue
				}
				id := op.OperationID + ", " + w.name
				_, err := contract.checkRequest(signed(t, op, w.request))
				mild, hard := verdict(t, byFacts, op, w.request), verdict(t, strict, op, w.request)
				judged.Add(1)
				if err != nil {
					refused.Add(1)
				}
				assert.Equal(t, w.wrong, err != nil, "%s: the validator says %v", id, err)
				assert.Equal(t, w.wrong, hard != "", "%s: the strict fake says %q", id, hard)
				assert.Equal(t, w.wrong && !w.unknown, mild != "", "%s: the fake says %q", id, mild)
			}
		}
	})
}

// wrong is a request, and what there is to say of it.
type wrong struct {
	name    string
	request *facts.Request
	// wrong: the facts do not allow it. unknown: all that is wrong is that the facts do not have a
	// name.
	wrong, unknown bool
}

// wrongs are the full and the minimal request of an operation, and the full one with one thing
// wrong each.
func wrongs(op *facts.Operation) []wrong {
	list := []wrong{{name: "full", request: op.FullRequest()}}
	// an upload of nothing has no form
	if minimal := op.MinimalRequest(); !op.Multipart() || minimal.Body != nil {
		list = append(list, wrong{name: "minimal", request: minimal})
	}
	spoil := func(name string, unknown bool, change func(*facts.Request)) {
		request := op.FullRequest()
		change(request)
		list = append(list, wrong{name, request, true, unknown})
	}
	full := op.FullRequest()
	for _, p := range op.Inputs() {
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		name := p.Name
		if p.Required {
			spoil("without "+name, false, func(r *facts.Request) { delete(r.Query, name) })
		}
		for what, value := range slices.Concat(wrongTexts(p.Schema.Value),
			outside(p.Schema.Value, full.Query[name])) {
			spoil(fmt.Sprintf("%s, %d", name, what), false,
				func(r *facts.Request) { r.Query[name] = value })
		}
	}
	spoil("an unknown parameter", true, func(r *facts.Request) { r.Query["surprise"] = "x" })
	if body, _ := op.Body(); body != nil {
		spoilObject(body, full.Body, op.Multipart(), "",
			func(r *facts.Request) map[string]any { return r.Body }, spoil)
	}
	return list
}

// spoilObject spoils an object of the full request in all its fields. at finds the object in a
// request.
func spoilObject(
	s *openapi3.Schema, value map[string]any, isForm bool, path string,
	at func(*facts.Request) map[string]any,
	spoil func(name string, unknown bool, change func(*facts.Request)),
) {
	for _, name := range slices.Sorted(maps.Keys(value)) {
		field := s.Properties[name].Value
		place := path + "." + name
		if slices.Contains(s.Required, name) {
			spoil("without "+place, false, func(r *facts.Request) { delete(at(r), name) })
		}
		bad := outside(field, value[name])
		if !isForm {
			bad = slices.Concat(bad, wrongValues(field))
		}
		for i, v := range bad {
			spoil(fmt.Sprintf("%s, %d", place, i), false,
				func(r *facts.Request) { at(r)[name] = v })
		}
		switch v := value[name].(type) {
		case map[string]any:
			spoilObject(field, v, isForm, place,
				func(r *facts.Request) map[string]any { return at(r)[name].(map[string]any) },
				spoil)
		case []any:
			if element, ok := v[0].(map[string]any); ok {
				spoilObject(field.Items.Value, element, isForm, place,
					func(r *facts.Request) map[string]any {
						return at(r)[name].([]any)[0].(map[string]any)
					}, spoil)
			}
		}
	}
	if len(value) > 0 {
		spoil("an unknown field in "+path, true, func(r *facts.Request) { at(r)["surprise"] = "x" })
	}
}

// wrongTexts are no values of a parameter.
func wrongTexts(s *openapi3.Schema) []any {
	switch {
	case s.Type.Is("array"):
		return wrongTexts(s.Items.Value)
	case s.Type.Is("integer"):
		return []any{"x", "1.5"}
	case s.Type.Is("boolean"):
		return []any{"maybe"}
	}
	return nil
}

// wrongValues are JSON of other types than a field's.
func wrongValues(s *openapi3.Schema) []any {
	switch {
	case s.Type.Is("array"):
		bad := []any{"x", map[string]any{}}
		for _, element := range wrongValues(s.Items.Value) {
			bad = append(bad, []any{element})
		}
		return bad
	case s.Type.Is("object"):
		return []any{"x", []any{}}
	case s.Type.Is("integer"):
		return []any{"7", 1.5, true, []any{}}
	case s.Type.Is("boolean"):
		return []any{"true", 1}
	}
	return []any{7, true, []any{"x"}, map[string]any{}}
}

// outside are values that exceed a field's limits.
func outside(s *openapi3.Schema, value any) (bad []any) {
	if s.Max != nil {
		bad = append(bad, int64(*s.Max)+1)
	}
	if s.Min != nil {
		bad = append(bad, int64(*s.Min)-1)
	}
	if s.MaxLength != nil {
		bad = append(bad, strings.Repeat("x", int(*s.MaxLength)+1))
	}
	if s.MinLength > 0 {
		bad = append(bad, strings.Repeat("x", int(s.MinLength)-1))
	}
	if list, ok := value.([]any); ok && s.MaxItems != nil {
		bad = append(bad, slices.Repeat(list[:1], int(*s.MaxItems)+1))
	}
	if list, ok := value.([]any); ok && s.MinItems > 0 {
		bad = append(bad, slices.Repeat(list[:1], int(s.MinItems)-1))
	}
	return bad
}

// signed is the request on the wire, with what the fake platform's gateway wants.
func signed(t *testing.T, op *facts.Operation, r *facts.Request) *http.Request {
	path := op.Path
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(facts.WireText(value)))
	}
	query := make(url.Values)
	for name, value := range r.Query {
		query.Set(name, facts.WireText(value))
	}
	switch op.Identifier {
	case facts.ShopCipher, facts.EitherCipher:
		query.Set("shop_cipher", tiktokshoptest.ShopCipher)
	case facts.CategoryAssetCipher:
		query.Set("category_asset_cipher", tiktokshoptest.CategoryAssetCipher)
	}
	body, contentType := encode(t, op, r.Body)
	req, err := http.NewRequestWithContext(t.Context(), op.Method,
		"https://tiktokshop.test"+path+"?"+query.Encode(), body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Tts-Access-Token", tiktokshoptest.AccessToken)
	signer, err := tiktokshop.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	require.NoError(t, signer.SignRequest(req, sentAt))
	return req
}

func encode(t *testing.T, op *facts.Operation, fields map[string]any) (io.Reader, string) {
	switch {
	case fields == nil:
		return nil, "application/json"
	case !op.Multipart():
		b, err := json.Marshal(fields)
		require.NoError(t, err)
		return bytes.NewReader(b), "application/json"
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		file, ok := fields[name].(facts.File)
		if !ok {
			require.NoError(t, w.WriteField(name, facts.WireText(fields[name])))
			continue
		}
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, name,
				file.Name)}, "Content-Type": {file.ContentType},
		})
		require.NoError(t, err)
		_, err = part.Write(file.Content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return &b, w.FormDataContentType()
}

// judgements are the words of the fake for a request that is not what the facts say. What else it
// refuses is the business of an operation that keeps state.
var judgements = regexp.MustCompile(
	`type invalid\. actual|is a required field|is invalid, allowed|^Unknown field|^Invalid request format`)

// verdict is what the fake platform finds wrong with a request, "" if nothing.
func verdict(
	t *testing.T, srv *tiktokshoptest.Server, op *facts.Operation, r *facts.Request,
) string {
	if op.OperationID == "DeauthorizeShop_202403" { // it is gone after each good request
		srv.AddShop(authorization.AuthorizedShop{Cipher: tiktokshoptest.ShopCipher})
	}
	res, err := srv.Transport().RoundTrip(signed(t, op, r))
	require.NoError(t, err)
	defer res.Body.Close()
	var envelope struct {
		Code    int
		Message string
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&envelope))
	if !judgements.MatchString(envelope.Message) {
		assert.NotContains(t, []int{106001, 106011, 106013, 101000, 36009009, 36009010},
			envelope.Code, "%s: %s", op.OperationID, envelope.Message)
		return ""
	}
	assert.Equal(t, 400, res.StatusCode, op.OperationID)
	return envelope.Message
}
