package verify

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// TestScrubLeavesNothing puts what tells of somebody where a mask may not look for it.
func TestScrubLeavesNothing(t *testing.T) {
	t.Parallel()
	e, err := catalog.Find("order.GetOrderDetail")
	require.NoError(t, err)
	for _, tc := range []struct {
		name, order string
		left        []string // none of it may be in the sample
	}{
		{"an address in free text",
			`{"buyer_message":"2024-01-05 leave it at 12 Long Street, Springfield"}`,
			[]string{"2024", "Long", "Street", "Springfield"}},
		{"a mail in a note", `{"seller_note":"write to jane.doe@example.org, please"}`,
			[]string{"jane", "doe", "example"}},
		{"an id in a link",
			`{"buyer_avatar":"https://p16.example.com/7213489962827123654/jane.webp?x=1\nJane"}`,
			[]string{"7213489962827123654", "jane", "Jane", "p16", "example.com"}},
		{"an id as a key", `{"secret_note":{"576461413038785752":1}}`,
			[]string{"576461413038785752"}},
		{"people as keys", `{"secret_note":{"Silva":{"maria_silva":1},"maria":2}}`,
			[]string{"Silva", "silva", "maria"}},
		{"an id as a number", `{"user_id":1234567,"x_id":4711}`, []string{"1234567", "4711"}},
		{"a telephone number as a number", `{"phone_number":2135550199,"new_phone":91234567}`,
			[]string{"2135550199", "91234567"}},
		{"a telephone number with its country",
			`{"recipient_address":{"phone_number":"+44 20 7946 0958"}}`,
			[]string{"7946 0958", "+44 20"}},
		{"a code of a place",
			`{"recipient_address":{"postal_code":"101"},"zip_code":"90001","new_zip":2000,"post":{"postal_code":3000}}`, []string{`"101"`, "90001", "2000", "3000"}},
		{"a position", `{"latitude":"37.774929","longitude":-122.419416,"lat":37.5}`,
			[]string{"37.77", "122.41", "37.5"}},
		{"a tax id", `{"cpf":"12345678901","tax_id":"123456789","tax_number":987654321,"cpf_number":"123.456.789-09"}`, []string{"12345678901", "123456789", "987654321", "123.456"}},
		{"a name in another script",
			`{"recipient_address":{"name":"สมชาย ใจดี","last_name":"王小明","first_name":"Nguyễn"}}`,
			[]string{"ส", "ม", "า", "ี", "王", "明", "ễ", "Nguy"}},
		{"a nickname of pictures", `{"buyer_nickname":"🐱🐶½Ⅷ"}`, []string{"🐱", "🐶", "½", "Ⅷ"}},
		{"a nickname that is a word",
			`{"buyer_nickname":"Success","handle":"yes","buyer_message":"COMPLETED"}`,
			[]string{"\"Success\",\"h", `"yes"`, "COMPLETED"}},
		{"a blob", `{"blob":"SmFuZSBEb2UsIDEyIExvbmcgU3RyZWV0"}`, []string{"SmFuZ", "RG9l"}},
		{"a tracking number", `{"tracking_number":"1Z999AA10123456784"}`,
			[]string{"1Z999", "123456784"}},
		{"a birthday", `{"birthday":"1987-03-05","date_of_birth":"1987-03-06"}`,
			[]string{"1987-03"}},
		{"a time", `{"create_time":1700000000,"paid_at":"2024-01-05T10:11:12Z","update_time":"1700000000"}`, []string{"1700000000", "2024-01-05", "10:11:12"}},
		{"a short number", `{"house_number":"7","floor_no":7}`, []string{`"7"`, ": 7"}},
		{"a token of a field that nobody knows",
			`{"new_token":"ROW_Fw8rBwAAAAAkW03FYd09DG-9INtpw361hWthei8S3fHX8iPJ5AUv99fLSCYD9-UucaqxTgNRzKZxi5-tfFM"}`, []string{"Fw8rBw", "361hW"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			// a replacement may be the original by chance, with one key, in some other place
			for i := range 30 {
				s := newScrubber(fmt.Appendf(nil, "key %d", i))
				clean, err := s.Scrub(e,
					fmt.Appendf(nil,
						`{"code":0,"message":"Success","request_id":"","data":{"orders":[%s]}}`,
						tc.order))
				require.NoError(t, err)
				require.True(t, json.Valid(clean))
				for _, original := range tc.left {
					assert.NotContains(t, strings.SplitN(string(clean), `"message"`, 2)[0],
						original)
				}
			}
		})
	}
}

