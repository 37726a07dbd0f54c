package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/answers"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// liveFolder has samples of the live platform; see its README.
const liveFolder = "../../../../testdata/live"

var (
	foreignLink = regexp.MustCompile(`https?://([^/"\s]*)`)
	foreignMail = regexp.MustCompile(`[^\s"@]+@([^\s"@]+\.[^\s"@]+)`)
)

// sampleProblems holds every sample of a folder against the facts and the SDK's types, and looks
// for what tts cannot have written. A folder that is not there has none.
func sampleProblems(dir string) (samples int, problems []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, nil
	} else if err != nil {
		return 0, nil, err
	}
	for _, entry := range entries {
		file := entry.Name()
		problem := func(format string, args ...any) {
			problems = append(problems, file+": "+fmt.Sprintf(format, args...))
		}
		name, isSample := strings.CutSuffix(file, ".json")
		if !isSample {
			if file != "README.md" {
				problem("is no sample")
			}
			continue
		}
		samples++
		content, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return samples, problems, err
		}
		e, err := catalog.Find(name)
		switch {
		case err != nil || e.Name != name:
			problem("there is no operation of that name")
			continue
		case e.Secret:
			problem("answers of the operation hold secrets")
			continue
		case !answers.Has(name):
			problem("the SDK has no type for it")
			continue
		}
		a := check(e, http.StatusOK, http.Header{"Content-Type": {"application/json"}}, content)
		if !a.ok {
			problem("is no success")
		}
		for _, f := range a.findings {
			problem("%s %s: %s", f.Kind, f.Place, f.Detail)
		}
		for _, hosts := range []*regexp.Regexp{foreignLink, foreignMail} {
			for _, m := range hosts.FindAllStringSubmatch(string(content), -1) {
				if m[1] != "masked.invalid" {
					problem("has a link or a mail that was not masked")
				}
			}
		}
	}
	return samples, problems, nil
}

// TestLiveSamples are the contract tests that somebody with credentials brings home: an answer of
// the live platform decodes, has nothing that the SDK does not know, and comes back whole.
func TestLiveSamples(t *testing.T) {
	t.Parallel()
	samples, problems, err := sampleProblems(liveFolder)
	require.NoError(t, err)
	assert.Empty(t, problems)
	t.Logf("%d samples", samples)
}

// TestSamplesAreContractTests has samples written by a run, as of the live platform, and spoils one
// after the other: the test of the committed samples would see it.
func TestSamplesAreContractTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	written, err := NewSamples(dir)
	require.NoError(t, err)
	runFake(t, Options{Modules: []string{"authorization", "order", "product", "fulfillment"},
		Sample: written.Add}, nil)
	samples, problems, err := sampleProblems(dir)
	require.NoError(t, err)
	assert.Empty(t, problems)
	assert.Equal(t, written.Count(), samples)
	require.Greater(t, samples, 40)

	const order = "order.GetOrderDetail.json"
	whole, err := os.ReadFile(filepath.Join(dir, order))
	require.NoError(t, err)
	edit := func(change func(order map[string]any)) []byte {
		value, err := catalog.Decode(whole)
		require.NoError(t, err)
		change(catalog.Place(value, "data.orders").([]any)[0].(map[string]any))
		b, err := json.Marshal(value)
		require.NoError(t, err)
		return b
	}
	for _, tc := range []struct {
		name, file string
		content    []byte
		want       string
	}{
		{"an unknown field", order, edit(func(o map[string]any) { o["brand_new"] = 1 }),
			"unknown-field orders[].brand_new"},
		{"an unknown value", order, edit(func(o map[string]any) { o["status"] = "TELEPORTED" }),
			"unknown-value orders[].status"},
		{"another type", order, edit(func(o map[string]any) { o["create_time"] = "1700000000" }),
			"wrong-type orders[].create_time"},
		{"an object for a text", order,
			edit(func(o map[string]any) { o["buyer_message"] = map[string]any{} }),
			"wrong-type orders[].buyer_message"},
		{"no id", order, edit(func(o map[string]any) { delete(o, "id") }), "missing orders[].id"},
		{"a number that does not fit", order,
			edit(func(o map[string]any) { o["create_time"] = json.Number("99999999999999999999") }),
			"lossy orders[].create_time"},
		{"cut short", order, whole[:len(whole)/2], "is no success"},
		{"an error", order,
			[]byte(`{"code":36009003,"message":"Internal error.","request_id":"r"}`),
			"is no success"},
		{"a link of somebody's", order,
			edit(func(o map[string]any) { o["buyer_message"] = "https://example.com/jane" }),
			"not masked"},
		{"a mail of somebody's", order,
			edit(func(o map[string]any) { o["buyer_email"] = "jane@example.com" }), "not masked"},
		{"an operation that there is not", "order.GetNothing.json", whole,
			"no operation of that name"},
		{"a secret", "authorization.GetWidgetToken.json", whole, "hold secrets"},
		{"another file", "notes.txt", nil, "is no sample"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, tc.file), tc.content, 0o600))
			_, problems, err := sampleProblems(dir)
			require.NoError(t, err)
			assert.Contains(t, strings.Join(problems, "\n"), tc.want)
		})
	}
	samples, problems, err = sampleProblems(filepath.Join(dir, "none"))
	require.NoError(t, err)
	assert.Zero(t, samples)
	assert.Empty(t, problems)
}

// TestTypesLoseNothing has answers that the facts allow and the SDK's types do not keep.
func TestTypesLoseNothing(t *testing.T) {
	t.Parallel()
	e, err := catalog.Find("order.GetOrderDetail")
	require.NoError(t, err)
	twice := *e
	// facts that the types do not follow
	twice.Answer = append([]*catalog.Field{{Name: "brand_new", Type: "bool"}}, e.Answer...)
	a := check(&twice, http.StatusOK, http.Header{"Content-Type": {"application/json"}},
		[]byte(`{"code":0,"message":"Success","request_id":"r","data":{"brand_new":true,"orders":[]}}`))
	require.Len(t, a.findings, 1)
	assert.Equal(t, Finding{Operation: e.Name, Kind: Lossy, Place: "brand_new",
		Detail: "by the SDK's type: the type does not know this field"}, a.findings[0])
}

// TestKeysAreNotShown: a report may show names of fields, never keys that are somebody's.
func TestKeysAreNotShown(t *testing.T) {
	t.Parallel()
	e, err := catalog.Find("order.GetOrderDetail")
	require.NoError(t, err)
	a := check(e, http.StatusOK, http.Header{"Content-Type": {"application/json"}},
		[]byte(`{"code":0,"message":"Success","request_id":"r",`+
			`"data":{"orders":[{"id":"1","Silva":1,"576461413038785752":1,"notes":{"maria":1,"maria":2},"status":"Maria Silva"}]}}`))
	for _, f := range a.findings {
		assert.NotRegexp(t, `(?i)silva|maria|5764`, f.Place+" "+f.Detail)
	}
	assert.GreaterOrEqual(t, len(a.findings), 4)
}
