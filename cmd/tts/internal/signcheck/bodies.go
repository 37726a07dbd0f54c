package signcheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// bodies are what may have been signed instead of the body that was sent.
func (c *check) bodies() []variant {
	if c.multipart() {
		return []variant{{}, {
			Finding: Finding{"form signed",
				"The multipart body is in what was signed: a form is not signed."}, body: string(c.request.Body),
		}}
	}
	body := string(c.request.Body)
	list := []variant{{body: body}}
	add := func(cause, detail, wrong string) {
		if wrong != body && !slices.ContainsFunc(list,
			func(v variant) bool { return v.body == wrong }) {
			list = append(list, variant{Finding: Finding{cause, detail}, body: wrong})
		}
	}
	if trimmed := strings.TrimSpace(body); trimmed == "{}" || trimmed == "null" {
		add("empty body not signed",
			fmt.Sprintf("The body %s was sent and not signed: sign it, or send no body at all.",
				trimmed), "")
	} else if body != "" {
		add("body not signed",
			"The body was sent and not signed: it belongs behind the query, byte for byte.", "")
	}
	if body == "" {
		for _, empty := range []string{"{}", "null", "[]", `""`} {
			add("body signed and not sent",
				fmt.Sprintf("%s was signed as the body, and no body was sent: leave it out of what is signed.", empty), empty)
		}
		return list
	}
	add("line end behind the body",
		"The body was signed with a line end behind it and sent without.", body+"\n")
	add("line end behind the body",
		"The body was sent with a line end behind it and signed without: send what was signed.",
		strings.TrimRight(body, "\r\n"))
	const again = "The body was encoded once more after it was signed, and came out different (%s): encode once, and sign and send the same bytes."
	if value, err := catalog.Decode(c.request.Body); err == nil {
		forms := encodings(c.request.Body, value)
		for _, how := range slices.Sorted(maps.Keys(forms)) {
			add("body encoded again", fmt.Sprintf(again, how), forms[how])
		}
	}
	return list
}

// encodings are other forms of the same JSON, by how they differ.
func encodings(raw []byte, value any) map[string]string {
	forms := make(map[string]string)
	put := func(how string, b []byte, err error) {
		if err == nil {
			forms[how] = string(b)
		}
	}
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	put("without spaces", b.Bytes(), err)
	compact := slices.Clone(b.Bytes())
	put("with a space after commas and colons, as Python does", spaced(compact), err)
	for _, indent := range []string{"  ", "    ", "\t"} {
		var b bytes.Buffer
		err := json.Indent(&b, raw, "", indent)
		put(fmt.Sprintf("indented by %q", indent), b.Bytes(), err)
	}
	sorted, err := json.Marshal(value)
	put("with its keys sorted and <, > and & escaped, as Go does", sorted, err)
	put("with its keys sorted and spaces after commas and colons", spaced(sorted), err)
	b.Reset()
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(value)
	put("with its keys sorted", bytes.TrimRight(b.Bytes(), "\n"), err)
	b.Reset()
	json.HTMLEscape(&b, compact)
	put("with <, > and & escaped", b.Bytes(), nil)
	put("with slashes escaped, as PHP does", bytes.ReplaceAll(compact, []byte("/"), []byte(`\/`)),
		nil)
	put("with letters that are not ASCII escaped", ascii(compact), nil)
	put("with letters that are not ASCII escaped, and spaces after commas and colons",
		ascii(spaced(compact)), nil)
	return forms
}

// spaced is compact JSON with a space after each comma and colon that is in no text.
func spaced(compact []byte) []byte {
	var out []byte
	inText := false
	for i := 0; i < len(compact); i++ {
		ch := compact[i]
		out = append(out, ch)
		switch {
		case inText && ch == '\\' && i+1 < len(compact):
			i++
			out = append(out, compact[i])
		case ch == '"':
			inText = !inText
		case !inText && (ch == ',' || ch == ':'):
			out = append(out, ' ')
		}
	}
	return out
}

// ascii escapes all letters that are not ASCII.
func ascii(compact []byte) []byte {
	var out []byte
	for _, r := range string(compact) {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
