package tiktokshoptest

import (
	"encoding/json"

	"github.com/tiktokshop-go/tiktokshop"
)

// Call is a call of an operation set with Handle or AnswerFunc, after it has passed the gateway's
// checks.
type Call struct {
	// Params are the parameters of the path, Query those of the query, decoded.
	Params, Query map[string]string
	// Body is the body as received.
	Body []byte
	// Parts are those of a multipart body.
	Parts []Part
}

// Refusal is an answer with an error code.
type Refusal struct {
	// Status is the HTTP status; 0 means 200 if there is a Code, else 500.
	Status int
	// Code and Message go into the answer's envelope. Without a Code it has the one that the
	// platform sends with the Status, as a [Fault] does.
	Code    int
	Message string
}

// Handle makes the server know an operation: requests of its method and path pass the gateway's
// checks and get the data that answer returns, or its refusal. It takes the place of what the
// server did with such requests before. Where the operation takes an idempotency key, a repeat gets
// the first answer again and has no further effect. answer is called by one goroutine at a time,
// and must not use the server.
//
// For an operation that the SDK has a method for, [Answer] and [AnswerFunc] need no
// tiktokshop.Operation.
func (s *Server) Handle(op *tiktokshop.Operation, answer func(Call) (data any, refusal *Refusal)) {
	rt := route{
		method: op.Method,
		path:   op.Path,
		takesShopCipher: op.Identifier == tiktokshop.ShopCipher ||
			op.Identifier == tiktokshop.ShopOrCategoryAssetCipher,
		takesCategoryAssetCipher: op.Identifier == tiktokshop.CategoryAssetCipher ||
			op.Identifier == tiktokshop.ShopOrCategoryAssetCipher,
		cipherOptional: op.IdentifierOptional,
		keyInQuery:     op.IdempotencyQuery,
		keyInBody:      op.IdempotencyBody,
		scopes:         op.Scopes,
		unsigned:       op.Unsigned,
		byTest:         true,
		handle: func(_ *Server, c *call) reply {
			data, refusal := answer(c.public())
			return refusal.or(data)
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own.add(rt)
}

// public is the call as tests see it.
func (c *call) public() Call {
	return Call{Params: c.params, Query: c.query, Body: c.body, Parts: c.parts}
}

// or is the refusal's reply, a success with the data if it is nil.
func (r *Refusal) or(data any) reply {
	if r == nil {
		return success(data)
	}
	return errorReply(r.Status, r.Code, r.Message)
}

// noteCode is told of each refusal of the server's own; tests of this package set it.
var noteCode func(rt *route, code int)

// perform runs the operation of a call that has passed the checks. s.mu is held.
func (s *Server) perform(rt *route, c *call, id string) reply {
	if rep, over := s.overQuota(rt, c); over {
		return rep
	}
	key := rt.idempotencyKey(c)
	if known, done := s.performed[key]; key != "" && done {
		return known
	}
	rep := rt.handle(s, c)
	if noteCode != nil && !rt.byTest && rep.code != 0 {
		noteCode(rt, rep.code)
	}
	if rep.code == 0 {
		s.noteEffect(id)
		if key != "" {
			s.performed[key] = rep
		}
	}
	return rep
}

// idempotencyKey returns what a repeat of the call is recognised by, "" if it has no key.
func (rt *route) idempotencyKey(c *call) string {
	key := c.query[rt.keyInQuery]
	if rt.keyInBody != "" {
		var fields map[string]any
		if json.Unmarshal(c.body, &fields) == nil {
			key, _ = fields[rt.keyInBody].(string)
		}
	}
	if key == "" {
		return ""
	}
	return rt.method + " " + rt.path + " " + key
}
