package recorder

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
)

// shape is what is compared of a request: a masked one, of a file or just sent.
type shape struct {
	method, path string
	query        url.Values
	rng          string // of a download that goes on
	kind         string // of the body
	body         any
}

func shapeOf(req *cassette.Request) (*shape, error) {
	u, err := url.Parse(req.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	s := &shape{method: req.Method, path: u.Path, query: u.Query(), rng: req.Headers.Get("Range")}
	for _, name := range []string{paramAppKey, paramTimestamp, paramSign} {
		delete(s.query, name)
	}
	mediaType, _, _ := mime.ParseMediaType(req.Headers.Get("Content-Type"))
	var parsed any
	switch {
	case req.Body == "":
		s.kind = "no body"
	case mediaType == "multipart/form-data":
		parts, err := readParts([]byte(req.Body), boundary)
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		s.kind, s.body = "an upload", partsByName(parts)
	case mediaType == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(req.Body)
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		s.kind, s.body = "a form", form
	case decodeJSON(req.Body, &parsed):
		s.kind, s.body = "JSON", parsed
	default:
		s.kind, s.body = "text", req.Body
	}
	return s, nil
}

// partsByName gives the parts of an upload the form of JSON, by name and by number where a name has
// several.
func partsByName(parts []part) map[string]any {
	all := make(map[string]any)
	for _, p := range parts {
		key := p.name
		for n := 2; all[key] != nil; n++ {
			key = p.name + "#" + strconv.Itoa(n)
		}
		all[key] = map[string]any{"filename": p.file, "content type": p.contentType,
			"content": strings.TrimRight(p.content, "\n")}
	}
	return all
}

func decodeJSON(text string, into *any) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber() // ids of 64 bits
	return dec.Decode(into) == nil && !dec.More()
}

// comparison finds what differs between a recorded request and one that is sent.
type comparison struct {
	ignored     func(name string) bool // whose values do not count
	differences []string
}

// differences says what differs, nothing if the exchange answers the request.
func differences(recorded, sent *shape, ignored func(string) bool) []string {
	c := &comparison{ignored: ignored}
	c.text("method", recorded.method, sent.method)
	c.text("path", recorded.path, sent.path)
	c.values("query ", recorded.query, sent.query)
	c.text("header Range", recorded.rng, sent.rng)
	switch {
	case recorded.kind != sent.kind:
		c.text("body", recorded.kind, sent.kind)
	case recorded.kind == "a form":
		c.values("form ", recorded.body.(url.Values), sent.body.(url.Values))
	default:
		c.any("body", "", recorded.body, sent.body)
	}
	return c.differences
}

func (c *comparison) differ(where, recorded, sent string) {
	c.differences = append(c.differences, fmt.Sprintf("%s: recorded %s, sent %s", where, recorded,
		sent))
}

func (c *comparison) text(where, recorded, sent string) {
	if recorded != sent {
		c.differ(where, show(recorded), show(sent))
	}
}

func (c *comparison) values(where string, recorded, sent url.Values) {
	all := maps.Clone(recorded)
	maps.Copy(all, sent)
	for _, name := range sortedNames(all) {
		was, is := recorded[name], sent[name]
		switch {
		case was == nil || is == nil:
			c.differ(where+name, showAny(was), showAny(is))
		case !c.ignored(name) && !slices.Equal(was, is):
			c.differ(where+name, showAny(was), showAny(is))
		}
	}
}

func (c *comparison) any(where, name string, recorded, sent any) {
	if name != "" && c.ignored(name) {
		return
	}
	switch was := recorded.(type) {
	case map[string]any:
		if is, ok := sent.(map[string]any); ok {
			all := maps.Clone(was)
			maps.Copy(all, is)
			for _, member := range sortedNames(all) {
				a, inRecorded := was[member]
				b, inSent := is[member]
				switch {
				case !inRecorded:
					c.differ(where+"."+member, "nothing", c.showMember(member, b))
				case !inSent:
					c.differ(where+"."+member, c.showMember(member, a), "nothing")
				default:
					c.any(where+"."+member, member, a, b)
				}
			}
			return
		}
	case []any:
		if is, ok := sent.([]any); ok {
			for i := range max(len(was), len(is)) {
				at := where + "[" + strconv.Itoa(i) + "]"
				switch {
				case i >= len(was):
					c.differ(at, "nothing", showAny(is[i]))
				case i >= len(is):
					c.differ(at, showAny(was[i]), "nothing")
				default:
					c.any(at, "", was[i], is[i])
				}
			}
			return
		}
	default:
		switch sent.(type) {
		case map[string]any, []any:
		default:
			if recorded == sent {
				return
			}
		}
	}
	c.differ(where, showAny(recorded), showAny(sent))
}

func (c *comparison) showMember(name string, value any) string {
	if c.ignored(name) {
		return "one"
	}
	return showAny(value)
}

// maxShown bounds a value in a message.
const maxShown = 100

func show(s string) string {
	if s == "" {
		return "nothing"
	}
	if len(s) > maxShown {
		return strconv.Quote(strings.ToValidUTF8(s[:maxShown], "")) + "…"
	}
	return strconv.Quote(s)
}

func showAny(v any) string {
	switch v := v.(type) {
	case []string:
		return show(strings.Join(v, ","))
	case string:
		return strconv.Quote(v[:min(len(v), maxShown)])
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	if len(b) > maxShown {
		return strings.ToValidUTF8(string(b[:maxShown]), "") + "…"
	}
	return string(b)
}

// distance says how far a recorded request is from one that is sent: what is called counts more
// than with what.
func distance(recorded, sent *shape, differences int) int {
	d := differences
	if recorded.method != sent.method {
		d += 50
	}
	if recorded.path != sent.path {
		a, b := strings.Split(recorded.path, "/"), strings.Split(sent.path, "/")
		for i := range max(len(a), len(b)) {
			if i >= len(a) || i >= len(b) || a[i] != b[i] {
				d += 20
			}
		}
	}
	return d
}
