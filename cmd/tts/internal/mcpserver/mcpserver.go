// Package mcpserver offers the platform's operations to language models, over the Model Context
// Protocol. A handful of tools work by the table of all operations: one finds them, one explains
// them, one calls those that change nothing and those that were allowed.
package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/errorcodes"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/request"
)

// Options of New.
type Options struct {
	// Version is what the server says of itself.
	Version string
	// Client is asked for when the first operation is called.
	Client func(context.Context) (*tiktokshop.Client, error)
	// Allow are operations that may be called although they change something: names, or patterns
	// such as "product.*".
	Allow []string
	// MaxBytes is how large an answer may be; 0 means 200 KiB. A larger one is an error, as half of
	// it would mislead.
	MaxBytes int
	// Masked takes secrets out of a text. It is called by several goroutines.
	Masked func(string) string
}

// CheckAllow finds patterns that allow nothing, as a misspelt name would.
func CheckAllow(patterns []string) error {
	var found []error
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			found = append(found, &tiktokshop.InputError{Field: "--allow",
				Reason: fmt.Sprintf("%q is malformed", p)})
			continue
		}
		any := false
		for e, err := range catalog.Heads() {
			if err != nil {
				return err
			}
			if matches(p, e) {
				any = true
				break
			}
		}
		if !any {
			found = append(found, &tiktokshop.InputError{Field: "--allow",
				Reason: fmt.Sprintf("there is no operation %q", p)})
		}
	}
	return errors.Join(found...)
}

func matches(pattern string, e *catalog.Head) bool {
	ok, err := path.Match(pattern, e.Name)
	return ok && err == nil
}

type server struct{ Options }

// New makes the server.
func New(o Options) *mcp.Server {
	if o.MaxBytes == 0 {
		o.MaxBytes = 200 << 10
	}
	if o.Masked == nil {
		o.Masked = func(s string) string { return s }
	}
	s := &server{o}
	srv := mcp.NewServer(&mcp.Implementation{Name: "tts", Title: "TikTok Shop", Version: o.Version},
		&mcp.ServerOptions{
			Instructions: "TikTok Shop's Open API. Find an operation with search_operations, read its fields with explain_operation, then call it with call_operation. " +
				"Ids are texts of up to 20 digits: never write them as numbers.",
		})
	offline := &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: new(bool)}
	mcp.AddTool(srv, &mcp.Tool{
		Name: "search_operations", Annotations: offline,
		Description: "Find operations of TikTok Shop by words that their names or descriptions have. Answers with names, summaries, scopes, and whether they may be called here.",
	}, s.search)
	mcp.AddTool(srv, &mcp.Tool{
		Name: "explain_operation", Annotations: offline,
		Description: "What an operation does, and its request's and answer's fields with types, limits and values.",
	}, s.explain)
	mcp.AddTool(srv, &mcp.Tool{
		Name: "explain_error", Annotations: offline,
		Description: "What an error code of TikTok Shop means, whether to repeat the call, and what to do.",
	}, s.explainError)
	mcp.AddTool(srv, &mcp.Tool{
		Name: "call_operation", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: len(o.Allow) == 0},
		Description: "Call an operation. " + s.policy() +
			" Arguments are the request's fields by their names, those of path, query and body alike; all mistakes are found before anything is sent.",
	}, s.call)
	return srv
}

func (s *server) policy() string {
	if len(s.Allow) == 0 {
		return "Only operations that change nothing are called."
	}
	return "Operations that change nothing are called, and these: " + strings.Join(s.Allow, ", ") +
		"."
}

func (s *server) allowed(e *catalog.Head) bool {
	if e.ReadOnly() {
		return true
	}
	for _, p := range s.Allow {
		if matches(p, e) {
			return true
		}
	}
	return false
}

type searchInput struct {
	Words string `json:"words" jsonschema:"words that must all occur, separated by spaces"`
	Limit int    `json:"limit,omitempty" jsonschema:"how many to return at most; 20 if left out"`
}

type foundOperation struct {
	catalog.Line
	Callable bool `json:"callable"`
}

