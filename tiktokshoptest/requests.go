package tiktokshoptest

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// requestLines says what the request of each of the platform's operations is to be; tools/tables
// writes it from openapi/. Each line begins with the key operation.
//
//go:embed requests.jsonl
var requestLines string

// requestRules are what the facts say of an operation's request.
type requestRules struct {
	Query map[string]*rule `json:"query"`
	// Body is of a JSON object, or of the parts of a multipart body; nil: the operation takes none.
	Body *rule `json:"body"`
}

// rule says what a value is to be.
type rule struct {
	// Type is typeText and so on, or the size of an integer: "int8" to "int64".
	Type     string `json:"type"`
	Required bool   `json:"required"`
	// Min and Max limit a number, the characters of a text, or the elements of a list.
	Min *int64 `json:"min"`
	Max *int64 `json:"max"`
	// Values are all that there are.
	Values []string         `json:"values"`
	Items  *rule            `json:"items"`
	Fields map[string]*rule `json:"fields"`
}

// The types of rules beside integers.
const (
	typeText   = ""
	typeBool   = "bool"
	typeList   = "list"
	typeObject = "object"
	typeFile   = "file"
)

// rulesByOperation finds what the facts say of a request by its method and path template, such as
// "GET /order/202309/orders". A line is decoded when its operation is called for the first time.
var rulesByOperation = sync.OnceValue(
	func() map[string]func() *requestRules { return indexRules(requestLines) })

func indexRules(lines string) map[string]func() *requestRules {
	index := make(map[string]func() *requestRules, 512)
	for line := range strings.Lines(lines) {
		rest, ok := strings.CutPrefix(line, `{"operation":"`)
		operation, _, closed := strings.Cut(rest, `"`)
		if !ok || !closed {
			panic("tiktokshoptest: requests.jsonl: a line without an operation: " + line)
		}
		index[operation] = sync.OnceValue(func() *requestRules {
			rules := new(requestRules)
			if err := json.Unmarshal([]byte(line), rules); err != nil {
				panic("tiktokshoptest: requests.jsonl: " + operation + ": " + err.Error())
			}
			return rules
		})
	}
	return index
}

// rules are those of a route of the platform's, nil for any other.
func (rt *route) rules() *requestRules {
	if !rt.ofFacts {
		return nil
	}
	if rules := rulesByOperation()[rt.method+" "+rt.path]; rules != nil {
		return rules()
	}
	return nil
}
