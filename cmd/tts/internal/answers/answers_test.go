package answers

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// TestEveryAnswerHasAType: what the facts know of an answer the SDK can decode, unless it is a
// secret.
func TestEveryAnswerHasAType(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	for e, err := range catalog.All() {
		require.NoError(t, err)
		known[e.Name] = true
		assert.Equal(t, !e.Secret, Has(e.Name), e.Name)
	}
	for name := range decoders {
		assert.True(t, known[name], name)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const whole = `{"id":"576461413038785752","status":"IN_TRANSIT","create_time":1700000000,"is_cod":true,` +
		`"line_items":[{"id":"1","sku_id":"2","sale_price":"1.50"}],"payment":{"currency":"USD","total_amount":"12.34"}}`
	for _, tc := range []struct {
		name, order string
		want        []Problem
	}{
		{"whole", whole, nil},
		{"an id as a number", `{"id":576461413038785752}`, nil},
		{"empty values go unsaid",
			`{"id":"1","is_cod":false,"create_time":0,"buyer_message":"","line_items":[],"payment":{"tax":""},"packages":null}`, nil},
		{"an unknown field", `{"id":"1","brand_new":null}`,
			[]Problem{{"data.orders[].brand_new", "the type does not know this field", false}}},
		{"an unknown value", `{"id":"1","status":"TELEPORTED"}`,
			[]Problem{{"data.orders[].status", "the type does not know this value", true}}},
		{"a time that is none", `{"id":"1","create_time":"yesterday"}`,
			[]Problem{{Place: "data.orders[].create_time"}}},
		{"an object for a text", `{"id":"1","buyer_message":{"text":"x"}}`,
			[]Problem{{Place: "data.orders[].buyer_message"}}},
		{"a text for a list", `{"id":"1","line_items":"none"}`,
			[]Problem{{Place: "data.orders[].line_items"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := Check(t.Context(), "order.GetOrderDetail",
				fmt.Appendf(nil,
					`{"code":0,"message":"Success","request_id":"r","data":{"orders":[%s]}}`,
					tc.order))
			require.Len(t, got, len(tc.want), "%v", got)
			for i, p := range got {
				if tc.want[i].Reason == "" { // in the decoder's words
					assert.NotEmpty(t, p.Reason)
					p.Reason = ""
				}
				assert.Equal(t, tc.want[i], p)
			}
		})
	}
	assert.NotEmpty(t, Check(t.Context(), "order.GetOrderDetail", []byte(`<html>`)),
		"no JSON at all")
	assert.NotEmpty(t, Check(t.Context(), "order.GetOrderDetail",
		[]byte(`{"code":1,"message":"No","request_id":"r"}`)), "no success")
	assert.Empty(t, Check(t.Context(), "no.SuchOperation", []byte(`{}`)))
}

// TestLost has what a decoder may do to a value without a word.
func TestLost(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, want, got, place string
	}{
		{"the same", `{"a":[1,{"b":"x","c":true}],"d":null}`, `{"a":[1,{"b":"x","c":true}]}`, ""},
		{"a number of other digits", `{"a":1.50}`, `{"a":1.5}`, ""},
		{"a number as a text", `{"a":7362840009596339923}`, `{"a":"7362840009596339923"}`, ""},
		{"an object of nothing", `{"a":{"b":0,"c":{"d":""}}}`, `{}`, ""},
		{"a field", `{"a":"x"}`, `{}`, "data.a"},
		{"an object", `{"a":{"b":1}}`, `{"a":3}`, "data.a"},
		{"a text", `{"a":[{"b":"x"}]}`, `{"a":[{"b":"y"}]}`, "data.a[].b"},
		{"a digit", `{"a":7362840009596339923}`, `{"a":7362840009596339924}`, "data.a"},
		{"an element", `{"a":[1,2]}`, `{"a":[1]}`, "data.a"},
		{"true", `{"a":true}`, `{"a":false}`, "data.a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var want, got any
			require.NoError(t, unmarshal([]byte(tc.want), &want))
			require.NoError(t, unmarshal([]byte(tc.got), &got))
			found := lost("data", want, got, nil)
			if tc.place == "" {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			assert.Equal(t, tc.place, found[0].Place)
		})
	}
}
