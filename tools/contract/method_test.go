package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// method is a method of a generated package, of whatever types.
type method struct {
	// service returns the service that makes its calls with the client.
	service func(client *tiktokshop.Client) any
	// newRequest and newData return pointers to empty ones.
	newRequest, newData func() any
	// call calls the method of a service made with the client.
	call func(ctx context.Context, client *tiktokshop.Client, req any) (*answer, error)
	// setAnswer makes the fake platform answer with JSON, decoded into the method's type.
	setAnswer func(srv *tiktokshoptest.Server, data []byte) error
}

// answer is a Response of any type.
type answer struct {
	data any
	raw  json.RawMessage
}

func serve[S, R, T any](
	newService func(*tiktokshop.Client) S,
	m func(S, context.Context, *R, ...tiktokshop.Option) (*tiktokshop.Response[T], error),
) method {
	return method{
		service:    func(client *tiktokshop.Client) any { return newService(client) },
		newRequest: func() any { return new(R) },
		newData:    func() any { return new(T) },
		call: func(ctx context.Context, client *tiktokshop.Client, req any) (*answer, error) {
			resp, err := m(newService(client), ctx, req.(*R))
			if err != nil {
				return nil, err
			}
			return &answer{&resp.Data, resp.Raw}, nil
		},
		setAnswer: func(srv *tiktokshoptest.Server, data []byte) error {
			var typed T
			if err := json.Unmarshal(data, &typed); err != nil {
				return err
			}
			tiktokshoptest.Answer(srv, m, typed)
			return nil
		},
	}
}

// fill puts an example into a request struct. Every value must have a field, and with everything
// set every field a value.
func fill(req any, example *facts.Request, multipart, everything bool) error {
	v := reflect.ValueOf(req).Elem()
	fields := make(map[string]reflect.Value) // by tag, such as `path order_id`
	for i := range v.NumField() {
		f := v.Type().Field(i)
		for _, place := range []string{"path", "url", "form", "json"} {
			if name, _, _ := strings.Cut(f.Tag.Get(place), ","); name != "" && name != "-" {
				fields[place+" "+name] = v.Field(i)
			}
		}
	}
	set := func(place string, values map[string]any) error {
		for name, value := range values {
			field, ok := fields[place+" "+name]
			if !ok {
				return fmt.Errorf("%T has no field for %s %q", req, place, name)
			}
			delete(fields, place+" "+name)
			if err := fillField(field, value); err != nil {
				return fmt.Errorf("%s %q: %w", place, name, err)
			}
		}
		return nil
	}
	err := errors.Join(set("path", example.Path), set("url", example.Query))
	if multipart {
		return errors.Join(err, set("form", example.Body), leftOver(req, fields, everything))
	}
	for name := range example.Body {
		delete(fields, "json "+name)
	}
	if example.Body != nil {
		err = errors.Join(err, decodeStrictly(mustEncode(example.Body), req))
	}
	return errors.Join(err, leftOver(req, fields, everything))
}

// leftOver refuses fields that the facts do not declare.
func leftOver(req any, fields map[string]reflect.Value, everything bool) error {
	if everything && len(fields) > 0 {
		return fmt.Errorf("%T has fields that the facts do not declare: %v", req,
			reflect.ValueOf(fields).MapKeys())
	}
	return nil
}

func fillField(field reflect.Value, value any) error {
	file, ok := value.(facts.File)
	if !ok {
		return decodeStrictly(mustEncode(value), field.Addr().Interface())
	}
	if field.Type() != reflect.TypeFor[*tiktokshop.File]() {
		return fmt.Errorf("is a %s, must be a *tiktokshop.File", field.Type())
	}
	field.Set(reflect.ValueOf(
		&tiktokshop.File{Name: file.Name, ContentType: file.ContentType,
			Content: bytes.NewReader(file.Content), Size: int64(len(file.Content))}))
	return nil
}

// decodeStrictly refuses fields that the Go type does not have, and what follows the value.
func decodeStrictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the value")
	}
	return nil
}

func mustEncode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // examples are JSON
	}
	return b
}

// plain decodes JSON with every digit of its numbers.
func plain(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// differences lists what the JSON that was meant and the JSON that came have not in common.
func differences(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		var list []string
		for name := range w {
			if _, ok := g[name]; !ok {
				list = append(list, path+"."+name+" is lost")
				continue
			}
			list = append(list, differences(path+"."+name, w[name], g[name])...)
		}
		for name := range g {
			if _, ok := w[name]; !ok {
				list = append(list, path+"."+name+" is made up")
			}
		}
		return list
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			break
		}
		var list []string
		for i := range w {
			list = append(list, differences(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])...)
		}
		return list
	}
	if reflect.DeepEqual(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s is %#v, want %#v", path, got, want)}
}
