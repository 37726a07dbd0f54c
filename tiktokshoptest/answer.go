package tiktokshoptest

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// Answer sets what an operation answers with from now on, in place of an example or of the server's
// own state:
//
//	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, order.GetOrderDetailData{...})
//
// method is the method expression of the SDK's method that calls the operation; data is encoded at
// once, and of the method's type. Requests still pass the gateway's checks. Answer panics if method
// is anything else, such as a function of the caller's.
func Answer[S, R, T any](
	srv *Server, method func(
		S, context.Context, R, ...tiktokshop.Option,
	) (*tiktokshop.Response[T], error), data T,
) {
	encoded, err := json.Marshal(data)
	if err != nil {
		panic("tiktokshoptest: Answer: the data does not encode: " + err.Error())
	}
	srv.set(method, func(*Server, *call) reply { return success(json.RawMessage(encoded)) })
}

// AnswerFunc is Answer with a function of the call, which may refuse it; for pages, say, or an
// answer that changes. answer is called by one goroutine at a time, and must not use the server.
func AnswerFunc[S, R, T any](
	srv *Server, method func(
		S, context.Context, R, ...tiktokshop.Option,
	) (*tiktokshop.Response[T], error), answer func(Call) (T, *Refusal),
) {
	srv.set(method, func(_ *Server, c *call) reply {
		data, refusal := answer(c.public())
		return refusal.or(data)
	})
}

// Refuse is Answer with an error code.
func Refuse[S, R, T any](
	srv *Server, method func(
		S, context.Context, R, ...tiktokshop.Option,
	) (*tiktokshop.Response[T], error), refusal Refusal,
) {
	srv.set(method, func(*Server, *call) reply { return refusal.or(nil) })
}

// set handles the operation that a method calls. What the gateway checks stays as it is.
func (s *Server) set(method any, handle func(*Server, *call) reply) {
	function := functionName(method)
	op := table().operation(operationName(function))
	if op == nil {
		panic("tiktokshoptest: " + function +
			" calls no operation: pass the method expression of a method that does, such as (*order.Service).GetOrderDetail")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handleOperation(op, handle, true)
}

// handleAs is set for what the server remembers by itself. What the test has set stays. s.mu is
// held.
func (s *Server) handleAs(method any, handle func(*Server, *call) reply) {
	s.handleOperation(table().operation(operationName(functionName(method))), handle, false)
}

// handleOperation has an operation of the table answered by a function. s.mu is held.
func (s *Server) handleOperation(op *operation, handle func(*Server, *call) reply, byTest bool) {
	for _, tree := range []*routeTree{&s.own, statefulRoutes(), tableRoutes()} {
		if known := tree.at(op.Method, op.Path); known != nil {
			if known.byTest && !byTest {
				return
			}
			rt := *known
			rt.handle, rt.byTest = handle, byTest
			s.own.add(rt)
			return
		}
	}
}

// functionName is what the runtime calls a function, such as
// "github.com/tiktokshop-go/tiktokshop/api/order.(*Service).GetOrderDetail".
func functionName(f any) string {
	v := reflect.ValueOf(f)
	if v.IsNil() {
		return "a nil function"
	}
	return runtime.FuncForPC(v.Pointer()).Name()
}

// sdk is the path of the SDK's root package.
var sdk = reflect.TypeFor[tiktokshop.Client]().PkgPath()

// operationName is the name of the operation that a method of the SDK's calls, such as
// "order.GetOrderDetail", "" for another function. A service of the root package goes by the name
// of the module's package.
func operationName(function string) string {
	local, ok := strings.CutPrefix(function, sdk)
	receiver, method, isMethod := strings.Cut(local, ").")
	pkg, service, isPointer := strings.Cut(receiver, ".(*")
	generated, inAPI := strings.CutPrefix(pkg, "/api/")
	switch {
	case !ok || !isMethod || !isPointer:
		return ""
	case inAPI && service == "Service":
		return generated + "." + method
	case pkg == "":
		return strings.ToLower(service) + "." + method
	}
	return ""
}
