package contract

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// What the test's client proves itself with.
const (
	appKey, appSecret = "29a39d", "e59af819cc"
	token             = "GCP_contract-token"
	shopCipher        = "ROW_contract=shop"
	assetCipher       = "GCP_contract=asset"
)

var sentAt = time.Unix(1623812664, 0)

// recipient is a server that takes one request after the other, checks each, and answers with an
// example.
type recipient struct {
	t        *testing.T
	contract *Transport
	URL      string

	mu       sync.Mutex
	op       *facts.Operation
	sent     *facts.Request
	received int
}

func newRecipient(t *testing.T, contract *Transport) *recipient {
	r := &recipient{t: t, contract: contract}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	r.URL = srv.URL
	return r
}

// client has both ciphers and calls the recipient.
func (r *recipient) client() *tiktokshop.Client {
	client, err := tiktokshop.NewClient(appKey, appSecret, tiktokshop.WithBaseURL(r.URL),
		tiktokshop.WithAccessToken(token),
		tiktokshop.WithShopCipher(shopCipher), tiktokshop.WithCategoryAssetCipher(assetCipher),
		tiktokshop.WithoutRetry(),
		tiktokshop.WithClock(func() time.Time { return sentAt }))
	require.NoError(r.t, err)
	return client
}

// expect says what the next request is; with sent nil, its content is for the contract alone to
// judge.
func (r *recipient) expect(op *facts.Operation, sent *facts.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.op, r.sent, r.received = op, sent, 0
}

func (r *recipient) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received
}

func (r *recipient) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.received++
	id := r.op.OperationID
	body, err := io.ReadAll(req.Body)
	assert.NoError(r.t, err, id)
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	if len(body) == 0 {
		req.Body = nil
	}
	if _, err := r.contract.checkRequest(req); err != nil {
		r.t.Error(err)
	}
	problems := slices.Concat(checkGateway(req, body), r.checkCipher(req.URL.Query()))
	if r.sent != nil {
		problems = append(problems, r.checkContent(req, body)...)
	}
	for _, problem := range problems {
		r.t.Errorf("%s: %s", id, problem)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mustEncode(
		map[string]any{"code": 0, "message": "Success", "request_id": "1",
			"data": r.op.ExampleData()}))
}

// checkGateway checks what every request has: key, time, signature, token and content type.
func checkGateway(req *http.Request, body []byte) (problems []string) {
	query := req.URL.Query()
	for key, values := range query {
		if len(values) != 1 || values[0] == "" {
			problems = append(problems,
				fmt.Sprintf("the query has %d values of %s, or an empty one", len(values), key))
		}
	}
	mediaType, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	multipart := mediaType == "multipart/form-data"
	for problem, is := range map[string]bool{
		"the content type is neither JSON nor multipart": err != nil ||
			mediaType != "application/json" && (!multipart || params["boundary"] == ""),
		"the signature is wrong": query.Get("sign") != signature(req, query,
			body, multipart),
		"the app key is wrong": query.Get("app_key") != appKey,
		"the timestamp is wrong": query.Get(
			"timestamp") != strconv.FormatInt(sentAt.Unix(), 10),
		"the token is wrong": !slices.Equal(
			req.Header.Values("X-Tts-Access-Token"), []string{token}),
		"the token is in the query": query.Has("access_token"),
	} {
		if is {
			problems = append(problems, problem)
		}
	}
	return problems
}

