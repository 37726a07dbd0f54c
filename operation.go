package tiktokshop

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/go-querystring/query"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Identifier tells which cipher an operation takes. The platform refuses a
// request that lacks the one it needs, and one that carries any other.
//
// Source: https://partner.tiktokshop.com/docv2/page/api-entity-tags
type Identifier uint8

const (
	// NoIdentifier is for operations on a seller, a creator or an account.
	NoIdentifier Identifier = iota
	// ShopCipher is for operations on a shop; see WithShopCipher.
	ShopCipher
	// CategoryAssetCipher is for operations on a partner's category asset; see WithCategoryAssetCipher.
	CategoryAssetCipher
	// ShopOrCategoryAssetCipher is for operations on either: the client's shop cipher is sent, or its category asset cipher if it
	// has no shop cipher.
	ShopOrCategoryAssetCipher
)

// Operation describes one operation of the API. Pass one to Do to call an
// operation, or a version of one, that the SDK has no method for.
type Operation struct {
	// Name stands for the operation in errors and logs, such as "AffiliatePartner.GenerateMultiProductLink".
	Name string
	// Method is the HTTP method.
	Method string
	// Path is the path with its parameters in braces, such as "/order/202309/orders/{order_id}".
	Path string
	// Identifier is the cipher the operation takes.
	Identifier Identifier
	// IdentifierOptional sends the cipher if the client has one and does not insist.
	IdentifierOptional bool
	// Scopes are the access scopes the operation needs, for the error that says one is missing.
	Scopes []string
	// RepeatSafe tells that the operation does no harm when it is done twice, as a search sent as POST. GET needs no mark.
	RepeatSafe bool
	// IdempotencyQuery or IdempotencyBody names the query parameter, or the field of the JSON body, that takes an idempotency
	// key, by which the platform recognises a repeat. A call that has none there gets a random UUID.
	IdempotencyQuery, IdempotencyBody string
	// SecretAnswer tells that the answer holds a secret, such as a token: the Response has no Raw.
	SecretAnswer bool
	// MaxUploadBytes is the most bytes that a File of a request may have; 0 stands for 10 MiB.
	MaxUploadBytes int64
	// Unsigned has neither timestamp nor signature sent, as the URLs want it that the platform gives out for uploads. Such a
	// request may have a File as its Body, and an answer without a code counts by its HTTP status.
	Unsigned bool
	// Retired is the day on which the platform stops the operation, such as "2026-08-15"; "" if none is known. The first call
	// in a process that is made within 60 days of it, or later, logs a warning; see WithLogger.
	Retired string
	// Successor names the method to call instead of a retired operation, such as "finance.GetPayments"; "" if none is known.
	Successor string
}

// Params are the inputs of one call of an Operation.
type Params struct {
	// Path holds a value for each parameter of the operation's path. Only unreserved characters (A-Z a-z 0-9 - . _ ~) are
	// accepted, so that a value can change neither the path nor the signature.
	Path map[string]string
	// Query is a struct with `url` tags (github.com/google/go-querystring) or a
	// url.Values. Empty values are not sent; several values of a key are joined with commas.
	Query any
	// Body is sent as JSON; json.RawMessage is sent as it is. What encodes to null or {} sends no body. A *File is streamed
	// as it is, which the operation must be Unsigned for.
	Body any
	// URL is an absolute URL that the platform gave out, called instead of the operation's path; it must have no query.
	// Only a URL with scheme and host of the client's base URL is called, since the access token goes along.
	URL string
	// Secrets are parameters of the query whose values must not be seen in errors, such as a token for an upload. Only an
	// Unsigned operation takes them.
	Secrets map[string]token.Secret

	checked error // what a method has found that does without Call, for programs that need not link it
}

// inputError is an *InputError of this operation.
func (op *Operation) inputError(field, format string, args ...any) error {
	return &InputError{Operation: op.Name, Field: field, Reason: fmt.Sprintf(format, args...)}
}

// inputErrors are the *InputErrors for what is wrong with an input of this operation.
func (op *Operation) inputErrors(found []bind.Mistake) error {
	if len(found) == 0 {
		return nil
	}
	errs := make([]error, len(found))
	for i, m := range found {
		errs[i] = &InputError{Operation: op.Name, Field: m.Field, Reason: m.Reason}
	}
	return joinErrors(errs...)
}

// validate refuses an Operation that cannot be called.
func (op *Operation) validate() error {
	if op == nil {
		return &InputError{Field: "operation", Reason: "is nil"}
	}
	if op.Name == "" {
		return &InputError{Field: "operation name", Reason: "is empty"}
	}
	switch op.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return op.inputError("method", "is not GET, POST, PUT, PATCH or DELETE")
	}
	if op.Retired != "" {
		if _, err := time.Parse(time.DateOnly, op.Retired); err != nil {
			return op.inputError("retired", "is not a day such as 2026-08-15")
		}
	}
	return nil
}

