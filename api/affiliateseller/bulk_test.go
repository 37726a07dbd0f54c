package affiliateseller_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliateseller"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// collaboration is all of a target collaboration but its creators.
func collaboration(creators []string) affiliateseller.CreateTargetCollaborationRequest {
	return affiliateseller.CreateTargetCollaborationRequest{
		Name:    "spring, from " + creators[0],
		EndTime: tiktokshop.NewUnixTimeText(time.Unix(1900000000, 0)),
		FreeSampleRule: affiliateseller.FreeSampleRule{
			HasFreeSample: tiktokshop.Ptr(false), IsSampleApprovalExempt: tiktokshop.Ptr(false),
		},
		Products: []affiliateseller.CreateTargetCollaborationProduct{{
			ID:                   "1729592969712207008",
			TargetCommissionRate: tiktokshop.Ptr(tiktokshop.BasisPoints(1500)),
		}},
	}
}

// invitations answers calls: "invalid" is an unknown creator, "taken" has the product already, and
// a call with "nobody" fails for its product.
func invitations(srv *tiktokshoptest.Server) (invited *[][]string) {
	invited = new([][]string)
	tiktokshoptest.AnswerFunc(srv, (*affiliateseller.Service).CreateTargetCollaboration,
		func(
			call tiktokshoptest.Call,
		) (d affiliateseller.CreateTargetCollaborationData, _ *tiktokshoptest.Refusal) {
			var body struct {
				Creators []string `json:"creator_user_open_ids"`
			}
			if err := json.Unmarshal(call.Body, &body); err != nil {
				panic(err)
			}
			if slices.Contains(body.Creators, "invalid") {
				d.InvalidOpenIDList = []string{"invalid"}
			}
			if slices.Contains(body.Creators, "taken") {
				d.TargetCollaborationConflicts = append(d.TargetCollaborationConflicts,
					affiliateseller.TargetCollaborationConflict{
						CreatorUserOpenID: "taken", ProductID: "1729592969712207008",
					})
			}
			if slices.Contains(body.Creators, "nobody") {
				d.InvalidProductIDList = []tiktokshop.ID{"1729592969712207008"}
			}
			if d.Err() == nil {
				*invited = append(*invited, body.Creators)
				d.TargetCollaboration.ID = tiktokshop.ID(fmt.Sprint(len(*invited)))
			}
			return d, nil
		})
	return invited
}

func TestCreateTargetCollaborationBulk(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	invited := invitations(srv)
	creators := []string{"taken", "a", "invalid", "b"}
	for i := range 60 {
		creators = append(creators, fmt.Sprint("c", i))
	}
	status := map[string]string{}
	for r, err := range affiliateseller.New(srv.Client()).CreateTargetCollaborationBulk(
		t.Context(), collaboration, slices.Values(creators), bulk.Options{Concurrency: 1}) {
		require.NoError(t, err)
		require.Equal(t, creators[r.Position], r.Item)
		status[r.Item] = fmt.Sprintf("%s %s %t", r.Status, r.Value, r.Err != nil)
	}
	assert.Equal(t, "failed  true", status["taken"])
	assert.Equal(t, "failed  true", status["invalid"])
	assert.Equal(t, "done 1 false", status["a"])
	assert.Equal(t, "done 2 false", status["c59"])
	require.Len(t, *invited, 2)
	assert.Len(t, (*invited)[0], 48, "the others are invited all the same")
	assert.Len(t, (*invited)[1], 14)
	assert.Len(t, srv.Requests(), 3)

	for r, err := range affiliateseller.New(srv.Client()).CreateTargetCollaborationBulk(
		t.Context(), collaboration, slices.Values([]string{"nobody", "d"}), bulk.Options{}) {
		require.NoError(t, err)
		assert.Equal(t, bulk.Failed, r.Status)
		require.ErrorContains(t, r.Err, "1729592969712207008")
	}
	assert.Len(t, *invited, 2)
}

// Any number of creators is invited, 50 a collaboration. One that cannot be invited keeps nobody
// else from it.
func ExampleService_CreateTargetCollaborationBulk() {
	srv := tiktokshoptest.New() // a program talks to the platform
	invitations(srv)
	creators := slices.Values([]string{"ann", "taken", "bob"})
	for result, err := range affiliateseller.New(srv.Client()).CreateTargetCollaborationBulk(
		context.Background(), collaboration, creators, bulk.Options{},
	) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s %q\n", result.Item, result.Status, result.Value)
	}
	// Output:
	// ann: done "1"
	// taken: failed ""
	// bob: done "1"
}