func (s *server) search(
	_ context.Context, _ *mcp.CallToolRequest, in searchInput,
) (*mcp.CallToolResult, any, error) {
	found, err := catalog.Search(strings.Fields(in.Words)...)
	if err != nil {
		return nil, nil, err
	}
	limit := in.Limit
	if limit <= 0 {
		limit = 20
	}
	lines := []foundOperation{}
	for _, e := range found[:min(limit, len(found))] {
		lines = append(lines, foundOperation{e.Line(), s.allowed(e)})
	}
	return s.answer(map[string]any{"operations": lines, "found": len(found)})
}

type explainInput struct {
	Operation string `json:"operation" jsonschema:"the operation's name, such as order.GetOrderList"`
}

func (s *server) explain(
	_ context.Context, _ *mcp.CallToolRequest, in explainInput,
) (*mcp.CallToolResult, any, error) {
	e, err := catalog.Find(in.Operation)
	if err != nil {
		return nil, nil, err
	}
	return s.answer(map[string]any{"operation": e.Explain(), "callable": s.allowed(&e.Head)})
}

type errorInput struct {
	Code    int    `json:"code" jsonschema:"the error code, such as 106001"`
	Message string `json:"message,omitempty" jsonschema:"the message that came with it"`
}

func (s *server) explainError(
	ctx context.Context, _ *mcp.CallToolRequest, in errorInput,
) (*mcp.CallToolResult, any, error) {
	c, known, err := errorcodes.Explain(ctx, in.Code, in.Message)
	if err != nil {
		return nil, nil, err
	}
	if !known {
		return nil, nil, fmt.Errorf("code %d is not known here", in.Code)
	}
	return s.answer(struct {
		*errorcodes.Code
		Do string `json:"do,omitzero"`
	}{c, output.Hint(c.Err)})
}

type callInput struct {
	Operation string         `json:"operation" jsonschema:"the operation's name, such as order.GetOrderList"`
	Arguments map[string]any `json:"arguments,omitempty" jsonschema:"the request's fields by name"`
}

func (s *server) call(
	ctx context.Context, req *mcp.CallToolRequest, in callInput,
) (*mcp.CallToolResult, any, error) {
	e, err := catalog.Find(in.Operation)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !s.allowed(&e.Head):
		return nil, nil,
			fmt.Errorf("%s may change something and was not allowed: start the server with --allow %[1]s", e.Name)
	case e.Form:
		return nil, nil, fmt.Errorf("%s uploads a file, which this server does not: tts call does",
			e.Name)
	}
	input := request.New(e)
	if arguments, err := exact(req.Params.Arguments); err != nil {
		return nil, nil, err
	} else if len(arguments) > 0 {
		input.SetJSON(arguments)
	}
	r, err := input.Build(false)
	if err != nil {
		return nil, nil, s.failure(err)
	}
	client, err := s.Client(ctx)
	if err != nil {
		return nil, nil, s.failure(err)
	}
	resp, err := r.Do(ctx, client)
	if err != nil {
		return nil, nil, s.failure(err)
	}
	answer := map[string]any{"data": catalog.Masked(resp.Data, e.Answer),
		"request_id": resp.RequestID}
	if failed := e.Failures(resp.Data); len(failed) > 0 {
		texts := make([]string, len(failed))
		for i := range failed {
			texts[i] = failed[i].Error()
		}
		answer["failed_items"] = texts
	}
	return s.answer(answer)
}

// exact are the arguments as they came, as a number that was decoded into any has lost digits.
func exact(raw json.RawMessage) (json.RawMessage, error) {
	var in struct {
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	return in.Arguments, nil
}

// failure is an error with what to do about it, without secrets.
func (s *server) failure(err error) error {
	text := err.Error()
	if hint := output.Hint(err); hint != "" {
		text += "\nTry: " + hint
	}
	return errors.New(s.Masked(text))
}

// answer is a value as JSON, without secrets, whatever field the platform has them in.
func (s *server) answer(v any) (*mcp.CallToolResult, any, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, nil, err
	}
	if b.Len() > s.MaxBytes {
		return nil, nil,
			fmt.Errorf("the answer has %d bytes, more than the %d that this server gives out: ask for fewer items", b.Len(), s.MaxBytes)
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s.Masked(
		strings.TrimSpace(b.String()))}}}, nil, nil
}
