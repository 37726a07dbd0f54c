package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// personal are the texts of an answer that must not be in a sample: all of four characters or more
// but what the facts have a list for. Words of a longer text count by themselves.
func personal(f *catalog.Field, value any, into map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			var field *catalog.Field
			if f != nil {
				for _, g := range f.Fields {
					if g.Name == name {
						field = g
					}
				}
			}
			personal(field, inner, into)
		}
	case []any:
		for _, element := range v {
			var items *catalog.Field
			if f != nil {
				items = f.Items
			}
			personal(items, element, into)
		}
	case string:
		if f != nil {
			for _, known := range f.Values {
				if known.Value == v {
					return
				}
			}
		}
		lower := strings.ToLower(v)
		if lower == "true" || lower == "false" || strings.Trim(v, "0.") == "" {
			return
		}
		if decimal.MatchString(v) {
			return // two sums may be alike by chance: scaled looks at each in its place
		}
		if utf8.RuneCountInString(v) >= 4 {
			into[v] = true
		}
		for _, word := range words.FindAllString(v, -1) {
			if lower := strings.ToLower(word); lower != "https" && lower != "http" {
				into[word] = true
			}
		}
	case json.Number:
		if len(v) >= 6 {
			into[v.String()] = true
		}
	}
}

// scaled holds each sum in a sample against the original's.
func scaled(t *testing.T, at string, original, clean any) {
	t.Helper()
	switch o := original.(type) {
	case map[string]any:
		c, _ := clean.(map[string]any)
		for name, inner := range o {
			if got, ok := c[name]; ok {
				scaled(t, at+"."+name, inner, got)
			}
		}
	case []any:
		c, _ := clean.([]any)
		if assert.Len(t, c, len(o), at) {
			for i := range o {
				scaled(t, at, o[i], c[i])
			}
		}
	case string:
		if decimal.MatchString(o) && strings.Trim(o, "-0.") != "" {
			assert.NotEqual(t, o, clean, at)
			assert.Regexp(t, decimal, clean, at)
		}
	}
}

var words = regexp.MustCompile(`[\pL]{5,}|[0-9]{6,}`)

// TestSamplesHaveNothingOfTheOriginals walks every sample of a whole run for every original of the
// whole run.
func TestSamplesHaveNothingOfTheOriginals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	samples := &Samples{dir: dir, scrubber: newScrubber([]byte("a fixed key")),
		written: make(map[string]int)}
	originals, answers := make(map[string]bool), make(map[string]any)
	report := runFake(t, Options{Sample: func(e *catalog.Entry, envelope []byte) error {
		value, err := catalog.Decode(envelope)
		if err != nil {
			return err
		}
		object := value.(map[string]any)
		personal(&catalog.Field{Type: "object", Fields: e.Answer}, object["data"], originals)
		personal(nil, object["request_id"], originals)
		before := samples.written[e.Name]
		err = samples.Add(e, envelope)
		if samples.written[e.Name] > before {
			answers[e.Name] = value
		}
		return err
	}}, nil)
	require.Greater(t, samples.Count(), 250)
	require.Equal(t, report.Count(WasAnswered), samples.Count())
	require.Greater(t, len(originals), 1000)

	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, samples.Count())
	for _, name := range files {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		e, err := catalog.Find(strings.TrimSuffix(filepath.Base(name), ".json"))
		require.NoError(t, err)
		value, err := catalog.Decode(
			[]byte(strings.ReplaceAll(string(content), "masked.invalid", "")))
		require.NoError(t, err)
		scaled(t, e.Name, answers[e.Name], value)
		object := value.(map[string]any)
		left := make(map[string]bool)
		personal(&catalog.Field{Type: "object", Fields: e.Answer}, object["data"], left)
		personal(nil, object["request_id"], left)
		for text := range left {
			assert.False(t, originals[text], "%s has %q of an original", e.Name, text)
		}
		// A sample is an answer like the original: it deviates nowhere.
		a := check(e, 200, map[string][]string{"Content-Type": {"application/json"}}, content)
		assert.True(t, a.ok, e.Name)
		assert.Empty(t, a.findings, e.Name)
	}
}

func TestScrubForms(t *testing.T) {
	t.Parallel()
	e, err := catalog.Find("order.GetOrderDetail")
	require.NoError(t, err)
	s := newScrubber([]byte("another key"))
	clean, err := s.Scrub(e, []byte(`{"code":0,"message":"Success","request_id":"20261125192052000000000130","data":{"orders":[
		{"id":"576461413038785752","status":"IN_TRANSIT","buyer_email":"maria.silva@mail.example.org","user_id":"7213489962827123654",
		 "create_time":1700000000,"payment":{"currency":"USD","total_amount":"12.34","tax":"0.00"},
		 "recipient_address":{"name":"María Silva","phone_number":"(+1)213-555-0199","full_address":"12 Long Street, 90001 Springfield","postal_code":"90001"}},
		{"id":"576461413038785753","buyer_message":"Ring at Silva, call 213-555-0199","replaced_order_id":"576461413038785752",
		 "secret_note":{"María Silva":"x","576461413038785752":1}}]}}`))
	require.NoError(t, err)
	for _, original := range []string{"576461413", "maria", "María", "Silva", "213-555",
		"Long Street", "Springfield", "90001", "7213489962", "12.34", "1700000000", "20261125"} {
		assert.NotContains(t, string(clean), original)
	}
	var got struct {
		Data struct {
			Orders []struct {
				ID, Status string
				BuyerEmail string `json:"buyer_email"`
				ReplacedID string `json:"replaced_order_id"`
				Payment    struct {
					Currency, Tax string
					TotalAmount   string `json:"total_amount"`
				}
				Address struct {
					Name  string
					Phone string `json:"phone_number"`
				} `json:"recipient_address"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(clean, &got))
	first := got.Data.Orders[0]
	assert.Regexp(t, `^[1-8][0-9]{17}$`, first.ID, "an id stays one")
	assert.Equal(t, first.ID, got.Data.Orders[1].ReplacedID, "the same id has the same replacement")
	assert.NotEqual(t, first.ID, got.Data.Orders[1].ID)
	assert.Equal(t, "IN_TRANSIT", first.Status)
	assert.Equal(t, "USD", first.Payment.Currency)
	assert.Equal(t, "0.00", first.Payment.Tax)
	assert.Regexp(t, `^[0-9]+\.[0-9]{2}$`, first.Payment.TotalAmount)
	assert.Regexp(t, `^[a-z]{5}\.[a-z]{5}@masked\.invalid$`, first.BuyerEmail)
	assert.Regexp(t, `^[A-Z][a-z]{4} [A-Z][a-z]{4}$`, first.Address.Name)
	assert.Regexp(t, `^\(\+\d\)\d{3}-\d{3}-\d{4}$`, first.Address.Phone)
}
