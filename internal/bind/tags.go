package bind

import (
	"reflect"
	"strings"
)

// place is where a field of a request is sent.
type place string

// The places, by the tag that names them.
const (
	placePath  place = "path"
	placeQuery place = "url"
	placeBody  place = "json"
	placeForm  place = "form"
)

// The rules of the check tag that are more than a check.
const (
	ruleRequired = "required"
	ruleDefault  = "default"
)

// fieldTags are the tags of a field of a request.
type fieldTags struct {
	place     place
	key       string // on the wire
	rules     string // the check tag
	preset    string // the default that is sent instead of a zero value, "" if there is none
	required  bool
	omitsZero bool // the zero value is not sent
	inBody    bool // of a path or query field: the body has it, too
}

// readTags reads the tags of a field, and refuses one that would not be sent, or in two places but
// for the body beside path or query. The reason is "" if it is sent.
func readTags(f *reflect.StructField) (tags fieldTags, reason string) {
	if f.Anonymous || !f.IsExported() {
		return tags, "is embedded or unexported, which a request cannot have"
	}
	var options string
	for _, at := range []place{placePath, placeQuery, placeForm, placeBody} {
		key, opts, _ := strings.Cut(f.Tag.Get(string(at)), ",")
		if key == "" || key == "-" && opts == "" {
			continue
		}
		if at == placeBody && (tags.place == placePath || tags.place == placeQuery) {
			tags.inBody = true
			continue
		}
		if tags.place != "" {
			return tags, "has a " + string(tags.place) + " and a " + string(at) +
				` tag, must have one of them; json:"-" beside it`
		}
		tags.place, tags.key, options = at, key, opts
	}
	switch tags.place {
	case "":
		return tags, "has no path, url, json or form tag that names it"
	case placePath, placeQuery:
		if !tags.inBody && f.Tag.Get(string(placeBody)) != "-" {
			return tags, `must have the tag json:"-", or one that names it if the body has it, too`
		}
	}
	tags.readRules(f.Tag.Get("check"))
	for option := range strings.SplitSeq(options, ",") {
		switch {
		case tags.place == placeBody:
			tags.omitsZero = tags.omitsZero || option == "omitzero" || option == "omitempty"
		case option == "", option == "omitempty" && tags.place != placePath,
			option == "comma" && tags.place == placeQuery:
			// as it is
		default:
			return tags, "has a " + string(tags.place) + " tag with an unknown option"
		}
	}
	if tags.place == placeQuery || tags.place == placeForm {
		tags.omitsZero = !tags.required && f.Type.Kind() != reflect.Pointer
	}
	return tags, ""
}

// readRules reads what the check tag says beside its checks.
func (tags *fieldTags) readRules(rules string) {
	tags.rules = rules
	for rule := range strings.SplitSeq(rules, ",") {
		tags.required = tags.required || rule == ruleRequired
		if preset, ok := strings.CutPrefix(rule, ruleDefault+"="); ok {
			tags.preset = preset
		}
	}
}
