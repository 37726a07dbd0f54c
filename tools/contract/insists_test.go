package contract

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// TestWhatTheSDKInsistsOn sends what the SDK itself insists on and nothing more: each operation
// begins with an empty request, and gets the fields that the SDK's refusals name until it is sent.
// The contract takes it, so whatever the platform demands, the SDK demands too or sends by itself.
func TestWhatTheSDKInsistsOn(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		server := newRecipient(t, contract)
		client := server.client()
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			full := serving.newRequest()
			require.NoError(t, fill(full, op.FullRequest(), op.Multipart(), true), op.OperationID)
			req := serving.newRequest()
			server.expect(op, nil)
			for range 100 {
				_, err := serving.call(t.Context(), client, req)
				var missing *tiktokshop.InputError
				if errors.As(err, &missing) && server.count() == 0 {
					err = give(reflect.ValueOf(req).Elem(), reflect.ValueOf(full).Elem(),
						missing.Field)
					if err == nil {
						continue
					}
				}
				require.NoError(t, err, op.OperationID)
				break
			}
			if server.count() != 1 {
				t.Errorf("%s: %d requests", op.OperationID, server.count())
			}
		}
	})
}

// give copies a field, such as "SKUs[0].Price.Amount", from one request to another. Of an object or
// a list of objects it gives an empty one.
func give(to, from reflect.Value, path string) error {
	// a form or an edit with nothing in it: any field will do, and best one that is no file
	if path == "request" {
		at := -1
		for i := range to.NumField() {
			f := to.Type().Field(i)
			if inBody := f.Tag.Get("json") != "-"; (inBody || f.Tag.Get("form") != "") &&
				(at < 0 || f.Type.Kind() == reflect.String) {
				at = i
			}
		}
		if at >= 0 {
			to.Field(at).Set(from.Field(at))
			return nil
		}
	}
	for path != "" {
		name, rest, _ := strings.Cut(path, ".")
		name, index, indexed := strings.Cut(name, "[")
		path = rest
		to, from = to.FieldByName(name), from.FieldByName(name)
		if !to.IsValid() {
			return fmt.Errorf("there is no field %s", name)
		}
		if indexed {
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || i >= to.Len() || from.Len() == 0 {
				return fmt.Errorf("there is no element %s", index)
			}
			to, from = to.Index(i), from.Index(min(i, from.Len()-1))
		}
		if path == "" {
			break
		}
		for to.Kind() == reflect.Pointer {
			if from.IsNil() {
				return fmt.Errorf("the example has no %s", name)
			}
			if to.IsNil() {
				to.Set(reflect.New(to.Type().Elem()))
			}
			to, from = to.Elem(), from.Elem()
		}
		if _, file := to.Addr().Interface().(*tiktokshop.File); file {
			to.Set(from)
			return nil
		}
	}
	plain := func(t reflect.Type) bool {
		return t.Kind() == reflect.Struct && t.PkgPath() != "github.com/tiktokshop-go/tiktokshop"
	}
	switch t := to.Type(); {
	case t.Kind() == reflect.Slice && plain(t.Elem()) && to.Len() == 0:
		to.Set(reflect.MakeSlice(t, 1, 1))
	case t.Kind() == reflect.Pointer && plain(t.Elem()) && to.IsNil():
		to.Set(reflect.New(t.Elem()))
	default:
		if from.IsZero() {
			return errors.New("the example has nothing for it")
		}
		to.Set(from)
	}
	return nil
}
