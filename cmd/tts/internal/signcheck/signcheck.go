// Package signcheck finds out why the signature of a request is refused: it signs the request
// rightly and, where that is not what was given, in the ways that programs get wrong, until one
// gives the given signature.
package signcheck

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/operations"
)

// Request is what was sent.
type Request struct {
	Method string
	// URL is as it went out, its query with its encoding and order.
	URL string
	// ContentType and AccessToken are headers.
	ContentType string
	AccessToken string
	// AppKey is that of the secret, "" if it is not known.
	AppKey string
	// Body is what was sent, byte for byte. It is not looked at for multipart/form-data.
	Body []byte
}

// Finding is something wrong with a request.
type Finding struct {
	// Cause is a short name, such as "body not signed".
	Cause string `json:"cause"`
	// Detail says what is wrong and what to do.
	Detail string `json:"detail"`
}

// Report is what was found out.
type Report struct {
	// Right tells that the given signature is the right one. There may be findings all the same,
	// which the platform refuses the request for.
	Right bool `json:"signature_right"`
	// StringToSign has {app_secret} for the secret.
	StringToSign string `json:"string_to_sign"`
	Given        string `json:"given"`
	Wanted       string `json:"wanted"`
	// Operation is the one that the path is of, "" if it is not known.
	Operation string    `json:"operation,omitzero"`
	Findings  []Finding `json:"findings"`
}

// param is a parameter of the query as it was sent.
type param struct {
	rawKey, rawValue string // encoded
	key, value       string // decoded
}

// Check looks at a request with the app's secret. at is the time it was sent.
func Check(r Request, secret string, at time.Time) (*Report, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Path == "" || u.Host == "" {
		return nil, fmt.Errorf("the URL must be whole, with https://, host, path and query")
	}
	params, err := parse(u.RawQuery)
	if err != nil {
		return nil, err
	}
	c := &check{request: r, url: u, params: params, secret: strings.TrimRight(secret, "\r\n \t"),
		typed: secret}
	in := tiktokshop.SignInput{Path: u.Path, Query: u.Query(), ContentType: r.ContentType,
		Body: r.Body}
	signer, err := tiktokshop.NewSigner("unused", c.secret)
	if err != nil {
		return nil, fmt.Errorf("the app secret is empty or has white space inside")
	}
	report := &Report{
		StringToSign: in.StringToSign(), Given: u.Query().Get("sign"), Wanted: signer.Sign(in),
		Findings: []Finding{},
	}
	c.report = report
	report.Right = report.Given == report.Wanted
	if c.secret != c.typed {
		c.find("white space in the secret",
			"The secret that you gave here ends with white space, such as the line end of a file. It was left out for this check; a program has to leave it out as well.")
	}
	switch {
	case report.Given == "":
		c.find("no signature", "The query has no sign.")
	case r.AppKey != "" && c.value("app_key") != "" && c.value("app_key") != r.AppKey:
		c.find("app_key of another app",
			"The request is of the app %s, and the secret here is that of %s.", c.value("app_key"),
			r.AppKey)
	case !report.Right && !c.search():
		defer c.guess() // what is plainly wrong comes first
	}
	c.lookAround(at)
	return report, nil
}

// parse takes a query apart and keeps its order and encoding.
func parse(raw string) ([]param, error) {
	var params []param
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		p := param{rawKey: key, rawValue: value}
		var err error
		if p.key, err = url.QueryUnescape(key); err == nil {
			p.value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, fmt.Errorf(
				"the query cannot be decoded: a %% has to be followed by two hexadecimal digits")
		}
		params = append(params, p)
	}
	return params, nil
}

type check struct {
	request Request
	url     *url.URL
	params  []param
	secret  string
	typed   string
	report  *Report
}

func (c *check) find(cause, format string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{cause, fmt.Sprintf(format, args...)})
}

// has tells whether the query has a parameter.
func (c *check) has(key string) bool {
	return slices.ContainsFunc(c.params, func(p param) bool { return p.key == key })
}

func (c *check) value(key string) string {
	for _, p := range c.params {
		if p.key == key {
			return p.value
		}
	}
	return ""
}

// multipart tells that the body is not signed.
func (c *check) multipart() bool {
	mediaType, _, _ := mime.ParseMediaType(c.request.ContentType)
	return mediaType == "multipart/form-data"
}