// expandPath fills the parameters of the path in. lookup has n values.
func (op *Operation) expandPath(n int, lookup func(name string) (value string, ok bool)) (string, error) {
	var b strings.Builder
	b.Grow(len(op.Path) + 16*n)
	rest, used := op.Path, 0
	var wrong []bind.Mistake
	for {
		literal, after, found := strings.Cut(rest, "{")
		if strings.ContainsFunc(literal, func(r rune) bool { return r != '/' && !isUnreserved(r) }) {
			return "", op.inputError("path", "has a character outside A-Z a-z 0-9 - . _ ~ / and {parameters}")
		}
		b.WriteString(literal)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", op.inputError("path", "has an unclosed brace")
		}
		value, _ := lookup(name)
		switch {
		case value == "":
			wrong = append(wrong, bind.Mistake{Field: name, Reason: bind.Missing})
		case !bind.IsPathValue(value):
			wrong = append(wrong, bind.Mistake{Field: name, Reason: bind.PathValue})
		}
		b.WriteString(value)
		rest, used = tail, used+1
	}
	path := b.String()
	switch {
	case len(wrong) > 0:
		return "", op.inputErrors(wrong)
	case used != n:
		return "", op.inputError("path", "has %d parameters, %d values were given", used, n)
	case !strings.HasPrefix(path, "/") || strings.Contains(path, "//"):
		return "", op.inputError("path", "must begin with one slash and have no empty segment")
	case hasDotSegment(path):
		return "", op.inputError("path", "must have no . or .. segment")
	}
	return path, nil
}

func isUnreserved(r rune) bool { return r < utf8.RuneSelf && bind.IsUnreserved(byte(r)) }

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// encodeQuery turns Params.Query into parameters: one value a key, none empty.
func (op *Operation) encodeQuery(q any) ([]param, error) {
	if bind.IsNil(q) {
		return nil, nil
	}
	values, ok := q.(url.Values)
	if !ok {
		var err error
		if values, err = query.Values(q); err != nil {
			return nil, op.inputError("query", "cannot be encoded: %v", err)
		}
	}
	ps := make([]param, 0, len(values)+gatewayParams)
	var found []bind.Mistake
	for key, vs := range values {
		if reason := reservedKey(key); reason != "" {
			found = append(found, bind.Mistake{Field: cmp.Or(key, "query"), Reason: reason})
			continue
		}
		for i, v := range vs {
			if len(vs) > 1 && !bind.FitsList(v) {
				found = append(found, bind.Mistake{Field: fmt.Sprintf("%s[%d]", key, i), Reason: bind.ListElement})
			}
		}
		if value := strings.Join(vs, ","); value != "" {
			ps = append(ps, param{key, value})
		}
	}
	return ps, op.inputErrors(byKey(found))
}

// gatewayParams is how many parameters there can be beside those of an operation: app key, timestamp, cipher, idempotency key.
const gatewayParams = 4

// reservedKey tells why a query cannot have a key, "" if it can.
func reservedKey(key string) string {
	switch key {
	case "":
		return "has an empty key"
	case paramAppKey, paramTimestamp, paramSign, paramAccessToken:
		return "is set by the client and cannot be given in the query"
	case paramShopCipher, paramCategoryAssetCipher:
		return "cannot be given in the query: set the operation's Identifier and the client's option"
	}
	return ""
}

// encodeBody encodes the body once; these bytes are signed and sent.
func (op *Operation) encodeBody(body any) ([]byte, error) {
	if bind.IsNil(body) {
		body = nil
	}
	if op.IdempotencyBody != "" {
		var err error
		if body, err = op.withIdempotencyKey(body); err != nil {
			return nil, err
		}
	}
	if body == nil {
		return nil, nil
	}
	b, err := json.Marshal(body)
	if raw, ok := body.(json.RawMessage); ok {
		b = raw // valid, and as the caller wrote it
	}
	if err != nil {
		return nil, op.inputError("body", "cannot be encoded as JSON: %v", err)
	}
	if s := string(b); s == "null" || s == "{}" {
		return nil, nil
	}
	return b, nil
}

// appendIdentifier adds the cipher that the operation takes, if any.
func (op *Operation) appendIdentifier(ps []param, cfg *config) ([]param, error) {
	shop, asset := param{paramShopCipher, cfg.shopCipher}, param{paramCategoryAssetCipher, cfg.categoryAssetCipher}
	var sent param
	var field, option string
	switch op.Identifier {
	case NoIdentifier:
		return ps, nil
	case ShopCipher:
		sent, field, option = shop, "shop cipher", "WithShopCipher"
	case CategoryAssetCipher:
		sent, field, option = asset, "category asset cipher", "WithCategoryAssetCipher"
	case ShopOrCategoryAssetCipher:
		sent, field, option = shop, "shop cipher or category asset cipher", "WithShopCipher or WithCategoryAssetCipher"
		if shop.value == "" {
			sent = asset
		}
	default:
		return nil, op.inputError("identifier", "is not one of the Identifier constants")
	}
	if sent.value != "" {
		return append(ps, sent), nil
	}
	if op.IdentifierOptional {
		return ps, nil
	}
	return nil, op.inputError(field, "is missing: the operation needs one, set it with %s", option)
}

