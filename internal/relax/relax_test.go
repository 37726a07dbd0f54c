package relax

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type kite struct {
	ID     text     `json:"id"`
	Name   string   `json:"name"`
	Count  int      `json:"count"`
	Height int64    `json:"height"`
	Sold   bool     `json:"sold"`
	Tags   []string `json:"tags"`
	Tail   tail     `json:"tail"`
	Tails  []tail   `json:"tails"`
	Spare  *tail    `json:"spare"`
}

type tail struct {
	Length int `json:"length"`
}

// text decodes itself, from strings alone.
type text string

func (t *text) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*string)(t)) }

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]kite{
		`{"count":"12"}`:                          {Count: 12},
		`{"count":""}`:                            {},
		`{"height":"9007199254740993"}`:           {Height: 9007199254740993},
		`{"name":12}`:                             {Name: "12"},
		`{"name":9007199254740993}`:               {Name: "9007199254740993"},
		`{"name":true}`:                           {Name: "true"},
		`{"sold":"True"}`:                         {Sold: true},
		`{"sold":1}`:                              {Sold: true},
		`{"sold":"0","count":"1"}`:                {Count: 1},
		`{"sold":""}`:                             {},
		`{"tags":"a"}`:                            {Tags: []string{"a"}},
		`{"tags":[1,"a"]}`:                        {Tags: []string{"1", "a"}},
		`{"tags":""}`:                             {},
		`{"tags":null,"tails":null,"count":"1"}`:  {Count: 1},
		`{"tags":{},"tails":{}}`:                  {},
		`{"tail":[{"length":"3"}]}`:               {Tail: tail{3}},
		`{"tail":[],"name":"x"}`:                  {Name: "x"},
		`{"tail":""}`:                             {},
		`{"tails":{"length":3}}`:                  {Tails: []tail{{3}}},
		`{"tails":[{"length":"3"},{"length":4}]}`: {Tails: []tail{{3}, {4}}},
		`{"spare":{"length":"3"}}`:                {Spare: &tail{3}},
		`{"spare":null,"count":"1"}`:              {Count: 1},
		`{"id":"a","count":"1","new":{"x":[1]}}`:  {ID: "a", Count: 1},
	} {
		var got kite
		require.NoError(t, Unmarshal([]byte(data), &got), data)
		assert.Equal(t, want, got, data)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`{"count":"twelve"}`, `{"sold":"maybe"}`, `{"id":1}`, `{"tail":[{},{}]}`, `{"tail":1}`, `{"count":[1]}`, `[1]`, `{`} {
		assert.Error(t, Unmarshal([]byte(data), new(kite)), data)
	}
}

// FuzzUnmarshal: what fits as it stands decodes to the same.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"id":"a","name":"b","count":1,"sold":true,"tags":["a"],"tail":{"length":1},"tails":[{}],"spare":null}`))
	f.Add([]byte(`{"count":"1","tail":[{"length":"2"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Unmarshal(data, new(kite)) // does not panic
		var strict, relaxed kite
		if json.Unmarshal(data, &strict) != nil {
			return
		}
		fitting, err := json.Marshal(strict) // no repeated keys
		require.NoError(t, err)
		require.NoError(t, Unmarshal(fitting, &relaxed))
		assert.Equal(t, strict, relaxed)
	})
}
