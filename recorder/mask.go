package recorder

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parameters of the query that the gateway reads, and what stands for them.
const (
	paramAppKey    = "app_key"
	paramTimestamp = "timestamp"
	paramSign      = "sign"

	maskedAppKey    = "masked-app-key"
	maskedTimestamp = "0"
	maskedSign      = "masked-sign"
)

// secretNames are the names of secrets in queries, headers, forms and JSON, and their kinds.
var secretNames = map[string]string{
	"app_secret": "app-secret", "client_secret": "app-secret", "secret": "secret",
	"password":     "secret",
	"access_token": "access-token", "x-tts-access-token": "access-token",
	"refresh_token": "refresh-token",
	"auth_code":     "auth-code", "upload_token": "token", "token": "token",
	"cipher": "cipher", "shop_cipher": "cipher", "category_asset_cipher": "cipher",
	"idempotency_key": "idempotency-key", "idempotent_key": "idempotency-key",
	"authorization": "authorization", "proxy-authorization": "authorization", "cookie": "cookie",
	"set-cookie": "cookie",
	// of the URLs of files
	"signature": "signature", "sig": "signature", "x-signature": "signature",
	"x-amz-signature": "signature", "auth_key": "signature",
	"x-amz-security-token": "token", "x-amz-credential": "signature",
	"x-goog-signature": "signature",
	"x-tos-signature":  "signature", "x-tos-security-token": "token",
	"x-tos-credential": "signature",
}

// keptHeaders are the headers that a client reads. Range tells requests apart.
var keptHeaders = []string{
	"Accept-Ranges", "Content-Disposition", "Content-Range", "Content-Type", "Date", "Etag",
	"If-Range", "Last-Modified", "Location",
	"Range", "Retry-After", "X-Tt-Logid", "X-Tts-Access-Token",
}

// masker masks the parts of an exchange.
type masker struct {
	names   map[string]string // of what is masked, in lower case, and its kind
	headers []string          // that are kept
	redact  func(name, value string) string
	vault   *vault
}

// value masks one value by its name.
func (m *masker) value(name, value string) string {
	if value == "" {
		return value
	}
	if kind := m.names[strings.ToLower(name)]; kind != "" {
		return m.vault.mask(kind, value)
	}
	value = m.text(value)
	if m.redact != nil {
		value = m.redact(name, value)
	}
	return value
}

var (
	urlWithQuery = regexp.MustCompile(`https?://[^\s"'<>?\\]+\?[^\s"'<>\\]+`)
	// assignment is name=value, name: value or "name":"value", escaped or not, where no format
	// helps to find one.
	assignment = regexp.MustCompile(
		`([A-Za-z][A-Za-z0-9_-]*)(\\*["']?\s*[=:]\s*\\*["']?)([^\s"'\\&,;<>(){}\[\]]+)`)
)

// text masks what stands in a text: URLs with a query, and assignments to the names of secrets.
func (m *masker) text(text string) string {
	text = urlWithQuery.ReplaceAllStringFunc(text, func(s string) string {
		address, query, _ := strings.Cut(s, "?")
		return address + "?" + m.query(query)
	})
	return assignment.ReplaceAllStringFunc(text, func(s string) string {
		parts := assignment.FindStringSubmatch(s)
		name, value := strings.ToLower(parts[1]), parts[3]
		if masked := m.gateway(name, value); masked != "" && strings.Contains(parts[2], "=") {
			return parts[1] + parts[2] + masked
		}
		if kind := m.names[name]; kind != "" {
			if plain, err := url.QueryUnescape(value); err == nil {
				value = plain
			}
			return parts[1] + parts[2] + m.vault.mask(kind, value)
		}
		return s
	})
}

// gateway returns what stands for a parameter that the gateway reads, "" for any other.
func (m *masker) gateway(name, value string) string {
	switch name {
	case paramAppKey:
		if len(value) >= minAppKey {
			m.vault.add(value)
		}
		return maskedAppKey
	case paramTimestamp:
		return maskedTimestamp
	case paramSign:
		m.vault.add(value)
		return maskedSign
	}
	return ""
}

// minAppKey is the length from which on an app key, which is no secret, is looked for where nothing
// names it.
const minAppKey = 8

// query masks a raw query and keeps the order.
func (m *masker) query(raw string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		plain, err2 := url.QueryUnescape(value)
		if errors.Join(err, err2) != nil {
			name, plain = key, value
		}
		if masked := m.gateway(name, plain); masked != "" {
			plain = masked
		} else {
			plain = m.value(name, plain)
		}
		pairs[i] = url.QueryEscape(name) + "=" + url.QueryEscape(plain)
	}
	return strings.Join(pairs, "&")
}

// url masks an address. The ports of servers on this machine are others in each run, and left out.
func (m *masker) url(u *url.URL) string {
	masked := *u
	masked.User, masked.Fragment, masked.RawFragment = nil, "", ""
	masked.RawQuery = m.query(u.RawQuery)
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" ||
		ip != nil && ip.IsLoopback() {
		masked.Host = "localhost"
	}
	return masked.String()
}

func (m *masker) header(h http.Header) http.Header {
	kept := make(http.Header)
	for _, name := range m.headers {
		for _, value := range h.Values(name) {
			kept.Add(name, m.value(name, value))
		}
	}
	return kept
}

