package tiktokshop

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/form"
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
	// CategoryAssetCipher is for operations on a category asset; see WithCategoryAssetCipher.
	CategoryAssetCipher
	// ShopOrCategoryAssetCipher is for operations on either: the client's shop cipher is sent, or
	// its category asset cipher if it has no shop cipher.
	ShopOrCategoryAssetCipher
)

// Operation describes one operation of the API. Pass one to Do to call an
// operation, or a version of one, that the SDK has no method for.
type Operation struct {
	// Name stands for the operation in errors and logs, such as "order.GetOrderList".
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
	// RepeatSafe tells that a repeat does no harm, as of a search sent as POST. GET needs no mark.
	RepeatSafe bool
	// IdempotencyQuery or IdempotencyBody names the query parameter, or the field of the JSON body,
	// that takes an idempotency key, by which the platform recognises a repeat. A call that has
	// none there gets a random UUID.
	IdempotencyQuery, IdempotencyBody string
	// SecretAnswer tells that the answer holds a secret, such as a token: the Response has no Raw.
	SecretAnswer bool
	// MaxUploadBytes is the most bytes that a File of a request may have; 0 stands for 10 MiB.
	MaxUploadBytes int64
	// Unsigned has neither timestamp nor signature sent, as the URLs want it that the platform
	// gives out for uploads. Such a request may have a File as its Body, and an answer without a
	// code counts by its HTTP status.
	Unsigned bool
	// Retired is the day on which the platform stops the operation, such as "2026-08-15"; "" if
	// none is known. The first call in a process that is made within 60 days of it, or later, logs
	// a warning; see WithLogger.
	Retired string
	// Successor names the method to call instead of a retired operation, "" if none is known.
	Successor string
}

// Params are the inputs of one call of an Operation.
type Params struct {
	// Path holds a value for each parameter of the operation's path. Only unreserved characters
	// (A-Z a-z 0-9 - . _ ~) are accepted: a value can change neither path nor signature.
	Path map[string]string
	// Query is a struct with `url` tags (github.com/google/go-querystring) or a
	// url.Values. Empty values are not sent; several values of a key are joined with commas.
	Query any
	// Body is sent as JSON; json.RawMessage is sent as it is. What encodes to null or {} sends no
	// body. A *File is streamed as it is, which the operation must be Unsigned for.
	Body any
	// URL is an absolute URL that the platform gave out, without a query, called instead of the
	// path. It must have scheme and host of the client's base URL, since the access token goes
	// along.
	URL string
	// Secrets are parameters of the query whose values must not be seen in errors, such as a token
	// for an upload. Only an Unsigned operation takes them.
	Secrets map[string]token.Secret
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

// gatewayParams are those beside an operation's: app key, timestamp, cipher, idempotency key.
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

// appendIdentifier adds the cipher that the operation takes, if any.
func (op *Operation) appendIdentifier(ps []bind.Param, cfg *config) ([]bind.Param, error) {
	shop, asset := bind.Param{Key: paramShopCipher, Value: cfg.shopCipher},
		bind.Param{Key: paramCategoryAssetCipher, Value: cfg.categoryAssetCipher}
	var sent bind.Param
	var field, option string
	switch op.Identifier {
	case NoIdentifier:
		return ps, nil
	case ShopCipher:
		sent, field, option = shop, "shop cipher", "WithShopCipher"
	case CategoryAssetCipher:
		sent, field, option = asset, "category asset cipher", "WithCategoryAssetCipher"
	case ShopOrCategoryAssetCipher:
		sent, field, option = shop, "shop cipher or category asset cipher",
			"WithShopCipher or WithCategoryAssetCipher"
		if shop.Value == "" {
			sent = asset
		}
	default:
		return nil, op.inputError("identifier", "is not one of the Identifier constants")
	}
	if sent.Value != "" {
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
	switch {
	case params.URL == "":
		err = inv.expand(len(params.Path), lookup)
	case len(params.Path) > 0:
		err = op.inputError("path", "must not be given beside a URL")
	default:
		var reason string
		if inv.path, reason = bind.PathOfURL(params.URL, inv.cfg.scheme,
			inv.cfg.host); reason != "" {
			err = op.inputError("URL", "%s", reason)
		}
	}
	var queryErr, bodyErr error
	query, wrong := bind.Query(params.Query, reservedKey, gatewayParams)
	inv.params, queryErr = query, op.inputErrors(wrong)
	secretErr := inv.hide(params.Secrets)
	file, isFile := params.Body.(*File)
	switch {
	case !isFile:
		bodyErr = inv.encodeBody(params.Body)
	case file == nil:
	case !op.Unsigned:
		bodyErr = op.inputError("body",
			"is a File, which only an Unsigned operation takes: a signature covers the body")
	default:
		var found []bind.Mistake
		inv.upload, found = (*form.File)(file).Alone("Body", op.maxUpload())
		bodyErr = op.inputErrors(found)
	}
	return joinErrors(err, queryErr, secretErr, bodyErr)
}

// encodeBody encodes the body once; these bytes are signed and sent.
func (inv *invocation) encodeBody(body any) error {
	encoded, wrong := bind.JSON(body, inv.op.IdempotencyBody)
	inv.body = encoded
	return inv.op.inputErrors(wrong)
}

// expand fills in the path, of which lookup has n values.
func (inv *invocation) expand(n int, lookup func(name string) (value string, ok bool)) error {
	path, wrong := bind.Path(inv.op.Path, n, lookup)
	inv.path = path
	return inv.op.inputErrors(wrong)
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
		case slices.ContainsFunc(inv.params, func(p bind.Param) bool { return p.Key == key }):
			reason = "is given twice"
		}
		if reason != "" {
			found = append(found, bind.Mistake{Field: cmp.Or(key, "query"), Reason: reason})
		}
		inv.hidden = append(inv.hidden, hiddenParam{key, value})
	}
	return inv.op.inputErrors(bind.ByKey(found))
}

// takesIdempotencyKey tells whether the platform recognises a repeat of the operation by a key.
func (op *Operation) takesIdempotencyKey() bool {
	return op.IdempotencyQuery != "" || op.IdempotencyBody != ""
}

// addIdempotencyKey makes a key for the query of a call that takes one there, unless the caller
// gave one. All attempts of the call send the same key, as they do with one in the body.
func (inv *invocation) addIdempotencyKey() error {
	op := inv.op
	if key := op.IdempotencyQuery; key != "" &&
		!slices.ContainsFunc(inv.params, func(p bind.Param) bool { return p.Key == key }) {
		inv.params = append(inv.params, bind.Param{Key: key, Value: bind.UUID()})
	}
	if op.IdempotencyBody != "" && inv.upload != nil {
		return op.inputError("body", "must be JSON: the operation takes %s in it",
			op.IdempotencyBody)
	}
	return nil
}
