package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEnumeration(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"bullets": {"The state.\nPossible values:\n- OPEN\n- SHUT: nobody gets in",
			"OPEN SHUT"},
		"bullets, code":     {"One of:\n- `OPEN`\n- `\"SHUT\"`", "OPEN SHUT"},
		"bullets, numbered": {"What it is\n1. OPEN\n2) SHUT", "OPEN SHUT"},
		"bullets, bold":     {"1. **OPEN** - it is\n2. **SHUT** - it is not", "OPEN SHUT"},
		"bullets, two a line": {"- OPEN, AJAR: come in\n- SHUT/ LOCKED(mostly): do not",
			"OPEN AJAR SHUT LOCKED"},
		"lines":  {"Field values:\nOPEN: come in\nSHUT: do not", "OPEN SHUT"},
		"inline": {"Possible values: OPEN, SHUT", "OPEN SHUT"},
		"inline, are": {"Possible values are: Debit, Credit and Cash.",
			"Debit Credit Cash"},
		"inline, slashes": {"Value can be L0/L1/L2. eg. it is L0", "L0 L1 L2"},
		"lower case": {"Sort by.\nAvailable values:\n- gmv (default)\n- sold_units",
			"gmv sold_units"},
		"lower case, no head": {"- gmv\n- sold_units", ""},
		"locales":             {"Possible values:\n- `de-DE`\n- en-GB (English)", "de-DE en-GB"},
		"starts with a digit": {"Possible values:\n- 1_STAR\n- 2_STAR", "1_STAR 2_STAR"},
		"a slip": {"Possible values:\n- SHOP_TAX\n- BANk_ACCOUNT",
			"SHOP_TAX BANk_ACCOUNT"},
		"of regions": {"Possible values:\n- US: `INCH`, `FOOT`\n- BR, JP: METER\n- Other regions: METER", "INCH FOOT METER"},
		"regions":    {"Possible values:\n- US: United States\n- DE: Germany", "US DE"},
		"in regions": {"Possible values:\n**US**\n- `PRE_ORDER`: soon\n**UK and SEA**\n- CUSTOM: later", "PRE_ORDER CUSTOM"},
		"a note": {"Possible values:\n- OPEN\n- SHUT\n**NOTE**: only at night\n- word",
			"OPEN SHUT"},
		"one":     {"Possible values: OPEN", ""},
		"figures": {"0: OPEN\n1: SHUT\n2: AJAR", ""},
		"prose":   {"A URL or an ID in HTML, which the API takes.\nSee above.\nIt is an ID, or a URL.", ""},
		"nothing": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, strings.Join(enumeration(tt.text), " "))
		})
	}
}

func TestReadLimits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ kind, text, want string }{
		"range": {"integer", "How many. Default: 10. Valid range: [1-100].",
			`{"type":"integer","minimum":1,"maximum":100,"default":10}`},
		"range, comma": {"integer", "Valid range: [1, 20]\n\nOnly here",
			`{"type":"integer","minimum":1,"maximum":20}`},
		"range, is": {"integer",
			"The default is 20, it must be positive, the range is 1-100",
			`{"type":"integer","minimum":1,"maximum":100,"default":20}`},
		"range, thousands": {"integer", "Valid range: [1, 999,999]",
			`{"type":"integer","minimum":1,"maximum":999999}`},
		"range, upside down": {"integer", "Valid range: [9, 3]", `{"type":"integer"}`},
		"ranges": {"integer", "US: range [1-5]\nUK: range [1-9]",
			`{"type":"integer"}`},
		"range of a text": {"string", "Valid range: [1-100]", `{"type":"string"}`},
		"greatest": {"integer", "Max value: 100\nDefault value: 10",
			`{"type":"integer","maximum":100,"default":10}`},
		"length": {"string", "A name.\nMax length: 10,000 characters",
			`{"type":"string","maxLength":10000}`},
		"length, less": {"string", "must be less than 50 characters.",
			`{"type":"string","maxLength":49}`},
		"lengths": {"string", "US max length: 5\nUK max length: 9",
			`{"type":"string"}`},
		"items": {"array", "Max number of IDs: 20.",
			`{"type":"array","maxItems":20}`},
		"items, length": {"array", "ids, maximum length 100. Filters",
			`{"type":"array","maxItems":100}`},
		"items, number of": {"array", "The maximum number of creators is 50.",
			`{"type":"array","maxItems":50}`},
		"items, up to": {"array", "Codes of orders, up to 50.",
			`{"type":"array","maxItems":50}`},
		"items, no more than": {"array", "The codes. The length is no more than `50`.",
			`{"type":"array","maxItems":50}`},
		"items, in a sentence": {"array",
			"Maximum length of the list is `20` names. Others follow.",
			`{"type":"array","maxItems":20}`},
		"items, in some cases": {"array", "For a bundle you can add up to 10 codes",
			`{"type":"array"}`},
		"default, of days": {"integer", "Default: 60 days from then", `{"type":"integer"}`},
		"default, not a value": {"string", "Possible values: OPEN, SHUT\nDefault: AJAR",
			`{"type":"string","x-values":["OPEN","SHUT"]}`},
		"default, a value": {"string", "Possible values:\n- OPEN\n- SHUT\nDefault: `OPEN`",
			`{"type":"string","x-values":["OPEN","SHUT"],"default":"OPEN"}`},
		"default, of regions":   {"integer", "Default: 1\nDefault: 2", `{"type":"integer"}`},
		"default, leading zero": {"integer", "Default: 010", `{"type":"integer","default":10}`},
		"default, zero":         {"integer", "Default: 00", `{"type":"integer","default":0}`},
		"deprecated": {"boolean", "(**Deprecated**: use the other)",
			`{"type":"boolean","deprecated":true}`},
		"of something else": {"boolean", "Replaces a deprecated field", `{"type":"boolean"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Schema{Type: tt.kind, text: tt.text}
			if s.Type == "string" {
				s.Values = enumeration(s.text)
			}
			s.readLimits()
			s.readDefault()
			got, err := marshal(s)
			assert.NoError(t, err)
			assert.Equal(t, tt.want, string(got))
		})
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	text := "At most 10,000 of `OPEN`;\u200b or SHUT_DOWN"
	for value, want := range map[string]bool{"OPEN": true, "10000": true, "000": false,
		"SHUT": false, "SHUT_DOWN": true, "open": false} {
		assert.Equal(t, want, mentions(text, value), value)
	}
}

func TestKebab(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"GetOrderDetail": "get-order-detail", "GetShopLIVEPerformance": "get-shop-live-performance",
		"imageupload": "imageupload", "GSCreateProductV2": "gs-create-product-v2",
	} {
		assert.Equal(t, want, kebab(name))
	}
}
