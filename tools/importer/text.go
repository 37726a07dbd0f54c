package main

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What descriptions say about values and limits, where they say it in one of a
// few clear ways. What is read here passes the rules of values.json before it
// becomes a fact.

const (
	word  = `[A-Za-z0-9][A-Za-z0-9_]*(?:-[A-Z]{2})?`
	quote = "[`\"'*]*"
	// bullet starts an item of a list, but not a word in bold.
	bullet = `\s*(?:[-•·–]|\*\s|\d+[.)])\s*`
	number = `(\d{1,3}(?:,\d{3})+|\d+)`
)

var (
	// constant is a word that looks like an enumeration's value: in capitals, a locale, or with a
	// slip such as BANk_ACCOUNT.
	constant = regexp.MustCompile(
		`^(?:[A-Z0-9][A-Z0-9_]*|[a-z]{2}-[A-Z]{2}|[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]*)$`)
	digits = regexp.MustCompile(`^\d+$`)

	heading = regexp.MustCompile(
		`(?i)\b(?:possible|available|avaliable|valid|allowed|accepted|supported|return|field)\b[^\n:：.]{0,40}\b(?:values?|enumerations?|enums?|options|status\w*)\b|\benum(?:eration|erated)?s?\b`)
	aside = regexp.MustCompile(`(?i)^\s*\**\s*(?:note|notes|important)\b`)

	listItem = regexp.MustCompile(`^` + bullet + quote + `(` + word + `(?:\s*[,/]\s*` + quote +
		word + `)*)` + quote +
		`\s*(?:$|[:：(（,.;=]|\s[-–—=(]|\s\s|[-–—]\s)`)
	bareItem = regexp.MustCompile(`(?i)^` + bullet + quote + word + quote +
		`\s*(?:\(default\))?\s*$`)
	regionItem = regexp.MustCompile(`(?i)^` + bullet + quote + `(?:other\s+(?:regions|countries)|` +
		word + `(?:\s*,\s*` + word + `)*)` + quote + `\s*:(.+)$`)
	otherItem = regexp.MustCompile(`(?i)^` + bullet + `other\s+(?:regions|countries)\s*:`)
	lineItem  = regexp.MustCompile("^\\s*[`\"]*(" + word + ")[`\"]*\\s*(?:$|[:：,]|\\s[-–—:=(])")
	lineList  = regexp.MustCompile("^\\s*[`\"]*" + word + "[`\"]*\\s*,\\s*\\S")

	inline = regexp.MustCompile(
		`(?i)(?:possible|available|avaliable|valid|allowed|accepted|supported)\b[^\n:：.]{0,40}\b(?:values?|enumerations?|enums?|options)\b[^\n:：.]{0,40}?(?:\b(?:are|include)\s*[:：]?|[:：])\s*([^\n.]+)|\bvalue can be\s+([^\n.]+)|\btype value:\s*([^\n.(]+)`)

	separators = regexp.MustCompile(`\s*(?:[,/;、|]|\band\b|\bor\b)\s*`)
	listed     = regexp.MustCompile(`^` + quote + `(` + word + `)` + quote +
		`\s*(?:\([^)]*\))?\s*[.:]?\s*$`)
)

// regions head lists of what holds in them.
var regions = map[string]bool{
	"ALL": true, "AT": true, "BE": true, "BR": true, "DE": true, "ES": true, "EU": true, "FR": true,
	"GB": true, "ID": true,
	"IE": true, "IT": true, "JP": true, "LATAM": true, "MX": true, "MY": true, "NL": true,
	"PH": true, "PL": true, "ROW": true,
	"SEA": true, "SG": true, "TH": true, "UK": true, "US": true, "VN": true,
}

// noValues are words in capitals that are no values.
var noValues = map[string]bool{"AND": true, "API": true, "IMPORTANT": true, "NOTE": true,
	"OR": true}

// plain drops what the vendor's editor leaves behind.
func plain(text string) string {
	return strings.NewReplacer("\u200b", "", "\u00a0", " ", "\r", "").Replace(text)
}

