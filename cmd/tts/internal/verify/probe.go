package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// Probe is a question that the platform's documents leave open, and what it answered.
type Probe struct {
	Question  string `json:"question"`
	Operation string `json:"operation"`
	// Answered is false if it was not asked; Message says why.
	Answered   bool   `json:"answered"`
	HTTPStatus int    `json:"http_status,omitzero"`
	Code       int    `json:"code"`
	Message    string `json:"message,omitzero"`
}

// probe asks one question with a request that the SDK would not send.
type probe struct {
	question  string
	operation []string // the first of them that was answered
	change    func(p *prober)
}

// prober changes a request, which is signed anew as long as unsigned is not set.
type prober struct {
	req      *http.Request
	query    url.Values // decoded
	body     []byte
	signed   []byte // the body that is signed, if it is another one
	raw      bool   // RawQuery was set by the probe
	sign     func(string) string
	unsigned bool
}

var (
	anySearch = []string{"order.GetOrderList", "product.SearchProducts",
		"affiliatepartner.SearchTAPOrders"}
	anyList = []string{"finance.GetStatements", "affiliatepartner.ListCampaigns",
		"product.GetBrands"}
	noCiphers = []string{"authorization.GetAuthorizedShops",
		"authorization.GetAuthorizedCategoryAssets", "seller.GetActiveShops"}
	manyIDs   = []string{"order.GetOrderDetail", "order.GetOrderDetail202309"}
	tapOrders = []string{"affiliatepartner.SearchTAPOrders"}
)

// inVersion has the operation asked for in another version.
func inVersion(version string) func(p *prober) {
	return func(p *prober) {
		p.req.URL.Path = noVersion.ReplaceAllString(p.req.URL.Path, "/"+version+"/")
		p.req.URL.RawPath = ""
	}
}

