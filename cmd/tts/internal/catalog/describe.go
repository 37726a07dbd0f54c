package catalog

import (
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// ItemFields are the fields of the elements of a list that comes in pages.
func (e *Entry) ItemFields() []*Field {
	fields := e.Answer
	for step := range strings.SplitSeq(e.Pages.Items, ".") {
		i := slices.IndexFunc(fields, func(f *Field) bool { return f.Name == step })
		if i < 0 {
			return nil
		}
		if f := fields[i]; f.Items != nil {
			fields = f.Items.Fields
		} else {
			fields = f.Fields
		}
	}
	return fields
}

// Line is an operation in a list.
type Line struct {
	Name     string   `json:"name"`
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	Summary  string   `json:"summary"`
	Module   string   `json:"module"`
	Version  string   `json:"version"`
	Cipher   string   `json:"cipher,omitzero"`
	Scopes   []string `json:"scopes"`
	ReadOnly bool     `json:"read_only"`
	Retired  string   `json:"retired,omitzero"`
	Page     string   `json:"page,omitzero"`
}

// CipherNames are the parameters that carry the ciphers.
var CipherNames = map[tiktokshop.Identifier]string{
	tiktokshop.ShopCipher:                "shop_cipher",
	tiktokshop.CategoryAssetCipher:       "category_asset_cipher",
	tiktokshop.ShopOrCategoryAssetCipher: "shop_cipher or category_asset_cipher",
}

// Line is the operation in a list.
func (e *Head) Line() Line {
	scopes := e.Scopes
	if scopes == nil {
		scopes = []string{}
	}
	return Line{
		Name: e.Name, Method: e.Method, Path: e.Template(), Summary: e.Summary, Module: e.Module,
		Version: e.Version,
		Cipher:  CipherNames[e.Identifier], Scopes: scopes, ReadOnly: e.ReadOnly(),
		Retired: e.Retired, Page: e.Page,
	}
}

// Explained is an operation with its fields, for --json.
type Explained struct {
	Line
	Description string   `json:"description,omitzero"`
	Entity      string   `json:"entity,omitzero"`
	RepeatSafe  bool     `json:"repeat_safe"`
	Pages       bool     `json:"pages"`
	Form        bool     `json:"form,omitzero"`
	ErrorCodes  []int    `json:"error_codes,omitzero"`
	PathFields  []*Field `json:"path_fields"`
	QueryFields []*Field `json:"query_fields"`
	BodyFields  []*Field `json:"body_fields"`
	Answer      []*Field `json:"answer_fields"`
}

// Explain is all that is known of the operation.
func (e *Entry) Explain() Explained {
	return Explained{
		Line: e.Line(), Description: e.Description, Entity: e.Entity, RepeatSafe: e.RepeatSafe,
		Pages: e.Pages != nil, Form: e.Form,
		ErrorCodes: e.ErrorCodes, PathFields: e.Path, QueryFields: e.Query, BodyFields: e.Body,
		Answer: e.Answer,
	}
}