// signature is that of a request as the platform's documents have it, computed here from what
// arrived: the secret, the path, each key with its decoded value in the order of the keys but for
// sign and access_token, the body unless it is multipart, and the secret again.
func signature(req *http.Request, query url.Values, body []byte, multipart bool) string {
	keys := make([]string, 0, len(query))
	for key := range query {
		if key != "sign" && key != "access_token" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	text := []byte(appSecret + req.URL.Path)
	for _, key := range keys {
		text = append(append(text, key...), query[key][0]...)
	}
	if !multipart {
		text = append(text, body...)
	}
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(append(text, appSecret...))
	return hex.EncodeToString(mac.Sum(nil))
}

// checkCipher: the operation gets the cipher it takes and no other.
func (r *recipient) checkCipher(query url.Values) []string {
	want := make(url.Values)
	switch r.op.Identifier {
	case facts.ShopCipher, facts.EitherCipher: // the client has both
		want.Set("shop_cipher", shopCipher)
	case facts.CategoryAssetCipher:
		want.Set("category_asset_cipher", assetCipher)
	}
	for _, key := range []string{"shop_cipher", "category_asset_cipher"} {
		if !slices.Equal(query[key], want[key]) {
			return []string{fmt.Sprintf("%s is %q, want %q", key, query[key], want[key])}
		}
	}
	return nil
}

// gatewayKeys are no inputs of operations.
var gatewayKeys = []string{"app_key", "timestamp", "sign", "shop_cipher", "category_asset_cipher"}

// checkContent compares what arrived with what was meant.
func (r *recipient) checkContent(req *http.Request, body []byte) (problems []string) {
	path := r.op.Path
	for name, value := range r.sent.Path {
		path = strings.Replace(path, "{"+name+"}", facts.WireText(value), 1)
	}
	if req.URL.Path != path || req.Method != r.op.Method {
		problems = append(problems, fmt.Sprintf("%s %s arrived, want %s %s", req.Method,
			req.URL.Path, r.op.Method, path))
	}
	meant, got := make(map[string]any), make(map[string]any)
	for name, value := range r.sent.Query {
		meant[name] = facts.WireText(value)
	}
	for name, values := range req.URL.Query() {
		if !slices.Contains(gatewayKeys, name) && !r.isGenerated(name, r.sent.Query) {
			got[name] = values[0]
		}
	}
	problems = append(problems, differences("query", meant, got)...)
	switch {
	case r.op.Multipart():
		return append(problems, r.checkParts(req, body)...)
	case len(body) == 0 && r.sent.Body == nil:
		return problems
	}
	arrived, err := plain(body)
	if err != nil {
		return append(problems, "the body is no JSON: "+err.Error())
	}
	if fields, ok := arrived.(map[string]any); ok {
		for name := range fields {
			if r.isGenerated(name, r.sent.Body) {
				delete(fields, name)
			}
		}
		if len(fields) == 0 && r.sent.Body == nil {
			return problems
		}
	}
	want, err := plain(mustEncode(r.sent.Body))
	assert.NoError(r.t, err)
	return append(problems, differences("body", want, arrived)...)
}

// isGenerated: the client made an idempotency key up.
func (r *recipient) isGenerated(name string, given map[string]any) bool {
	_, was := given[name]
	return !was && (name == "idempotency_key" || name == "idempotent_key")
}

// checkParts compares the parts of a multipart body.
func (r *recipient) checkParts(req *http.Request, body []byte) []string {
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	if len(body) == 0 && r.sent.Body == nil {
		return nil
	}
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		return []string{"the body is no form: " + err.Error()}
	}
	meant, got := make(map[string]any), make(map[string]any)
	for name, value := range r.sent.Body {
		meant[name] = fmt.Sprint(value)
		if file, ok := value.(facts.File); ok {
			meant[name] = fmt.Sprintf("%s %s %x", file.Name, file.ContentType, file.Content)
		}
	}
	for name, values := range req.MultipartForm.Value {
		got[name] = strings.Join(values, " and ")
	}
	for name, files := range req.MultipartForm.File {
		for _, header := range files {
			f, err := header.Open()
			assert.NoError(r.t, err)
			content, err := io.ReadAll(f)
			assert.NoError(r.t, err)
			got[name] = fmt.Sprintf("%s %s %x", header.Filename, header.Header.Get("Content-Type"),
				content)
		}
	}
	return differences("form", meant, got)
}
