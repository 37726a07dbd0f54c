package verify

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// spoiled changes answers on their way from the fake, by the operation's name.
type spoiled struct {
	base    http.RoundTripper
	changes []spoiling
}

type spoiling struct {
	method string
	steps  []string
	change func(*http.Response, []byte) []byte
}

func (s *spoiled) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for _, c := range s.changes {
		if c.method == req.Method && matches(c.steps, strings.Split(req.URL.Path, "/")) {
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil {
				return nil, err
			}
			body = c.change(resp, body)
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Del("Content-Length")
			break
		}
	}
	return resp, nil
}

func runFake(
	t *testing.T, o Options, change map[string]func(*http.Response, []byte) []byte,
) *Report {
	t.Helper()
	srv, err := fakeshop.Start(tiktokshoptest.Strict())
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	through := &spoiled{base: http.DefaultTransport}
	for name, change := range change {
		e, err := catalog.Find(name)
		require.NoError(t, err)
		steps := strings.Split(e.Template(), "/")
		for i := range steps {
			if strings.HasPrefix(steps[i], "{") {
				steps[i] = ""
			}
		}
		through.changes = append(through.changes, spoiling{e.Method, steps, change})
	}
	o.Base = through
	if o.Accounts == nil {
		o.Accounts = Accounts
	}
	report, err := Run(t.Context(), srv.Client(tiktokshop.WithoutRetry()), o)
	require.NoError(t, err)
	for _, r := range srv.Requests() {
		assert.NotContains(t, []string{http.MethodPut, http.MethodDelete}, r.Method)
	}
	return report
}

// TestCleanRun holds the fake against the facts: its answers deviate nowhere, and the run reaches
// nearly all that may be called. What it cannot ask for stands here, so that it grows by decision
// only.
func TestCleanRun(t *testing.T) {
	t.Parallel()
	report := runFake(t, Options{}, nil)
	for _, f := range report.Findings {
		t.Errorf("%+v", *f)
	}
	assert.GreaterOrEqual(t, report.Count(WasAnswered), 270)
	assert.Zero(t, report.Count(Unanswered))
	assert.LessOrEqual(t, report.Count(NotCalled), 20)
	for _, op := range report.Operations {
		if op.Outcome == WasRefused {
			assert.Equal(t, "affiliatepartner.GetSampleStatus", op.Name,
				"%s: a request that the fake refuses: %s", op.Name, op.Reason)
		}
	}
	for _, f := range report.Forms {
		assert.Equal(t, FormAccepted, f.Result, f.Name)
	}
	for _, name := range []string{"fulfillment.GetPackageDetail", "order.GetOrderDetail",
		"affiliatepartner.ListCampaignProducts", "product.GetProduct"} {
		i := slices.IndexFunc(report.Operations,
			func(op *Operation) bool { return op.Name == name })
		assert.Equal(t, WasAnswered, report.Operations[i].Outcome, name)
		assert.NotZero(t, report.Operations[i].Seen, name)
	}
}

// TestAccounts calls only what the token is for.
func TestAccounts(t *testing.T) {
	t.Parallel()
	report := runFake(t, Options{Accounts: []string{"partner"},
		Modules: []string{"affiliate_partner", "order"}}, nil)
	for _, op := range report.Operations {
		if op.Calls > 0 {
			assert.Contains(t, op.Name, "affiliatepartner.")
		}
	}
	assert.Equal(t, []string{"partner"}, report.Accounts)
	assert.NotZero(t, report.Count(WasAnswered))
}

// TestProbes asks every question of a fake whose answers are known.
func TestProbes(t *testing.T) {
	t.Parallel()
	signer, err := tiktokshop.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	report := runFake(t,
		Options{Signer: signer, Modules: []string{"order", "finance", "authorization",
			"affiliate_partner"}, Accounts: []string{"seller", "partner"}}, nil)
	require.Len(t, report.Probes, len(probes)+1)
	got := make(map[string]*Probe)
	for _, p := range report.Probes {
		if p.Operation != "" {
			assert.True(t, p.Answered, "%s: %s", p.Question, p.Message)
		}
		got[p.Question] = p
	}
	for question, code := range map[string]int{
		"A search with the body {}, signed":                    0,
		"A search with the body {}, left out of the signature": 106001,
		"shop_cipher where none is taken":                      36009004,
		"No cipher where one is taken":                         106013,
		"An empty value in the query, signed with its name":    0,
		"A comma in the query sent as it is":                   0,
		"A space in the query sent as %20":                     0,
		"A signature in capitals":                              106001,
		"No signature":                                         36009004,
		"A timestamp six minutes old":                          36009004,
		"A version that there is not":                          36009014,
		"Partners' orders in version 202605":                   36009014,
		"Partners' orders in version 202609":                   36009014,
		"A name twice in the query, the first value signed":    0,
	} {
		require.Contains(t, got, question)
		assert.Equal(t, code, got[question].Code, "%s: %s", question, got[question].Message)
	}
	assert.Empty(t, report.Findings, "a probe is no finding")
	hourly := got["The hourly cap of a sandbox shop"]
	assert.False(t, hourly.Answered)
	assert.Contains(t, hourly.Message, fmt.Sprintf("not met after %d requests in ",
		report.Requests))
	var codes [][2]int
	for _, c := range report.Codes {
		assert.NotZero(t, c.Count)
		codes = append(codes, [2]int{c.Code, c.HTTPStatus})
	}
	assert.Subset(t, codes, [][2]int{{0, 200}, {106001, 401}, {106013, 400}, {36009004, 400},
		{36009004, 401}, {36009014, 400}})
	var text bytes.Buffer
	require.NoError(t, report.Markdown(&text))
	assert.Contains(t, text.String(), "| 106001 | 401 | ")
}

