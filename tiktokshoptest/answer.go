package tiktokshoptest

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// Answer sets what an operation answers with from now on, in place of an example or of the server's own state:
//
//	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, order.GetOrderDetailData{...})
//
// method is the method expression of the SDK's method that calls the operation; data is encoded at once, and of the method's
// type. Requests still pass the gateway's checks. Answer panics if method is anything else, such as a function of the caller's.
// For a method without a request, use Handle.
func Answer[S, R, T any](srv *Server, method func(S, context.Context, R, ...tiktokshop.Option) (*tiktokshop.Response[T], error), data T) {
	encoded, err := json.Marshal(data)
	if err != nil {
		panic("tiktokshoptest: Answer: the data does not encode: " + err.Error())
	}
	srv.set(method, func(*Server, *call) reply { return success(json.RawMessage(encoded)) })
}

// AnswerFunc is Answer with a function of the call, which may refuse it; for pages, say, or an answer that changes. answer is
// called by one goroutine at a time, and must not use the server.
func AnswerFunc[S, R, T any](
	srv *Server, method func(S, context.Context, R, ...tiktokshop.Option) (*tiktokshop.Response[T], error), answer func(Call) (T, *Refusal),
) {
	srv.set(method, func(_ *Server, c *call) reply {
		data, refusal := answer(c.public())
		return refusal.or(data)
	})
}

// Refuse is Answer with an error code.
func Refuse[S, R, T any](srv *Server, method func(S, context.Context, R, ...tiktokshop.Option) (*tiktokshop.Response[T], error), refusal Refusal) {
	srv.set(method, func(*Server, *call) reply { return refusal.or(nil) })
}

// set handles the operation that a method calls. What the gateway checks stays as it is.
func (s *Server) set(method any, handle func(*Server, *call) reply) {
	name := operationName(method)
	op := table().byName[name]
	if op == nil {
		panic("tiktokshoptest: " + name + " calls no operation: pass the method expression of a method that does, such as (*order.Service).GetOrderDetail")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tree := range []*routeTree{&s.own, statefulRoutes(), tableRoutes()} {
		if known := tree.at(op.Method, op.Path); known != nil {
			rt := *known
			rt.stateful, rt.handle = false, handle
			s.own.add(rt)
			return
		}
	}
}

// operationName is the name of the operation that a method expression calls: its package and method, or its service and method
// if it is of the root package.
func operationName(method any) string {
	v := reflect.ValueOf(method)
	if v.IsNil() {
		return "a nil function"
	}
	name := runtime.FuncForPC(v.Pointer()).Name() // ".../api/order.(*Service).GetOrderDetail"
	base := name[strings.LastIndexByte(name, '/')+1:]
	pkg, rest, _ := strings.Cut(base, ".(*")
	service, called, ok := strings.Cut(rest, ").")
	switch {
	case !ok:
		return name
	case pkg == "tiktokshop":
		return service + "." + called
	}
	return pkg + "." + called
}