// search tries wrong ways of signing: one thing wrong first, then two at once.
func (c *check) search() (found bool) {
	given := c.report.Given
	dimensions := [][]variant{c.secrets(), c.schemes(), c.paths(), c.queries(), c.bodies(),
		c.encodings()}
	right := make([]variant, len(dimensions))
	for i, d := range dimensions {
		right[i] = d[0]
	}
	// with tells whether some variants give the given signature, and reports them.
	with := func(chosen []variant, wrong ...variant) bool {
		if sign(chosen) != given {
			return false
		}
		for _, w := range wrong {
			c.report.Findings = append(c.report.Findings, w.Finding)
		}
		return true
	}
	for i, d := range dimensions {
		for _, v := range d[1:] {
			chosen := slices.Clone(right)
			if chosen[i] = v; with(chosen, v) {
				return true
			}
		}
	}
	for i, first := range dimensions {
		for j := i + 1; j < len(dimensions); j++ {
			for _, v := range first[1:] {
				for _, w := range dimensions[j][1:] {
					chosen := slices.Clone(right)
					if chosen[i], chosen[j] = v, w; with(chosen, v, w) {
						return true
					}
				}
			}
		}
	}
	return false
}

// guess is for signatures that no known mistake explains.
func (c *check) guess() {
	given := c.report.Given
	if raw, err := hex.DecodeString(given); err != nil || len(raw) != sha256.Size {
		c.find("no SHA-256",
			"The given signature has another form than 64 hexadecimal digits: it was not made by HMAC-SHA256, or was cut off.")
		return
	}
	if len(c.request.Body) == 0 && c.request.Method != "GET" && !c.multipart() {
		c.find("body missing here",
			"No body was given to this check, and a %s mostly has one, which the signature covers: give it on stdin, or with the curl line.", c.request.Method)
	}
	c.find("wrong secret",
		"No known mistake gives this signature with this secret. Most likely it was made with the secret of another app (the request's app_key is %s), or path, query or body changed after it was signed: compare the string to sign with what your program signed.", c.value("app_key"))
}

// variant is a way to make one ingredient of a signature; the first of each list is the right one.
type variant struct {
	Finding
	secret string
	scheme func(secret, text string) string // hexadecimal digits
	path   string
	query  string
	body   string
	encode func(string) string
}

// sign makes a signature of one variant each of secret, scheme, path, query, body and encoding.
func sign(v []variant) string {
	return v[5].encode(v[1].scheme(v[0].secret, v[2].path+v[3].query+v[4].body))
}

func (c *check) secrets() []variant {
	list := []variant{{secret: c.secret}}
	for _, w := range []struct{ cause, after, what string }{
		{"line end in the secret", "\n", "a line end, as a file that was read has"},
		{"line end in the secret", "\r\n", "a line end, as a file from Windows has"},
		{"space in the secret", " ", "a space"},
	} {
		list = append(list, variant{
			Finding: Finding{w.cause, "The request was signed with the app secret and " + w.what +
				" behind it: trim it before it is used."}, secret: c.secret + w.after,
		})
	}
	for _, quote := range []string{`"`, "'"} {
		list = append(list, variant{
			Finding: Finding{"quotes in the secret",
				"The request was signed with the app secret in quotes, as an .env file may have it: take them off."}, secret: quote + c.secret + quote,
		})
	}
	return append(list,
		variant{Finding: Finding{"empty secret",
			"The request was signed with an empty secret: the variable that it comes from is not set."}})
}

