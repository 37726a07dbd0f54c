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

// Rules are decisions of people about what descriptions say of a field.
type Rules struct {
	// Classes say why a decision is taken.
	Classes map[string]string `json:"classes"`
	Rules   []*Rule           `json:"rules"`
}

// Rule is one decision about one thing. It takes the place of what is read from the
// text or stated beside it; with nothing but a field it says that the field is no enumeration.
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
	// Limits are stated in a way that is not read automatically.
	Limits *Limits `json:"limits,omitempty"`
	// When tells that a field which is marked as required, or is not, must be there in some cases
	// only.
	When *Condition `json:"when,omitempty"`
	// Absent tells that the platform does not take the parameter that the package lists.
	Absent bool `json:"absent,omitempty"`
	// Overwrites tells that 0 or false in the field, which must be there, destroys what was set
	// before.
	Overwrites bool `json:"overwrites,omitempty"`
}

// Limits are bounds of a figure, a text or a list; those that are nil are read from the text.
type Limits struct {
	Minimum   *int64  `json:"minimum,omitempty"`
	Maximum   *int64  `json:"maximum,omitempty"`
	Only      []int64 `json:"only,omitempty"`
	MaxLength *int64  `json:"maxLength,omitempty"`
	MaxItems  *int64  `json:"maxItems,omitempty"`
}

// about is what a rule says something of.
type about string

const (
	aboutValues     about = "values"
	aboutLimits     about = "limits"
	aboutNeed       about = "need"
	aboutOverwrites about = "overwrites"
	aboutPresence   about = "presence"
)

func (r *Rule) about() about {
	switch {
	case r.Unlimited || r.Limits != nil:
		return aboutLimits
	case r.When != nil:
		return aboutNeed
	case r.Overwrites:
		return aboutOverwrites
	case r.Absent:
		return aboutPresence
	}
	return aboutValues
}

// things counts what a rule says; with none of them it says that a field has no values.
func (r *Rule) things() int {
	n := 0
	for _, says := range []bool{
		len(r.Values) > 0, len(r.Also) > 0, r.Unlimited, r.Limits != nil, r.When != nil,
		r.Overwrites, r.Absent,
	} {
		if says {
			n++
		}
	}
	return n
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
		if r.Field == "" || r.things() > 1 {
			return nil, fmt.Errorf("%q: a rule is for a field, and says one thing about it",
				r.Field)
		}
		if c := r.When; c != nil && (c.Field == "" || (len(c.Is) == 0) == (len(c.IsNot) == 0)) {
			return nil, fmt.Errorf("%s: a condition names a field and what it is or is not",
				r.Field)
		}
		for _, pattern := range r.Operations {
			if _, err := path.Match(pattern, ""); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", r.Field, pattern, err)
			}
		}
	}
	return rules, nil
}

// find returns the first rule that says something of that kind about a field, nil if there is none.
// The place of a field is such as "query.ids" or "data.skus.id"; arrays add nothing to it.
func (rules *Rules) find(operation, at string, kind about) *Rule {
	for _, r := range rules.Rules {
		if r.about() == kind && r.matches(operation, at) {
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
