package tiktokshop_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/event"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
)

// TestClientThatWasNotMade calls every method of every service of a Client{}, and of modules that
// were given one or nil: an *InputError, no panic.
func TestClientThatWasNotMade(t *testing.T) {
	t.Parallel()
	zero := new(tiktokshop.Client)
	for _, service := range []any{
		zero.AffiliatePartner, zero.Auth, product.New(nil), product.New(zero), order.New(zero),
		affiliatepartner.New(zero), affiliatepartner.New(nil), authorization.New(zero),
		event.New(nil),
	} {
		v := reflect.ValueOf(service)
		for i := range v.NumMethod() {
			name := v.Type().String() + "." + v.Type().Method(i).Name
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				assert.NotPanics(t, func() {
					err, checked := callWithNothing(v.Method(i))
					var input *tiktokshop.InputError
					if checked && !errors.As(err, &input) {
						t.Errorf("%v", err)
					}
				})
			})
		}
	}
	_, err := zero.With()
	var input *tiktokshop.InputError
	assert.ErrorAs(t, err, &input)
	_, err = callThing(t.Context(), nil, opRead, "1")
	assert.ErrorAs(t, err, &input)
}

// callWithNothing calls a method with empty requests and returns its error, or that of the list
// that it returns.
func callWithNothing(method reflect.Value) (err error, checked bool) {
	var in []reflect.Value
	for i := range method.Type().NumIn() {
		switch at := method.Type().In(i); {
		case method.Type().IsVariadic() && i == method.Type().NumIn()-1:
		case at == reflect.TypeFor[context.Context]():
			in = append(in, reflect.ValueOf(context.Background()))
		case at.Kind() == reflect.Pointer:
			in = append(in, reflect.New(at.Elem()))
		default:
			in = append(in, reflect.Zero(at))
		}
	}
	out := method.Call(in)
	last := out[len(out)-1]
	if last.Type() == reflect.TypeFor[error]() {
		err, _ = last.Interface().(error)
		return err, true
	}
	if last.Kind() != reflect.Func {
		return nil, false
	}
	yield := reflect.MakeFunc(last.Type().In(0), func(args []reflect.Value) []reflect.Value {
		err, _ = args[len(args)-1].Interface().(error)
		return []reflect.Value{reflect.ValueOf(false)}
	})
	last.Call([]reflect.Value{yield})
	return err, true
}
