package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

//go:embed values.json
var valuesJSON []byte

// Rules are decisions of people about what a description says of a field's values and limits.
type Rules struct {
	// Classes say why a decision is taken.
	Classes map[string]string `json:"classes"`
	Rules   []*Rule           `json:"rules"`
}

// Rule is one decision. It takes the place of what is read from the text; with
// no values it says that the field is no enumeration.
type Rule struct {
	// Operations are patterns of operation ids; with none, the rule holds for all.
	Operations []string `json:"operations,omitempty"`
	// Field is the end of a field's place, such as "body.title" or "skus.price.currency".
	Field string `json:"field"`
	Class string `json:"class"`
	// Values are the known values of an enumeration.
	Values []string `json:"values,omitempty"`
	// Also are values to put before those that are read.
	Also []string `json:"also,omitempty"`
	// Unlimited says that the figure has no limits, instead of anything about values.
	Unlimited bool `json:"unlimited,omitempty"`
}

// readRules reads a file of rules and refuses one that says nothing clear.
func readRules(data []byte) (*Rules, error) {
	rules := new(Rules)
	if err := json.Unmarshal(data, rules); err != nil {
		return nil, err
	}
	for _, r := range rules.Rules {
		if rules.Classes[r.Class] == "" {
			return nil, fmt.Errorf("%s: unknown class %q", r.Field, r.Class)
		}
		if r.Field == "" || len(r.Values) > 0 && len(r.Also) > 0 || r.Unlimited && len(r.Values)+len(r.Also) > 0 {
			return nil, fmt.Errorf("%q: a rule is for a field, and says one thing about it", r.Field)
		}
		for _, pattern := range r.Operations {
			if _, err := path.Match(pattern, ""); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", r.Field, pattern, err)
			}
		}
	}
	return rules, nil
}

// find returns the first rule for a field, nil if there is none. The place of a
// field is such as "query.ids" or "data.skus.id"; arrays add nothing to it.
func (rules *Rules) find(operation, at string) *Rule {
	for _, r := range rules.Rules {
		if r.matches(operation, at) {
			return r
		}
	}
	return nil
}

func (r *Rule) matches(operation, at string) bool {
	if at != r.Field && !strings.HasSuffix(at, "."+r.Field) {
		return false
	}
	for _, pattern := range r.Operations {
		if ok, _ := path.Match(pattern, operation); ok {
			return true
		}
	}
	return len(r.Operations) == 0
}