var probes = []probe{
	{"A search with the body {}, signed", anySearch, func(p *prober) { p.body = []byte("{}") }},
	{"A search with the body {}, left out of the signature", anySearch,
		func(p *prober) { p.body, p.signed = []byte("{}"), []byte{} }},
	{"A search without a body", anySearch, func(p *prober) { p.body = nil }},
	{"A search with null for a body", anySearch, func(p *prober) { p.body = []byte("null") }},
	{"A body with a line feed behind it, signed with it", anySearch,
		func(p *prober) { p.body = []byte("{}\n") }},
	{"A body without a Content-Type", anySearch,
		func(p *prober) { p.body = []byte("{}"); p.req.Header.Del("Content-Type") }},
	{"A body with Content-Type: application/json; charset=utf-8", anySearch, func(p *prober) {
		p.body = []byte("{}")
		p.req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}},
	{"A body with Content-Type: text/plain", anySearch,
		func(p *prober) { p.body = []byte("{}"); p.req.Header.Set("Content-Type", "text/plain") }},
	{"GET without a Content-Type", anyList, func(p *prober) { p.req.Header.Del("Content-Type") }},
	{"GET with the body {}, signed", anyList, func(p *prober) { p.body = []byte("{}") }},
	{"shop_cipher where none is taken", noCiphers,
		func(p *prober) { p.query.Set("shop_cipher", "ROW_probe") }},
	{"category_asset_cipher where none is taken", noCiphers,
		func(p *prober) { p.query.Set("category_asset_cipher", "probe") }},
	{"An empty shop_cipher where none is taken", noCiphers,
		func(p *prober) { p.query.Set("shop_cipher", "") }},
	{"No cipher where one is taken", anyList,
		func(p *prober) { p.query.Del("shop_cipher"); p.query.Del("category_asset_cipher") }},
	{"A cipher that there is not", anyList, func(p *prober) { p.replaceCipher("ROW_probe") }},
	{"An empty value in the query, signed with its name", anyList,
		func(p *prober) { p.query.Set("page_token", "") }},
	{"An empty value in the query, its name left out of the signature", anyList,
		func(p *prober) { p.sendOnly("page_token", "") }},
	{"A name in the query that nobody knows", anyList,
		func(p *prober) { p.query.Set("tts_probe", "1") }},
	{"A name twice in the query, the first value signed", manyIDs,
		func(p *prober) { p.sendOnly("ids", "1") }},
	{"A comma in the query sent as it is", manyIDs,
		func(p *prober) {
			p.rawQuery(func(q string) string { return strings.ReplaceAll(q, "%2C", ",") })
		}},
	{"A space in the query sent as %20", anyList, func(p *prober) {
		p.query.Set("page_token", "a b")
		p.rawQuery(func(q string) string { return strings.ReplaceAll(q, "a+b", "a%20b") })
	}},
	{"A signature in capitals", anyList, func(p *prober) { p.sign = strings.ToUpper }},
	{"A wrong signature", anyList,
		func(p *prober) { p.sign = func(string) string { return strings.Repeat("0", 64) } }},
	{"No signature", anyList, func(p *prober) { p.unsigned = true }},
	{"No timestamp", anyList, func(p *prober) { p.query.Del("timestamp") }},
	{"A timestamp six minutes old", anyList, func(p *prober) { p.shift(-6 * time.Minute) }},
	{"A timestamp a minute ahead", anyList, func(p *prober) { p.shift(time.Minute) }},
	{"A timestamp in milliseconds", anyList,
		func(p *prober) { p.query.Set("timestamp", p.query.Get("timestamp")+"000") }},
	{"A timestamp below 0", anyList, func(p *prober) { p.query.Set("timestamp", "-1") }},
	{"No app_key", anyList, func(p *prober) { p.query.Del("app_key") }},
	{"No access token", anyList, func(p *prober) { p.req.Header.Del("X-Tts-Access-Token") }},
	{"An access token that there is not", anyList,
		func(p *prober) { p.req.Header.Set("X-Tts-Access-Token", "probe") }},
	{"page_size 0", anyList, func(p *prober) { p.query.Set("page_size", "0") }},
	{"page_size that is no number", anyList, func(p *prober) { p.query.Set("page_size", "many") }},
	{"No page_size", anyList, func(p *prober) { p.query.Del("page_size") }},
	{"page_size over the most", anyList, func(p *prober) { p.query.Set("page_size", "100000") }},
	{"A page_token that there is not", anyList,
		func(p *prober) { p.query.Set("page_token", "probe") }},
	{"A time as text", []string{"order.GetOrderList"},
		func(p *prober) { p.body = []byte(`{"create_time_ge":"1700000000"}`) }},
	{"A version that there is not", anyList, inVersion("199901")},
	{"Partners' orders in version 202605", tapOrders, inVersion("202605")},
	{"Partners' orders in version 202606", tapOrders, inVersion("202606")},
	{"Partners' orders in version 202607", tapOrders, inVersion("202607")},
	{"Partners' orders in version 202608", tapOrders, inVersion("202608")},
	{"Partners' orders in version 202609", tapOrders, inVersion("202609")},
	{"An id that there is not", manyIDs, func(p *prober) { p.query.Set("ids", "1") }},
	{"The same id twice", manyIDs, func(p *prober) {
		id, _, _ := strings.Cut(p.query.Get("ids"), ",")
		p.query.Set("ids", id+","+id)
	}},
	{"An empty list of ids", manyIDs, func(p *prober) { p.query.Set("ids", "") }},
}

func (p *prober) replaceCipher(cipher string) {
	for _, name := range []string{"shop_cipher", "category_asset_cipher"} {
		if p.query.Has(name) {
			p.query.Set(name, cipher)
		}
	}
}

func (p *prober) shift(by time.Duration) {
	seconds, err := strconv.ParseInt(p.query.Get("timestamp"), 10, 64)
	if err == nil {
		p.query.Set("timestamp", strconv.FormatInt(seconds+int64(by/time.Second), 10))
	}
}