// requestBody masks a body that need not be sent again: of what is no text, a hash is left.
func (m *masker) requestBody(body []byte, contentType string) (string, error) {
	mediaType, params, _ := mime.ParseMediaType(contentType)
	switch {
	case len(body) == 0:
		return "", nil
	case mediaType == "multipart/form-data":
		return m.parts(body, params["boundary"])
	case mediaType == "application/x-www-form-urlencoded":
		return m.query(string(body)), nil
	}
	if masked, ok := m.json(body); ok {
		return masked, nil
	}
	return m.text(digest(body)), nil
}

// answerBody masks a body that is given out again.
func (m *masker) answerBody(body []byte) string {
	if masked, ok := m.json(body); ok {
		return masked
	}
	if !utf8.Valid(body) {
		return string(body)
	}
	return m.text(string(body))
}

// maxText is how long a text may be that stands in a file as it is.
const maxText = 1 << 10

// digest returns a short text as it is, and the length and the hash of anything else.
func digest(b []byte) string {
	odd := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }
	if len(b) <= maxText && utf8.Valid(b) && !strings.ContainsFunc(string(b), odd) {
		return string(b)
	}
	return fmt.Sprintf("(%d bytes, SHA-256 %x)", len(b), sha256.Sum256(b))
}

// boundary stands between the parts of an upload in a file.
const boundary = "recorded-part"

// parts writes a multipart body with a boundary that is always the same.
func (m *masker) parts(body []byte, sent string) (string, error) {
	parts, err := readParts(body, sent)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range parts {
		content := p.content
		if p.file == "" {
			content = m.value(p.name, content)
		}
		disposition := map[string]string{"name": p.name}
		if p.file != "" {
			disposition["filename"] = p.file
		}
		fmt.Fprintf(&b, "--%s\nContent-Disposition: %s\n", boundary,
			mime.FormatMediaType("form-data", disposition))
		if p.contentType != "" {
			fmt.Fprintf(&b, "Content-Type: %s\n", p.contentType)
		}
		fmt.Fprintf(&b, "\n%s\n", content)
	}
	fmt.Fprintf(&b, "--%s--\n", boundary)
	return b.String(), nil
}

// part is one part of an upload.
type part struct{ name, file, contentType, content string }

func readParts(body []byte, boundary string) (parts []part, err error) {
	if boundary == "" {
		return nil, errors.New("an upload without a boundary")
	}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return parts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("an upload that cannot be read: %w", err)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, fmt.Errorf("an upload that cannot be read: %w", err)
		}
		parts = append(parts, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"),
			digest(content)})
	}
}

// json masks and indents a JSON document; false if it is none. Order of members and digits of
// numbers stay.
func (m *masker) json(body []byte) (string, bool) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return "", false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	w := &jsonWriter{m: m, dec: dec}
	if err := w.value("", "", 0); err != nil {
		return "", false
	}
	if _, err := dec.Token(); err != io.EOF {
		return "", false
	}
	w.out.WriteByte('\n')
	return w.out.String(), true
}

type jsonWriter struct {
	m   *masker
	dec *json.Decoder
	out strings.Builder
}

// value writes the next value. kind is that of a secret of which it is a part.
func (w *jsonWriter) value(name, kind string, depth int) error {
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return w.group(name, kind, depth, t == '{')
	case string:
		switch {
		case kind == "":
			t = w.m.value(name, t)
		case t != "":
			t = w.m.vault.mask(kind, t)
		}
		w.quote(t)
	case json.Number:
		w.number(name, kind, t.String())
	default: // true, false, null
		fmt.Fprintf(&w.out, "%v", map[any]any{nil: "null", true: "true", false: "false"}[t])
	}
	return nil
}

func (w *jsonWriter) number(name, kind, digits string) {
	masked := digits
	switch {
	case kind != "":
		masked = "0"
	case w.m.redact != nil:
		masked = w.m.redact(name, digits)
	}
	if masked != digits && !json.Valid([]byte(masked)) {
		w.quote(masked)
		return
	}
	w.out.WriteString(masked)
}

func (w *jsonWriter) group(name, kind string, depth int, object bool) error {
	ends := "[]"
	if object {
		ends = "{}"
	}
	w.out.WriteByte(ends[0])
	empty := true
	for ; w.dec.More(); empty = false {
		if !empty {
			w.out.WriteByte(',')
		}
		w.line(depth + 1)
		member, memberKind := name, kind
		if object {
			key, err := w.dec.Token()
			if err != nil {
				return err
			}
			member, _ = key.(string)
			if memberKind == "" {
				memberKind = w.m.names[strings.ToLower(member)]
			}
			w.quote(member)
			w.out.WriteString(": ")
		}
		if err := w.value(member, memberKind, depth+1); err != nil {
			return err
		}
	}
	if !empty {
		w.line(depth)
	}
	w.out.WriteByte(ends[1])
	_, err := w.dec.Token() // the end
	return err
}

func (w *jsonWriter) line(depth int) {
	w.out.WriteByte('\n')
	for range depth {
		w.out.WriteString("  ")
	}
}

func (w *jsonWriter) quote(s string) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string into memory
	w.out.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// sortedNames returns the names of a set in order.
func sortedNames[V any](set map[string]V) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