// TestScrubTellsNoFactor: what is scaled or shifted is known from one known price or time; nothing
// else may be.
func TestScrubTellsNoFactor(t *testing.T) {
	t.Parallel()
	s := newScrubber([]byte("key"))
	assert.Equal(t, s.scaled("100.00"), s.text("total_amount", "100.00"), "money is scaled")
	for _, name := range []string{"latitude", "tax_id", "weight", "phone_number", "value"} {
		for i := range 20 {
			text := fmt.Sprintf("%d.000000", 20+i)
			assert.NotEqual(t, s.scaled(text), s.text(name, text), name)
			number := json.Number(fmt.Sprint(123_456_789 + i))
			assert.NotEqual(t, s.scaled(number.String()), s.number(name, nil, number).String(),
				name)
		}
	}
	assert.Equal(t, fmt.Sprint(1700000000-s.shift),
		s.number("create_time", nil, "1700000000").String())
	assert.Equal(t, fmt.Sprint(1700000000-s.shift), s.text("create_time", "1700000000"))
	assert.Equal(t, fmt.Sprint(1700000000000-s.shift*1000),
		s.number("create_time", nil, "1700000000000").String())
	at, err := time.Parse(time.RFC3339, s.text("create_time", "2023-11-14T22:13:20Z"))
	require.NoError(t, err)
	assert.Equal(t, 1700000000-s.shift, at.Unix(), "in all forms by the same span")
	assert.NotEqual(t, fmt.Sprint(2135550199-s.shift),
		s.number("phone", nil, "2135550199").String())
}

// TestScrubKeepsTheForm is what makes a sample a test.
func TestScrubKeepsTheForm(t *testing.T) {
	t.Parallel()
	s := newScrubber([]byte("key"))
	for _, text := range []string{"9", "12", "Ana", "x"} {
		assert.NotEqual(t, text, s.text("name", text))
	}
	seen := make(map[string]bool)
	for i := range 10 { // more than there are of the form
		text := fmt.Sprint(i)
		if made := s.text("x", text); i > 0 {
			assert.NotEqual(t, text, made)
			assert.Regexp(t, `^[0-9]$`, made)
			seen[made] = true
		}
	}
	assert.Greater(t, len(seen), 4)
	assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}$`,
		s.text("x", "0b1c2d3e-4f5a-0123456789ab"))
	assert.Regexp(t, `^[A-Za-z0-9]{15}==$`, s.text("x", "SmFuZSBEb2UsIDE=="))
	assert.Equal(t, s.text("a_id", "576461413038785752"),
		s.number("b_id", nil, "576461413038785752").String(), "an id in either form")
	assert.LessOrEqual(t,
		len(s.number("x_id", &catalog.Field{Type: "int32"}, "2135550199").String()), 10)
	assert.Less(t, s.number("x_id", &catalog.Field{Type: "int32"}, "2135550199").String(), "2")
	for _, kept := range []string{"", "0", "0.00", "true", "False"} {
		assert.Equal(t, kept, s.text("x", kept))
	}
	assert.Equal(t, "3", s.text("quantity", "3"))
	assert.Equal(t, json.Number("3"), s.number("quantity", nil, "3"))
}

// TestSamplesKeepTheFullest: an empty page is no sample of a list.
func TestSamplesKeepTheFullest(t *testing.T) {
	t.Parallel()
	e, err := catalog.Find("order.GetOrderDetail")
	require.NoError(t, err)
	dir := t.TempDir()
	samples, err := NewSamples(dir)
	require.NoError(t, err)
	for _, orders := range []string{``, `{"id":"1","status":"IN_TRANSIT","buyer_message":"x"}`,
		`{"id":"2","status":"COMPLETED"},{"id":"3"}`} {
		require.NoError(t,
			samples.Add(e,
				fmt.Appendf(nil,
					`{"code":0,"message":"Success","request_id":"r","data":{"orders":[%s]}}`,
					orders)))
	}
	content, err := os.ReadFile(filepath.Join(dir, e.Name+".json"))
	require.NoError(t, err)
	assert.Contains(t, string(content), "IN_TRANSIT")
	assert.Equal(t, 1, samples.Count())
}
