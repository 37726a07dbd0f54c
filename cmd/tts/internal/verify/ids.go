package verify

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// ids are those that answers had, by the name of the parameter that takes them, such as "order_id".
type ids map[string][]seenID

// seenID is an id and the module whose answer had it. listed tells that the answer had the thing
// itself, not only a mention.
type seenID struct {
	module, value string
	listed        bool
}

// perName bounds how many ids of a name are kept.
const perName = 50

func (s ids) add(module, name, value string, listed bool) {
	if value == "" || value == "0" || len(value) > 200 {
		return
	}
	id := seenID{module, value, listed}
	if all := s[name]; len(all) < perName && !slices.Contains(all, id) {
		s[name] = append(all, id)
	}
}

// take takes the ids of an answer's data. parent is the name of the list or object around it: an id
// in orders is an order_id.
func (s ids) take(module, parent string, value any) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			s.take(module, parent, element)
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			inner := v[name]
			switch inner := inner.(type) {
			case string, json.Number:
				text := catalog.Text(inner)
				if name == "id" || name == "code" {
					s.add(module, singular(parent)+"_"+name, text, true)
				} else if isID(name) {
					s.add(module, name, text, singular(parent)+"_id" == name)
				}
			case []any:
				if one, ok := strings.CutSuffix(name, "_ids"); ok {
					for _, element := range inner {
						s.add(module, one+"_id", catalog.Text(element), false)
					}
				}
				s.take(module, name, inner)
			default:
				s.take(module, name, inner)
			}
		}
	}
}

func isID(name string) bool {
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_code") ||
		strings.HasSuffix(name, "_number")
}

func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies"):
		return strings.TrimSuffix(name, "ies") + "y"
	case strings.HasSuffix(name, "sses"), strings.HasSuffix(name, "xes"):
		return strings.TrimSuffix(name, "es")
	case strings.HasSuffix(name, "ss"):
		return name
	}
	return strings.TrimSuffix(name, "s")
}

// also are other names for the ids that a parameter takes.
var also = map[string][]string{
	"main_order_id":          {"order_id"},
	"privileged_order_id":    {"order_id"},
	"return_or_cancel_id":    {"return_id", "cancel_id"},
	"live_id":                {"live_stream_session_id", "live_room_id"},
	"live_room_id":           {"live_id"},
	"creator_temp_id":        {"creator_open_id", "creator_id"},
	"creator_user_open_id":   {"creator_open_id"},
	"creator_user_id":        {"creator_id"},
	"affiliate_product_id":   {"product_id"},
	"biz_warehouse_id":       {"warehouse_id"},
	"tts_sku_id":             {"sku_id"},
	"application_id":         {"sample_application_id"},
	"affiliate_campaign_id":  {"campaign_id"},
	"invitation_group_id":    {"target_collaboration_id"},
	"package_tracking_id":    {"tracking_number"},
	"external_order_id_list": {"external_order_id"},
}

// forParameter are the ids for a parameter, the best that there are: things that the operation's
// own module has listed, then those that it mentions, then other modules' unless ownOnly is set.
func (s ids) forParameter(e *catalog.Entry, name string, ownOnly bool) []string {
	if name == "ids" || name == "id" { // of what the path ends with, such as /order/202309/orders
		path := strings.Split(e.Template(), "/")
		for i := len(path) - 1; i >= 0; i-- {
			if step := path[i]; strings.HasSuffix(step, "s") && !strings.HasPrefix(step, "{") {
				name = singular(step) + "_id"
				break
			}
		}
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "_list"), "s")
	ranks := make([][]string, 4)
	for _, n := range append([]string{name}, also[name]...) {
		for _, id := range s[n] {
			rank := 0
			if id.module != e.Module {
				if rank = 2; ownOnly {
					continue
				}
			}
			if !id.listed {
				rank++
			}
			ranks[rank] = append(ranks[rank], id.value)
		}
	}
	for _, rank := range ranks {
		var all []string
		for _, value := range rank {
			if !slices.Contains(all, value) {
				all = append(all, value)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// takesID tells parameters that want something that exists.
func takesID(f *catalog.Field) bool {
	name := strings.TrimSuffix(strings.TrimSuffix(f.Name, "_list"), "s")
	if f.Items != nil && (f.Items.Type == "object" || len(f.Items.Values) > 0) ||
		f.Type == "object" || len(f.Values) > 0 {
		return false
	}
	return name == "id" || isID(name)
}