// TestProbesOfWhatThereIs has the other answers: a platform with a newer version of partners'
// orders, where a sandbox shop has so many calls an hour, and which sends a code with several HTTP
// statuses.
func TestProbesOfWhatThereIs(t *testing.T) {
	t.Parallel()
	signer, err := tiktokshop.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	srv, err := fakeshop.Start(tiktokshoptest.Strict())
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		if strings.Contains(req.URL.Path, "/202608/") {
			return jsonAnswer(http.StatusOK,
				`{"code":0,"message":"Success","request_id":"R","data":{"orders":[]}}`), nil
		}
		return http.DefaultTransport.RoundTrip(req)
	})
	run := func(base http.RoundTripper) (*Report, error) {
		return Run(t.Context(), srv.Client(tiktokshop.WithoutRetry()), Options{
			Signer: signer, Modules: []string{"affiliate_partner"}, Accounts: []string{"partner"},
			Base: base,
		})
	}
	find := func(report *Report, question string) *Probe {
		i := slices.IndexFunc(report.Probes, func(p *Probe) bool { return p.Question == question })
		require.GreaterOrEqual(t, i, 0, question)
		return report.Probes[i]
	}
	report, err := run(base)
	require.NoError(t, err)
	assert.Zero(t, find(report, "Partners' orders in version 202608").Code)
	assert.True(t, find(report, "Partners' orders in version 202608").Answered)
	assert.NotZero(t, find(report, "Partners' orders in version 202607").Code)

	const most = 9
	sent := 0
	report, err = run(roundTripper(func(req *http.Request) (*http.Response, error) {
		if sent++; sent > most {
			return jsonAnswer(http.StatusTooManyRequests,
				`{"code":36009037,"message":"cap","request_id":"R"}`), nil
		}
		return base(req)
	}))
	require.ErrorIs(t, err, tiktokshop.ErrQuotaExhausted)
	hourly := find(report, "The hourly cap of a sandbox shop")
	assert.True(t, hourly.Answered)
	assert.Equal(t, 36009037, hourly.Code)
	assert.Contains(t, hourly.Message, "met after 10 requests in ", "the refused one among them")
	assert.Equal(t, most+1, sent, "nothing follows the refusal")
	assert.Contains(t, report.Codes, &Code{Code: 36009037, HTTPStatus: 429, Count: 1,
		Operation: report.Codes[len(report.Codes)-1].Operation})

	report = &Report{}
	for _, status := range []int{401, 200, 401} {
		report.noteCode(105005, status, "a.B")
	}
	assert.Equal(t, []*Code{{105005, 200, 1, "a.B"}, {105005, 401, 2, "a.B"}}, report.Codes)
}

func jsonAnswer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// TestOwnCipherCounts finds out whose token it is, and leaves the shop that the client is for.
func TestOwnCipherCounts(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddShop(authorization.AuthorizedShop{ID: "7494049642642441999", Cipher: "ROW_second"})
	client, err := srv.Client().With(tiktokshop.WithShopCipher("ROW_second"))
	require.NoError(t, err)
	report, err := Run(t.Context(), client, Options{Modules: []string{"event", "seller"}})
	require.NoError(t, err)
	assert.Contains(t, report.Accounts, "seller")
	assert.NotContains(t, report.Accounts, "creator")
	sent := 0
	for _, r := range srv.Requests() {
		if strings.Contains(r.RawQuery, "shop_cipher") {
			assert.Contains(t, r.RawQuery, "shop_cipher=ROW_second")
			sent++
		}
	}
	assert.NotZero(t, sent)
}