// encode takes path, query and body from the params of a call.
func (inv *invocation) encode(params *Params) (err error) {
	op := inv.op
	lookup := func(name string) (string, bool) {
		value, ok := params.Path[name]
		return value, ok
	}
	if params.checked != nil {
		return params.checked
	}
	if params.URL != "" {
		inv.path, err = inv.pathOfURL(params)
	} else {
		inv.path, err = op.expandPath(len(params.Path), lookup)
	}
	var queryErr, bodyErr error
	inv.params, queryErr = op.encodeQuery(params.Query)
	secretErr := inv.hide(params.Secrets)
	file, isFile := params.Body.(*File)
	switch {
	case !isFile:
		inv.body, bodyErr = op.encodeBody(params.Body)
	case file == nil:
	case !op.Unsigned:
		bodyErr = op.inputError("body", "is a File, which only an Unsigned operation takes: a signature covers the body")
	default:
		var found []bind.Mistake
		inv.upload, found = file.raw(op.maxUpload())
		bodyErr = op.inputErrors(found)
	}
	return joinErrors(err, queryErr, secretErr, bodyErr)
}

// pathOfURL returns the path of the URL to call, and refuses one that is not the platform's.
func (inv *invocation) pathOfURL(params *Params) (string, error) {
	u, err := url.Parse(params.URL)
	switch {
	case len(params.Path) > 0:
		return "", inv.op.inputError("path", "must not be given beside a URL")
	case err != nil: // which quotes the URL
		return "", inv.op.inputError("URL", "cannot be parsed")
	case !strings.EqualFold(u.Scheme, inv.cfg.scheme) || !strings.EqualFold(u.Host, inv.cfg.host):
		return "", inv.op.inputError("URL", "has another scheme or host than the client's base URL, where the access token must not go")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", inv.op.inputError("URL", "must have no user information, query or fragment")
	}
	literal := Operation{Name: inv.op.Name, Path: u.EscapedPath()}
	path, err := literal.expandPath(0, func(string) (string, bool) { return "", false })
	if err != nil {
		return "", inv.op.inputError("URL", "has a path with a character outside A-Z a-z 0-9 - . _ ~ / or with a . or .. or empty segment")
	}
	return path, nil
}

// hide takes the parameters whose values are secrets.
func (inv *invocation) hide(secrets map[string]token.Secret) error {
	var found []bind.Mistake
	for key, value := range secrets {
		reason := reservedKey(key)
		switch {
		case !inv.op.Unsigned:
			reason = "is a secret parameter, which only an Unsigned operation takes"
		case reason == "" && value.IsZero():
			reason = bind.Missing
		case slices.ContainsFunc(inv.params, func(p param) bool { return p.key == key }):
			reason = "is given twice"
		}
		if reason != "" {
			found = append(found, bind.Mistake{Field: cmp.Or(key, "query"), Reason: reason})
		}
		inv.hidden = append(inv.hidden, hiddenParam{key, value})
	}
	return inv.op.inputErrors(byKey(found))
}

// byKey gives an order to what has been found in a map.
func byKey(found []bind.Mistake) []bind.Mistake {
	slices.SortStableFunc(found, func(a, b bind.Mistake) int {
		keyOfA, _, _ := strings.Cut(a.Field, "[")
		keyOfB, _, _ := strings.Cut(b.Field, "[")
		return strings.Compare(keyOfA, keyOfB)
	})
	return found
}

// takesIdempotencyKey tells whether the platform recognises a repeat of the operation by a key.
func (op *Operation) takesIdempotencyKey() bool {
	return op.IdempotencyQuery != "" || op.IdempotencyBody != ""
}

// addIdempotencyKey makes a key for the query of a call that takes one there, unless the caller gave one. All attempts of
// the call send the same key, as they do with one in the body.
func (inv *invocation) addIdempotencyKey() error {
	op := inv.op
	if key := op.IdempotencyQuery; key != "" && !slices.ContainsFunc(inv.params, func(p param) bool { return p.key == key }) {
		inv.params = append(inv.params, param{key, newUUID()})
	}
	if op.IdempotencyBody != "" && inv.upload != nil {
		return op.inputError("body", "must be JSON: the operation takes %s in it", op.IdempotencyBody)
	}
	return nil
}

// withIdempotencyKey returns a body that is not encoded yet with a key in it: the caller's, or one of its own.
// JSON of the caller's is sent as it is, so that it must have one.
func (op *Operation) withIdempotencyKey(body any) (any, error) {
	name := op.IdempotencyBody
	keyed, known := bind.WithText(body, name, newUUID)
	if known {
		return keyed, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return body, nil // as its encoding will tell
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return nil, op.inputError("body", "must be a JSON object: the operation takes %s in it", name)
	}
	switch string(fields[name]) {
	case "", "null", `""`:
		return nil, op.inputError(name, "%s: JSON of your own is sent as it is, and needs an idempotency key", bind.Missing)
	}
	return body, nil
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
