package tiktokshop_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// campaignsServer has n campaigns with ids 1000, 1001 and so on.
func campaignsServer(t *testing.T, n int) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t)
	for i := range n {
		srv.AddCampaign(tiktokshoptest.Campaign{ID: tiktokshop.ID(fmt.Sprint(1000 + i))})
	}
	return srv
}

func TestIteratorIsLazyAndRestartable(t *testing.T) {
	t.Parallel()
	srv := campaignsServer(t, 25)
	req := &affiliatepartner.ListCampaignsRequest{PageSize: 10}
	campaigns := affiliatepartner.New(srv.Client()).ListCampaignsAll(t.Context(), req)
	req.PageSize = -1 // the iterator has its own copy
	assert.Empty(t, srv.Requests(), "nothing is asked before the first element is wanted")

	for range 2 {
		calls := len(srv.Requests())
		var ids []tiktokshop.ID
		for c, err := range campaigns {
			require.NoError(t, err)
			ids = append(ids, c.ID)
		}
		require.Len(t, ids, 25)
		assert.True(t, slices.IsSorted(ids))
		assert.Len(t, slices.Compact(ids), 25)
		assert.Len(t, srv.Requests(), calls+3)
		assert.Contains(t, srv.Requests()[calls+1].RawQuery, "page_token=%2B%2F",
			"a token with + / = survives")
	}

	calls := len(srv.Requests())
	n := 0
	for _, err := range campaigns {
		require.NoError(t, err)
		if n++; n == 10 {
			break
		}
	}
	assert.Len(t, srv.Requests(), calls+1, "the second page is not asked for")
}

func TestIteratorStartsAtAToken(t *testing.T) {
	t.Parallel()
	srv := campaignsServer(t, 5)
	s := affiliatepartner.New(srv.Client())
	first, err := s.ListCampaigns(t.Context(), &affiliatepartner.ListCampaignsRequest{PageSize: 3})
	require.NoError(t, err)
	assert.EqualValues(t, 5, first.Data.TotalCount)
	var ids []tiktokshop.ID
	for c, err := range s.ListCampaignsAll(t.Context(),
		&affiliatepartner.ListCampaignsRequest{PageSize: 3, PageToken: first.Data.NextPageToken}) {
		require.NoError(t, err)
		ids = append(ids, c.ID)
	}
	assert.Equal(t, []tiktokshop.ID{"1003", "1004"}, ids)
}

func TestIteratorEnds(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string][]string{
		"empty token":  {`"next_page_token":""`},
		"no token":     {`"total_count":1`},
		"null token":   {`"next_page_token":null`},
		"zero token":   {`"next_page_token":"0"`},
		"repeated":     {`"next_page_token":"a"`, `"next_page_token":"a"`},
		"in a circle":  {`"next_page_token":"a"`, `"next_page_token":"b"`, `"next_page_token":"a"`},
		"several":      {`"next_page_token":"a"`, `"next_page_token":"b"`, `"next_page_token":""`},
		"empty page":   {`"next_page_token":"a"`, `"campaigns":[],"next_page_token":""`},
		"error":        {`"next_page_token":"a"`, ``},
		"first failed": {``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t)
			for i, token := range tokens {
				body := fmt.Sprintf(`{"code":0,"data":{"campaigns":[{"id":%d}],%s}}`, i, token)
				if token == "" {
					body = `{"code":16032007,"message":"Permission denied."}`
				}
				srv.FailNext(1, tiktokshoptest.Fault{Body: body})
			}
			var failures []error
			for _, err := range affiliatepartner.New(srv.Client()).ListCampaignsAll(t.Context(),
				nil) {
				if err != nil {
					failures = append(failures, err)
				}
			}
			assert.Len(t, srv.Requests(), len(tokens))
			switch name {
			case "repeated", "in a circle":
				require.Len(t, failures, 1)
				assert.ErrorIs(t, failures[0], tiktokshop.ErrPageTokenRepeated)
			case "error", "first failed":
				require.Len(t, failures, 1)
				assert.ErrorIs(t, failures[0], tiktokshop.ErrPermission)
			default:
				assert.Empty(t, failures)
			}
		})
	}
}