// enumeration returns the values that a description lists, none if they are fewer than two.
func enumeration(text string) []string {
	var values []string
	add := func(v string, anyCase bool) {
		if !noValues[v] && !digits.MatchString(v) && (anyCase || constant.MatchString(v)) &&
			!slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	lines := strings.Split(plain(text), "\n")
	headed := false // below a line that says that values follow
	for _, line := range lines {
		if aside.MatchString(line) {
			headed = false
		}
		if m := inline.FindStringSubmatch(line); m != nil {
			if list := splitList(m[1] + m[2] + m[3]); len(list) > 0 {
				for _, v := range list {
					add(v, m[1] != "")
				}
				headed = true
				continue
			}
		}
		headed = headed || heading.MatchString(line)
		if m := listItem.FindStringSubmatch(line); m != nil {
			list := splitList(m[1])
			if of := inRegions(line, list); of != nil {
				list = of
			}
			for _, v := range list {
				add(v, headed && bareItem.MatchString(line))
			}
			continue
		}
		if otherItem.MatchString(line) {
			for _, v := range inRegions(line, nil) {
				add(v, false)
			}
			continue
		}
		if m := lineItem.FindStringSubmatch(line); m != nil && len(lines) > 2 &&
			!lineList.MatchString(line) {
			add(m[1], false)
		}
	}
	if len(values) < 2 {
		return nil
	}
	return values
}

// inRegions returns the values of an item that names regions and then the
// values that hold in them, nil if it is no such item.
func inRegions(line string, heads []string) []string {
	for _, head := range heads {
		if !regions[head] {
			return nil
		}
	}
	m := regionItem.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	list := splitList(m[1])
	for _, v := range list {
		if !constant.MatchString(v) {
			return nil
		}
	}
	return list
}

// splitList takes a list apart, nil if one of its members is more than a word.
func splitList(list string) []string {
	var out []string
	for _, member := range separators.Split(strings.TrimSpace(list), -1) {
		if member == "" {
			continue
		}
		m := listed.FindStringSubmatch(member)
		if m == nil {
			return nil
		}
		out = append(out, m[1])
	}
	return out
}

// mentions tells whether a text has a value as a word of its own; figures may be grouped by commas.
func mentions(text, value string) bool {
	text = grouped.ReplaceAllStringFunc(plain(text),
		func(n string) string { return strings.ReplaceAll(n, ",", "") })
	return regexp.MustCompile(`(?:^|[^A-Za-z0-9_])` + regexp.QuoteMeta(value) +
		`(?:$|[^A-Za-z0-9_])`).MatchString(text)
}

var (
	grouped = regexp.MustCompile(`\d{1,3}(?:,\d{3})+`)

	rangeText = regexp.MustCompile(`(?i)\brange(?:\s+is)?\s*[:：]?\s*[\[(]?\s*(\d+)\s*[-,~]\s*` +
		number + `\s*(?:[\])]|\.?\s*$|\.?\s*\n)`)
	maxValue   = regexp.MustCompile(`(?i)\bmax(?:imum)?\s+value\s*[:：]\s*` + number)
	maxLength  = regexp.MustCompile(`(?i)\bmax(?:imum)?\s+length\s*(?:is|[:：])?\s*` + number)
	lessLength = regexp.MustCompile(`(?i)\bless than\s+` + number + `\s+characters`)
	maxCount   = regexp.MustCompile(
		`(?i)\bmax(?:imum)?(?:\s+(?:count|length|ids|number of \w+))?\s*(?:is\s|[:：]|\s)\s*` +
			number)
	// listEnd and listLength are limits of lists that a line ends with, and that a sentence states.
	listEnd = regexp.MustCompile(
		"(?im)\\b(?:up to|upper limit|less or equal to|length(?: of the array)? (?:is no more than|must not exceed))\\s*`?" + number + "`?\\s*\\.?\\s*$")
	listLength = regexp.MustCompile("(?i)\\bmaximum length of the list is\\s*`?" + number + "`?")
	defaultIs  = regexp.MustCompile("(?i)\\bdefault(?:\\s+value)?\\s*(?:is\\s|[:：])\\s*[`\"]?(" +
		word + ")[`\"]?\\s*(?:$|\\n|[.,;*](?:\\s|$))")
	deprecated = regexp.MustCompile(
		`(?i)^[\s\[(*]*deprecated\b|this (?:field|parameter) is deprecated`)
)

// figure reads a number that may be grouped by commas.
func figure(s string) *int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// one returns the figure that a pattern finds, nil if it finds none or contradicting ones.
func one(pattern *regexp.Regexp, text string) *int64 {
	var found *int64
	for _, m := range pattern.FindAllStringSubmatch(plain(text), -1) {
		n := figure(m[1])
		if n == nil || found != nil && *found != *n {
			return nil
		}
		found = n
	}
	return found
}

// readLimits fills in what the text says and the schema does not.
func (s *Schema) readLimits() {
	text := plain(s.text)
	switch s.Type {
	case "integer":
		if m := rangeText.FindAllStringSubmatch(text, -1); len(m) == 1 && s.Minimum == nil &&
			s.Maximum == nil {
			if low, high := figure(m[0][1]), figure(m[0][2]); low != nil && high != nil &&
				*low < *high {
				s.Minimum, s.Maximum = low, high
			}
		}
		if s.Maximum == nil {
			s.Maximum = one(maxValue, text)
		}
	case "string":
		if s.MaxLength == nil {
			s.MaxLength = one(maxLength, text)
		}
		if less := one(lessLength, text); s.MaxLength == nil && less != nil {
			n := *less - 1
			s.MaxLength = &n
		}
	case "array":
		if s.MaxItems == nil {
			s.MaxItems = cmp.Or(one(maxCount, text), one(listEnd, text), one(listLength, text))
		}
	}
	s.Deprecated = s.Deprecated || deprecated.MatchString(text)
}

// readDefault takes the default that the text states, if the field can have it.
func (s *Schema) readDefault() {
	if s.Default != nil {
		return
	}
	m := defaultIs.FindAllStringSubmatch(plain(s.text), -1)
	if len(m) != 1 {
		return
	}
	v := m[0][1]
	switch {
	case s.Type == "integer" && digits.MatchString(v):
		s.Default = []byte(strings.TrimLeft(v[:len(v)-1], "0") + v[len(v)-1:])
	case s.Type == "string" && slices.Contains(s.Values, v):
		s.Default, _ = marshal(v)
	}
}
