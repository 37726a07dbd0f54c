package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// indexLine is a line of the list of package operations.
type indexLine struct {
	Module     string           `json:"module"`
	ID         string           `json:"id"`
	Version    string           `json:"version"`
	Name       string           `json:"name"` // the Go method
	Method     string           `json:"method"`
	Path       string           `json:"path"`
	Identifier facts.Identifier `json:"identifier"`
	Optional   bool             `json:"identifier_optional,omitzero"`
	Scopes     []string         `json:"scopes,omitzero"`
	RepeatSafe bool             `json:"repeat_safe,omitzero"`
	KeyInQuery string           `json:"key_in_query,omitzero"`
	KeyInBody  string           `json:"key_in_body,omitzero"`
	MaxUpload  int64            `json:"max_upload_bytes,omitzero"`
	Retired    string           `json:"retired,omitzero"`
	Successor  string           `json:"successor,omitzero"`
	Confidence string           `json:"confidence"`
	Page       string           `json:"page"`
}

// operationIndex has a line of JSON for each operation.
func operationIndex(modules []*facts.Module) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, m := range modules {
		for _, op := range m.Operations {
			confidence, _ := op.Extensions["x-confidence"].(string)
			line := indexLine{
				Module: m.Name, ID: op.OperationID, Version: op.Version, Name: op.ServedBy(),
				Method: op.Method, Path: op.Path,
				Identifier: op.Identifier, Optional: op.IdentifierOptional, Scopes: op.Scopes,
				RepeatSafe: op.RepeatSafe,
				MaxUpload:  op.LargestUpload(), Retired: op.Retired,
				Confidence: cmp.Or(confidence, "full"), Page: op.Page,
			}
			switch in, key := op.IdempotencyKey(); in {
			case "query":
				line.KeyInQuery = key
			case "body":
				line.KeyInBody = key
			}
			if op.Successor != nil {
				line.Successor = op.Successor.ServedBy()
			}
			if err := e.Encode(line); err != nil {
				return nil, fmt.Errorf("%s: %w", op.OperationID, err)
			}
		}
	}
	return b.Bytes(), nil
}
