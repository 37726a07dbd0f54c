package bind

import (
	"fmt"
	"net/url"
	"strings"
)

// Path fills the parameters of a path in, of which lookup has n values. A Mistake names the
// parameter, or "path" for what is wrong with the template.
func Path(
	template string, n int, lookup func(name string) (value string, ok bool),
) (string, []Mistake) {
	refuse := func(reason string) (string, []Mistake) { return "", []Mistake{{"path", reason}} }
	var b strings.Builder
	b.Grow(len(template) + 16*n)
	rest, used := template, 0
	var wrong []Mistake
	for {
		literal, after, found := strings.Cut(rest, "{")
		if !isLiteral(literal) {
			return refuse("has a character outside A-Z a-z 0-9 - . _ ~ / and {parameters}")
		}
		b.WriteString(literal)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return refuse("has an unclosed brace")
		}
		value, _ := lookup(name)
		switch {
		case value == "":
			wrong = append(wrong, Mistake{name, Missing})
		case !IsPathValue(value):
			wrong = append(wrong, Mistake{name, PathValue})
		}
		b.WriteString(value)
		rest, used = tail, used+1
	}
	path := b.String()
	switch {
	case len(wrong) > 0:
		return "", wrong
	case used != n:
		return refuse(fmt.Sprintf("has %d parameters, %d values were given", used, n))
	case !strings.HasPrefix(path, "/") || strings.Contains(path, "//"):
		return refuse("must begin with one slash and have no empty segment")
	case hasDotSegment(path):
		return refuse("must have no . or .. segment")
	}
	return path, nil
}

func isLiteral(s string) bool {
	for i := range len(s) {
		if s[i] != '/' && !IsUnreserved(s[i]) {
			return false
		}
	}
	return true
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// PathOfURL returns the path of a URL that the platform gave out, or the reason why it is not
// called: the access token goes along, and what is signed must be what is sent.
func PathOfURL(absolute, scheme, host string) (path, reason string) {
	u, err := url.Parse(absolute)
	switch {
	case err != nil: // which quotes the URL
		return "", "cannot be parsed"
	case !strings.EqualFold(u.Scheme, scheme) || !strings.EqualFold(u.Host, host):
		return "", "has another scheme or host than the client's base URL, where the access token must not go"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "must have no user information, query or fragment"
	}
	path, wrong := Path(u.EscapedPath(), 0, func(string) (string, bool) { return "", false })
	if len(wrong) > 0 {
		return "", "has a path with a character outside A-Z a-z 0-9 - . _ ~ / or with a . or .. or empty segment"
	}
	return path, ""
}
