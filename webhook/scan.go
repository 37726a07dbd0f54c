package webhook

import (
	"encoding/json"
	"errors"
)

var errNotObject = errors.New("webhook: the body is not a JSON object")

// scanObject calls member for each member of a JSON object, in order, with the decoded key and the
// extent of the value. It checks the object's own syntax; the caller checks the values, which may
// be broken inside. It exists because an event has to be looked at before its type is known, and
// decoding it twice would double the work.
func scanObject(b []byte, member func(key string, value []byte) error) error {
	i := skipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return errNotObject
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == '}' {
		return onlySpace(b, i+1)
	}
	for {
		end := stringEnd(b, i)
		if end == -1 {
			return errNotObject
		}
		key, err := stringText(b[i:end])
		if err != nil {
			return err
		}
		i = skipSpace(b, end)
		if i == len(b) || b[i] != ':' {
			return errNotObject
		}
		i = skipSpace(b, i+1)
		if end = valueEnd(b, i); end == -1 {
			return errNotObject
		}
		if err := member(key, b[i:end]); err != nil {
			return err
		}
		i = skipSpace(b, end)
		switch {
		case i < len(b) && b[i] == ',':
			i = skipSpace(b, i+1)
		case i < len(b) && b[i] == '}':
			return onlySpace(b, i+1)
		default:
			return errNotObject
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func onlySpace(b []byte, i int) error {
	if skipSpace(b, i) != len(b) {
		return errNotObject
	}
	return nil
}

// stringEnd returns the index after the string that begins at i, -1 if there is none.
func stringEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// valueEnd returns the index after the value that begins at i, -1 if there is none.
func valueEnd(b []byte, i int) int {
	if i < len(b) && b[i] == '"' {
		return stringEnd(b, i)
	}
	if i < len(b) && (b[i] == '{' || b[i] == '[') {
		return nestedEnd(b, i)
	}
	end := i
	for end < len(b) && !isSpace(b[end]) && b[end] != ',' && b[end] != '}' {
		end++
	}
	if end == i {
		return -1
	}
	return end
}

// nestedEnd returns the index after the object or list that begins at i, -1 if it has no end.
func nestedEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i); i == -1 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// stringText decodes a JSON string.
func stringText(b []byte) (string, error) {
	inner := b[1 : len(b)-1]
	for _, c := range inner {
		if c == '\\' || c < ' ' || c >= 0x80 {
			var s string
			if json.Unmarshal(b, &s) != nil {
				return "", errNotObject
			}
			return s, nil
		}
	}
	return string(inner), nil
}
