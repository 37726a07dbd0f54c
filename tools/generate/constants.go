package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// nameConstants names the values: the type's name and the value's, without the words of the type
// that the value repeats. Where two values, or a value and a type, would then have one name, the
// value keeps all its words. One that the platform misspells beside the right spelling has a name
// that nobody's editor offers first.
func (e *Enum) nameConstants(taken names) {
	e.Consts = make([]string, len(e.Values))
	whole, short := make([]string, len(e.Values)), make([]string, len(e.Values))
	for i, v := range e.Values {
		whole[i] = e.valueName(e.word(v))
	}
	for i := range e.Values {
		short[i] = whole[i]
		if name := e.withoutStutter(whole[i]); !slices.Contains(whole, name) {
			short[i] = name
		}
	}
	name := func(misspelt bool) {
		for i, v := range e.Values {
			v = e.word(v)
			wrong := facts.Camel(strings.ToLower(v)) != facts.CamelAsSpelt(strings.ToLower(v)) &&
				whole[i] != v
			if wrong == misspelt {
				e.Consts[i] = taken.take(e.Name+short[i], e.Name+whole[i],
					e.Name+"Misspelt"+whole[i], e.Name+"Value"+whole[i])
			}
		}
	}
	name(false) // those spelt right take their names first
	name(true)
}

// word is what a value is called, or the value itself if that says it.
func (e *Enum) word(value string) string {
	if word := e.named[value]; word != "" {
		return word
	}
	return value
}

var (
	notWord    = regexp.MustCompile(`[^A-Za-z0-9]+`)
	numberOnly = regexp.MustCompile(`^[0-9]+$`)
	market     = regexp.MustCompile(`^[A-Z]{2}$`)
	locale     = regexp.MustCompile(`^[a-z]{2}[-_][A-Z]{2}$`)
	measure    = regexp.MustCompile(`^[0-9]+(mm|cm|in|kg|g|ml|l)$`)
)

// valueName is the value in camel case. What stood between two numbers becomes a word: "To" between
// plain numbers, "Point" between a plain number and one with a unit, which is its fraction, and "N"
// for number between anything else that would run together, such as paper size A4 and 21 labels up.
func (e *Enum) valueName(value string) string {
	if len(value) == 3 && (e.key == "currency" || strings.HasSuffix(e.key, "_currency")) {
		return value
	}
	if market.MatchString(value) && (strings.HasSuffix(e.key, "region") ||
		strings.HasSuffix(e.key, "country")) {
		return value
	}
	if locale.MatchString(value) {
		return strings.ToUpper(value[:1]) + value[1:2] + value[3:]
	}
	var b strings.Builder
	before := ""
	words := strings.Fields(notWord.ReplaceAllString(strings.ToLower(value), " "))
	for i, word := range words {
		name := facts.Camel(word)
		if word == "my" && i == 0 && len(words) > 1 {
			name = "My" // not the market
		}
		if startsWithDigit(word) {
			name = word // the type's name is in front: no letter needed
			switch {
			case !endsInDigit(before) && (before != "" || !endsInDigit(e.Name)):
			case numberOnly.MatchString(before) && numberOnly.MatchString(word):
				name = "To" + word
			case numberOnly.MatchString(before) && measure.MatchString(word):
				name = "Point" + word
			default:
				name = "N" + word
			}
		}
		b.WriteString(name)
		before = word
	}
	return b.String()
}

// withoutStutter drops the words at the front of a value's name that the type's name ends with, and
// the whole of the type's name at the end. At least a word is left.
func (e *Enum) withoutStutter(name string) string {
	for i := len(name) - 1; i > 0; i-- {
		if startsWord(name, i) && strings.HasSuffix(e.Name, name[:i]) &&
			!(endsInDigit(name[:i]) && startsWithDigit(name[i:])) {
			name = name[i:]
			break
		}
	}
	if rest := strings.TrimSuffix(name, e.Name); rest != "" {
		return rest
	}
	return name
}

// startsWord tells a place in a name in camel case where a word starts: a capital after another
// letter, or a number.
func startsWord(name string, i int) bool {
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	switch {
	case startsWithDigit(name[i:]):
		return !endsInDigit(name[:i])
	case !upper(name[i]):
		return false
	case upper(name[i-1]): // the last capital of an initialism starts a word if the word goes on
		return i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
	}
	return true
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func endsInDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }
