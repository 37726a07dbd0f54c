package tiktokshop

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type pageRequest struct{ Filter, Token string }

type pageData struct {
	Items []int
	Next  string
}

// listOfPages is a list method whose pages are found by their tokens; it notes the requests.
type listOfPages struct {
	pages    map[string]pageData
	requests []pageRequest
	options  int
}

var errPageFailed = errors.New("page failed")

func (l *listOfPages) list(
	_ context.Context, req *pageRequest, opts ...Option,
) (*Response[pageData], error) {
	l.requests = append(l.requests, *req)
	l.options += len(opts)
	data, ok := l.pages[req.Token]
	if !ok {
		return nil, errPageFailed
	}
	return &Response[pageData]{Data: data}, nil
}

func TestPages(t *testing.T) {
	t.Parallel()
	token := func(r *pageRequest) *string { return &r.Token }
	page := func(_ *pageRequest, d *pageData) ([]int, string) { return d.Items, d.Next }
	for name, tc := range map[string]struct {
		pages  map[string]pageData
		req    *pageRequest
		want   []int
		asked  []string
		failed error
	}{
		"one page": {map[string]pageData{"": {[]int{1, 2}, ""}}, nil, []int{1, 2},
			[]string{""}, nil},
		"ended by 0": {map[string]pageData{"": {[]int{1}, "a"}, "a": {[]int{2}, "0"}},
			&pageRequest{}, []int{1, 2}, []string{"", "a"}, nil},
		"an empty page": {map[string]pageData{"": {nil, "a"}, "a": {[]int{2}, ""}}, nil, []int{2},
			[]string{"", "a"}, nil},
		"from the middle": {map[string]pageData{"a": {[]int{2}, "b"}, "b": {[]int{3}, ""}},
			&pageRequest{Token: "a"}, []int{2, 3}, []string{"a", "b"}, nil},
		"a circle": {map[string]pageData{"": {[]int{1}, "a"}, "a": {[]int{2}, "b"},
			"b": {[]int{3}, "a"}}, nil, []int{1, 2, 3}, []string{"", "a",
			"b"}, ErrPageTokenRepeated},
		"a failure": {map[string]pageData{"": {[]int{1}, "a"}}, nil, []int{1},
			[]string{"", "a"}, errPageFailed},
	} {
		l := &listOfPages{pages: tc.pages}
		if tc.req != nil {
			tc.req.Filter = "f"
		}
		seq := Pages(t.Context(), tc.req, l.list, token, page, WithoutRetry())
		var before pageRequest
		if tc.req != nil {
			before = *tc.req
			tc.req.Filter = "changed after" // and without effect
		}
		for range 2 { // each range starts afresh
			l.requests, l.options = nil, 0
			var items []int
			var failed error
			for item, err := range seq {
				require.NoError(t, failed, "%s: an element after an error", name)
				if failed = err; err == nil {
					items = append(items, item)
				}
			}
			assert.Equal(t, tc.want, items, name)
			assert.ErrorIs(t, failed, tc.failed, name)
			var asked []string
			for _, r := range l.requests {
				asked = append(asked, r.Token)
				assert.Equal(t, before.Filter, r.Filter, name)
			}
			assert.Equal(t, tc.asked, asked, name)
			assert.Equal(t, len(asked), l.options, "%s: the options go to each request", name)
		}
		if tc.req != nil {
			assert.Equal(t, before.Token, tc.req.Token, "%s: the caller's request is left alone",
				name)
		}
	}

	l := &listOfPages{pages: map[string]pageData{"": {[]int{1, 2}, "a"}}}
	for range Pages(t.Context(), nil, l.list, token, page) {
		break
	}
	assert.Len(t, l.requests, 1, "no page is asked for before it is wanted")
	assert.Equal(t, []pageRequest{{}}, l.requests)
}

// TestPagesCarry: what a page's answer leaves in the request goes into those of the pages after it,
// and no further.
func TestPagesCarry(t *testing.T) {
	t.Parallel()
	l := &listOfPages{pages: map[string]pageData{"": {[]int{1}, "a"}, "a": {[]int{2}, "b"},
		"b": {[]int{3}, ""}}}
	carry := func(r *pageRequest, d *pageData) ([]int, string) {
		r.Filter += "x"
		return d.Items, d.Next
	}
	req := new(pageRequest)
	seq := Pages(t.Context(), req, l.list, func(r *pageRequest) *string { return &r.Token }, carry)
	for range 2 { // each range starts afresh
		l.requests = nil
		for _, err := range seq {
			require.NoError(t, err)
		}
		assert.Equal(t, []pageRequest{{}, {Token: "a", Filter: "x"}, {Token: "b", Filter: "xx"}},
			l.requests)
	}
	assert.Equal(t, pageRequest{}, *req, "the caller's request is left alone")
}
