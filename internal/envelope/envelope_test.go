package envelope

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/relax"
)

type data struct {
	ID    string   `json:"id"`
	Items []string `json:"items"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		answer     string
		want       Envelope
		data       data
		mismatches []relax.Mismatch
		err        error
	}{
		{name: "a success",
			answer: `{"code":0,"message":"Success","request_id":"R","data":{"id":"7"}}`,
			want:   Envelope{HasCode: true, Message: "Success", RequestID: "R"},
			data:   data{ID: "7"}},
		{name: "a code in a text", answer: `{"code":"105002"}`,
			want: Envelope{Code: 105002, HasCode: true}},
		{name: "no code", answer: `{"message":"hello"}`, want: Envelope{Message: "hello"}},
		{name: "a code that is none", answer: `{"code":"1.5"}`, err: ErrNotJSON},
		{name: "a code that is an object", answer: `{"code":{}}`, err: ErrNotJSON},
		{name: "texts that are none", answer: `{"code":7,"message":{"en":"no"},"request_id":["R"]}`,
			want: Envelope{Code: 7, HasCode: true, Message: `{"en":"no"}`, RequestID: `["R"]`}},
		{name: "an empty list for the data", answer: `{"code":0,"data":[]}`,
			want: Envelope{HasCode: true}},
		{name: "an empty code", answer: `{"code":"","message":[]}`, want: Envelope{Message: "[]"}},
		{name: "data of nothing", answer: `{"code":0,"message":[],"data":0}`,
			want:       Envelope{HasCode: true, Message: "[]"},
			mismatches: []relax.Mismatch{{Path: "", Reason: "is a number, want an object"}}},
		{name: "no data", answer: `{"code":0,"message":[]}`,
			want: Envelope{HasCode: true, Message: "[]"}},
		{name: "a part that does not fit", answer: `{"code":0,"data":{"id":"7","items":{"a":[]}}}`,
			want: Envelope{HasCode: true}, data: data{ID: "7"},
			mismatches: []relax.Mismatch{{Path: ".items", Reason: "is an object, want a text"}}},
		{name: "cut", answer: `{"code":0,"data":{"id":"7`, err: ErrCut},
		{name: "cut behind white space", answer: " \n{", err: ErrCut},
		{name: "a page", answer: `<html>`, err: ErrNotJSON},
		{name: "nothing", answer: ``, err: ErrNotJSON},
		{name: "a list", answer: `[`, err: ErrNotJSON},
		{name: "more behind it", answer: `{"code":0} and more`, err: ErrNotJSON},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := data{ID: "", Items: nil}
			env, mismatches, err := Decode([]byte(tt.answer), &got)
			require.Equal(t, tt.err, err)
			assert.Equal(t, tt.want, env)
			assert.Equal(t, tt.mismatches, mismatches)
			assert.Equal(t, tt.data, got)
		})
	}
}

// TestDecodeLeavesNothingBehind: what a first attempt at the data wrote does not stay where the
// data is given up.
func TestDecodeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	got := data{ID: "of the answer before"}
	_, mismatches, err := Decode([]byte(`{"code":0,"data":{"items":{"a":7}}}`), &got)
	require.NoError(t, err)
	assert.Len(t, mismatches, 1)
	assert.Empty(t, got.ID)
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"code":0,"data":{"id":"7"}}`, `{"code":"1","data":[]}`,
		`{"code":{}}`, `{`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var got data
		env, _, err := Decode(answer, &got)
		if err != nil && env != (Envelope{}) {
			t.Errorf("%q: %v and %v", answer, env, err)
		}
		if err == nil && !json.Valid(answer) {
			t.Errorf("%q is taken", answer)
		}
	})
}