func keyed(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func (c *check) schemes() []variant {
	one := func(cause, detail string, scheme func(secret, text string) string) variant {
		return variant{Finding: Finding{cause, detail}, scheme: scheme}
	}
	return []variant{
		one("", "", func(s, t string) string { return keyed(s, s+t+s) }),
		one("secret not around the text",
			"The text was signed without the secret in front of it and behind it: both are needed, beside the secret as key of the HMAC.",
			func(s, t string) string { return keyed(s, t) }),
		one("secret in front only", "The secret is in front of the text, and not behind it.",
			func(s, t string) string { return keyed(s, s+t) }),
		one("secret behind only", "The secret is behind the text, and not in front of it.",
			func(s, t string) string { return keyed(s, t+s) }),
		one("no HMAC",
			"The signature is a plain SHA-256: it has to be an HMAC-SHA256 with the secret as its key.", func(s, t string) string {
				sum := sha256.Sum256([]byte(s + t + s))
				return hex.EncodeToString(sum[:])
			}),
	}
}

func (c *check) paths() []variant {
	path := c.url.Path
	list := []variant{{path: path}}
	add := func(cause, detail, wrong string) {
		if wrong != path {
			list = append(list, variant{Finding: Finding{cause, detail}, path: wrong})
		}
	}
	add("path not signed", "The path is not in what was signed.", "")
	add("path without slash", "The path was signed without the slash in front of it.",
		strings.TrimPrefix(path, "/"))
	add("slash behind the path", "The path was signed with a slash behind it.", path+"/")
	add("slash behind the path", "The path was sent with a slash behind it, and signed without.",
		strings.TrimSuffix(path, "/"))
	add("host signed", "The host is in what was signed: it begins with the path.", c.url.Host+path)
	add("host signed", "Scheme and host are in what was signed: it begins with the path.",
		c.url.Scheme+"://"+c.url.Host+path)
	add("encoded path", "The path was signed as it is encoded in the URL: it has to be decoded.",
		c.url.EscapedPath())
	add("method signed", "The HTTP method is in what was signed.", c.request.Method+path)
	return list
}

// join makes the part of the string to sign that the query is of.
func join(params []param, each func(param) string) string {
	var b strings.Builder
	for _, p := range params {
		b.WriteString(each(p))
	}
	return b.String()
}

func plain(p param) string { return p.key + p.value }

// signed are the parameters that a signature covers, in signing order; of a repeated one the first.
func (c *check) signed() []param {
	var ps []param
	for _, p := range c.params {
		if p.key != "sign" && p.key != "access_token" &&
			!slices.ContainsFunc(ps, func(q param) bool { return q.key == p.key }) {
			ps = append(ps, p)
		}
	}
	slices.SortStableFunc(ps, func(a, b param) int { return strings.Compare(a.key, b.key) })
	return ps
}

func (c *check) queries() []variant {
	ps := c.signed()
	right := join(ps, plain)
	list := []variant{{query: right}}
	add := func(cause, detail, wrong string) {
		if wrong != right {
			list = append(list, variant{Finding: Finding{cause, detail}, query: wrong})
		}
	}
	sent := slices.DeleteFunc(slices.Clone(c.params),
		func(p param) bool { return p.key == "sign" || p.key == "access_token" })
	add("order of the parameters",
		"The parameters were signed in the order in which they were sent: sort them by their names.", join(sent, plain))
	backwards := slices.Clone(ps)
	slices.Reverse(backwards)
	add("order of the parameters",
		"The parameters were signed in descending order of their names: sort them upwards.",
		join(backwards, plain))
	byValue := slices.Clone(ps)
	slices.SortStableFunc(byValue,
		func(a, b param) int { return strings.Compare(plain(a), plain(b)) })
	add("order of the parameters",
		"The parameters were sorted by name and value together: sort by the names alone.",
		join(byValue, plain))

	withToken := slices.Clone(ps)
	for _, p := range c.params {
		if p.key == "access_token" {
			withToken = append(withToken, p)
		}
	}
	if c.request.AccessToken != "" && len(withToken) == len(ps) {
		withToken = append(withToken, param{key: "access_token", value: c.request.AccessToken})
	}
	slices.SortStableFunc(withToken, func(a, b param) int { return strings.Compare(a.key, b.key) })
	add("access token signed",
		"access_token is in what was signed: it is left out, and belongs into the header x-tts-access-token.", join(withToken, plain))
	withSign := append(slices.Clone(ps), param{key: "sign"})
	slices.SortStableFunc(withSign, func(a, b param) int { return strings.Compare(a.key, b.key) })
	add("sign signed", "The parameter sign is in what was signed, with no value: leave it out.",
		join(withSign, plain))

	add("plus sign for a space",
		"A value was signed with a plus sign where it has been sent as one, which stands for a space in a query: encode it as %2B.",
		join(ps, func(p param) string { return p.key + strings.ReplaceAll(p.value, " ", "+") }))
	add("encoded query signed",
		"The values were signed as they are encoded in the URL: sign them decoded.",
		join(ps, func(p param) string { return p.rawKey + p.rawValue }))
	add("query encoded twice",
		"The query was encoded twice: a value was signed as it is, and sent with its percent signs encoded once more.", join(ps, func(p param) string {
			value, err := url.QueryUnescape(p.value)
			if err != nil {
				return plain(p)
			}
			return p.key + value
		}))
	add("separators signed",
		"The parameters were signed as key=value, joined by &: names and values follow each other without anything between.",
		strings.TrimPrefix(join(ps, func(p param) string { return "&" + p.key + "=" + p.value }),
			"&"))
	add("separators signed",
		"The parameters were signed as key=value: names and values follow each other without anything between.",
		join(ps, func(p param) string { return p.key + "=" + p.value }))
	add("query not signed", "The query is not in what was signed.", "")

	for i, left := range ps {
		without := slices.Delete(slices.Clone(ps), i, i+1)
		cause := "parameter added after signing"
		if left.key == "shop_cipher" || left.key == "category_asset_cipher" {
			cause = "cipher added after signing"
		}
		if left.key == "timestamp" || left.key == "app_key" {
			cause = left.key + " not signed"
		}
		add(cause, left.key+" is in the query and not in what was signed: add it before the request is signed.", join(without, plain))
	}
	return append(list, c.otherTimes(ps)...)
}

// otherTimes are timestamps that were made anew after the request was signed, or in another unit.
func (c *check) otherTimes(ps []param) (list []variant) {
	i := slices.IndexFunc(ps, func(p param) bool { return p.key == "timestamp" })
	if i < 0 {
		return nil
	}
	sent, err := strconv.ParseInt(ps[i].value, 10, 64)
	if err != nil {
		return nil
	}
	add := func(detail, value string) {
		other := slices.Clone(ps)
		other[i].value = value
		list = append(list, variant{Finding: Finding{"another timestamp signed", detail},
			query: join(other, plain)})
	}
	for d := int64(1); d <= 300; d++ {
		for _, at := range []int64{sent - d, sent + d} {
			add(fmt.Sprintf("The request was signed with timestamp %d and sent with %d: use one value for both.", at, sent), strconv.FormatInt(at, 10))
		}
	}
	return list
}

func (c *check) encodings() []variant {
	same := func(s string) string { return s }
	return []variant{
		{encode: same},
		{Finding: Finding{"capital letters",
			"The signature has capital letters: its hexadecimal digits have to be small."}, encode: strings.ToUpper},
		{Finding: Finding{"base64",
			"The signature is in base64: it has to be in hexadecimal digits."}, encode: func(
			s string,
		) string {
			raw, _ := hex.DecodeString(s) // was made by us
			return base64.StdEncoding.EncodeToString(raw)
		}},
	}
}

// lookAround finds what the platform refuses a request for whose signature is right.
func (c *check) lookAround(at time.Time) {
	for _, key := range []string{"app_key", "timestamp"} {
		if c.value(key) == "" {
			c.find(key+" missing", "The query has no %s.", key)
		}
	}
	if c.has("access_token") {
		c.find("access token in the query",
			"access_token is in the query, where logs keep it and the platform does not look: send it in the header x-tts-access-token.")
	}
	c.lookAtTime(at)
	c.lookAtOperation()
	seen := make(map[string]bool)
	for _, p := range c.params {
		if seen[p.key] {
			c.find("parameter repeated",
				"%s is in the query more than once: join its values with commas.", p.key)
		}
		seen[p.key] = true
	}
}

// How far a timestamp may be off.
const (
	maxAge   = 5 * time.Minute
	maxAhead = 30 * time.Second
)

func (c *check) lookAtTime(at time.Time) {
	text := c.value("timestamp")
	if text == "" {
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		c.find("timestamp", "The timestamp is no whole number: it has to be in Unix seconds.")
		return
	case len(text) == 13:
		c.find("timestamp in milliseconds",
			"The timestamp is in milliseconds: it has to be in seconds.")
		return
	}
	off := at.Sub(time.Unix(n, 0)).Round(time.Second)
	switch {
	case off > maxAge:
		c.find("clock",
			"The timestamp is %v old, and the platform takes 5 minutes: set the clock of the machine, or sign right before sending. If the request is an old one, say with --at when it was sent.", off)
	case off < -maxAhead:
		c.find("clock",
			"The timestamp is %v ahead, and the platform takes 30 seconds: set the clock of the machine.", -off)
	}
}

// lookAtOperation looks for ciphers where they do not belong.
func (c *check) lookAtOperation() {
	op := operationOf(c.request.Method, c.url.Path)
	if op == nil {
		return
	}
	c.report.Operation = op.Name
	shop, asset := c.has("shop_cipher"), c.has("category_asset_cipher")
	takesShop := op.Identifier == tiktokshop.ShopCipher ||
		op.Identifier == tiktokshop.ShopOrCategoryAssetCipher
	takesAsset := op.Identifier == tiktokshop.CategoryAssetCipher ||
		op.Identifier == tiktokshop.ShopOrCategoryAssetCipher
	if shop && !takesShop {
		c.find("cipher where none belongs",
			"%s takes no shop_cipher: the platform refuses a request that has one.", op.Name)
	}
	if asset && !takesAsset {
		c.find("cipher where none belongs",
			"%s takes no category_asset_cipher: the platform refuses a request that has one.",
			op.Name)
	}
	if !shop && !asset && !op.IdentifierOptional && (takesShop || takesAsset) {
		which := "shop_cipher"
		if takesAsset {
			which = "category_asset_cipher"
		}
		c.find("cipher missing", "%s needs a %s.", op.Name, which)
	}
}

// operationOf finds the operation that a path is of.
func operationOf(method, path string) *operations.Operation {
	segments := strings.Split(path, "/")
	for op := range operations.All() {
		if op.Method != method {
			continue
		}
		wanted := strings.Split(op.Path, "/")
		if len(wanted) == len(segments) && matches(wanted, segments) {
			return op
		}
	}
	return nil
}

func matches(template, segments []string) bool {
	for i, s := range template {
		if !strings.HasPrefix(s, "{") && s != segments[i] {
			return false
		}
	}
	return true
}
