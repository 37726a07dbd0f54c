package catalog

import (
	"encoding/json"
)

// Masked is JSON without the values of fields that nobody must see. What has none stays byte for
// byte.
func Masked(data json.RawMessage, fields []*Field) json.RawMessage {
	if !anySecret(fields) || len(data) == 0 {
		return data
	}
	value, err := Decode(data)
	if err != nil {
		return json.RawMessage(`"[redacted]"`) // what cannot be read may hold anything
	}
	mask(value, fields)
	clean, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage(`"[redacted]"`)
	}
	return clean
}

func anySecret(fields []*Field) bool {
	for _, f := range fields {
		if f.Secret || anySecret(f.Fields) ||
			f.Items != nil && (f.Items.Secret || anySecret(f.Items.Fields)) {
			return true
		}
	}
	return false
}

func mask(value any, fields []*Field) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			mask(element, fields)
		}
	case map[string]any:
		for _, f := range fields {
			inner, ok := v[f.Name]
			switch {
			case !ok || inner == nil:
			case f.Secret:
				v[f.Name] = "[redacted]"
			case f.Items != nil:
				mask(inner, f.Items.Fields)
			default:
				mask(inner, f.Fields)
			}
		}
	}
}