// rawQuery has the query sent in another spelling, with the signature of the values.
func (p *prober) rawQuery(spell func(string) string) {
	p.raw = true
	p.req.URL.RawQuery = spell(p.query.Encode())
}

// sendOnly has a parameter sent that is not signed.
func (p *prober) sendOnly(name, value string) {
	p.rawQuery(func(q string) string {
		return q + "&" + url.QueryEscape(name) + "=" + url.QueryEscape(value)
	})
}

// changed makes a request of the one that the SDK has signed.
func (pr *probe) changed(req *http.Request, signer *tiktokshop.Signer) {
	p := &prober{req: req, query: req.URL.Query(), sign: func(s string) string { return s }}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err == nil {
			p.body = body
		}
	}
	p.query.Del("sign")
	pr.change(p)
	signed := p.body
	if p.signed != nil {
		signed = p.signed
	}
	sign := p.sign(signer.Sign(tiktokshop.SignInput{
		Path: req.URL.Path, Query: p.query, ContentType: req.Header.Get("Content-Type"),
		Body: signed,
	}))
	if !p.raw {
		req.URL.RawQuery = p.query.Encode()
	}
	if !p.unsigned {
		req.URL.RawQuery += "&sign=" + sign
	}
	req.Body, req.ContentLength, req.GetBody = http.NoBody, 0, nil
	if len(p.body) > 0 {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(p.body)), int64(len(p.body))
	}
}

// probe asks the questions, each once.
func (r *run) probe(ctx context.Context) {
	for i := range probes {
		if r.stop != nil {
			return
		}
		r.report.Probes = append(r.report.Probes, r.ask(ctx, &probes[i]))
	}
}

// hourlyCap is the question how many calls an hour a sandbox shop has. It is answered by the run
// itself: it ends at the refusal.
func (r *run) hourlyCap() *Probe {
	took := fmt.Sprintf("after %d requests in %s", r.guard.calls,
		r.Now().Sub(r.report.Started).Round(time.Second))
	asked := &Probe{Question: "The hourly cap of a sandbox shop", Message: "not met " + took}
	var refused *tiktokshop.APIError
	if errors.As(r.stop, &refused) && refused.Code == codeHourlyCap {
		asked.Answered, asked.HTTPStatus, asked.Code, asked.Message = true, refused.HTTPStatus,
			refused.Code, "met "+took
	}
	return asked
}

// codeHourlyCap refuses what a sandbox shop asks for beyond its calls of the hour.
const codeHourlyCap = 36009037

func (r *run) ask(ctx context.Context, pr *probe) *Probe {
	asked := &Probe{Question: pr.question,
		Message: "not asked: nothing to ask it with was answered"}
	for _, name := range pr.operation {
		result := r.results[name]
		if result == nil || result.Outcome != WasAnswered {
			continue
		}
		e, err := catalog.Find(name)
		if err != nil {
			continue
		}
		requests, lack := fill(e, r.seen, false, 1, r.Now())
		if lack != "" {
			continue
		}
		asked.Operation = e.Name
		r.Note("probe: %s", pr.question)
		x := &exchange{version: e.Version,
			change: func(req *http.Request) { pr.changed(req, r.Signer) }}
		err = r.send(ctx, e, requests[0], x, tiktokshop.WithoutRetry())
		if !x.sent {
			var most tooManyCallsError
			switch {
			case ctx.Err() != nil:
				r.stop = ctx.Err()
			case errors.As(err, &most):
				r.stop = most
			}
			if err != nil {
				asked.Message = "no answer: " + r.clean(err.Error())
			}
			return asked
		}
		a := check(e, x.status, x.header, x.body)
		r.report.noteCode(a.code, a.status, e.Name)
		asked.Answered, asked.HTTPStatus, asked.Code, asked.Message = true, a.status, a.code,
			r.clean(a.message)
		return asked
	}
	return asked
}
