package facts

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// standIn are fields that hold an open id, which stands for a person towards one app, and fields
// that hold what another system, the seller's or a partner's, calls a thing. Neither is an id of
// the platform.
var standIn = regexp.MustCompile(`(^|_)(open_ids?(_list)?|external|outer)(_|$)`)

// textIDs are other fields, by the end of their place, that are named like ids of the platform and
// are none, and why. Each was looked at; a field of a new import that belongs here is added by
// hand.
var textIDs = map[string]string{
	"channel_entity_national_registry_id": "a number of a country's registry of companies, with its dots and dashes",
	"creator_temp_id":                     "an open id, or what takes its place for a while",
	"creator_user_id":                     "an open id in newer versions",
	"creator_user_ids":                    "open ids in newer versions",
	"creator_user_oepn_id":                "a misspelt open id",
	"fields.id":                           "the key of a form's field, such as product_attributes",
	"fileds.id":                           "fields.id, misspelt",
	"publisher_id":                        "what the caller's system calls a publisher",
	"reason_id":                           "the key of a reason, such as seller_reject_apply",
	"wms_order_id":                        "what a warehouse's own system calls an order",
}

// IsTextID tells a field that is named like an id of the platform and holds other text. The place
// is the names that lead to it.
func IsTextID(place ...string) bool {
	if len(place) == 0 {
		return false
	}
	name := place[len(place)-1]
	if standIn.MatchString(name) || textIDs[name] != "" {
		return true
	}
	return len(place) > 1 && textIDs[strings.Join(place[len(place)-2:], ".")] != ""
}

// TextIDNames are the names of the fields that are listed one by one, those of the platform's ids
// left out.
func TextIDNames() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(textIDs)),
		func(name string) bool { return strings.Contains(name, ".") })
}
