package returnrefund_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// patience is short for an example; a program writes poll.Policy{MaxWait: time.Hour}.
var patience = poll.Policy{
	MaxWait: time.Minute, MinDelay: time.Millisecond, MaxDelay: time.Millisecond,
}

// reviews answers for request 7 with one state after the other; "" is a list without it.
func reviews(srv *tiktokshoptest.Server, statuses ...returnrefund.AftersalesRequestStatus) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*returnrefund.Service).SearchAftersalesRequest,
		func(
			tiktokshoptest.Call,
		) (d returnrefund.SearchAftersalesRequestData, _ *tiktokshoptest.Refusal) {
			asked++
			if status := statuses[min(asked, len(statuses)-1)]; status != "" {
				d.AftersalesRequests = []returnrefund.AftersalesRequest{{ID: "7", Status: status}}
			}
			return d, nil
		})
}

func TestWaitForAftersalesReview(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		statuses []returnrefund.AftersalesRequestStatus
		is       error
	}{
		{"decided", []returnrefund.AftersalesRequestStatus{"", "INIT", "PENDING_REQUEST_REVIEW",
			"REQUEST_REVIEW_COMPLETED"}, nil},
		{"never", []returnrefund.AftersalesRequestStatus{"PENDING_REQUEST_REVIEW"},
			poll.ErrNotDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				reviews(srv, tt.statuses...)
				request, err := returnrefund.New(srv.Client()).WaitForAftersalesReview(t.Context(),
					"7", poll.Policy{MaxWait: time.Hour})
				require.ErrorIs(t, err, tt.is)
				assert.Equal(t, returnrefund.AftersalesRequest{ID: "7",
					Status: tt.statuses[len(tt.statuses)-1]}, request)
				assert.Contains(t, string(srv.Requests()[0].Body), `"aftersales_request_ids":["7"]`)
				if tt.is == nil {
					assert.Len(t, srv.Requests(), len(tt.statuses))
				}
			})
		})
	}
}

func ExampleService_WaitForAftersalesReview() {
	srv := tiktokshoptest.New() // a program talks to the platform
	reviews(srv, returnrefund.AftersalesRequestStatusPendingRequestReview,
		returnrefund.AftersalesRequestStatusRequestReviewCompleted)
	request, err := returnrefund.New(srv.Client()).WaitForAftersalesReview(context.Background(),
		"7", patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(request.Status)
	// Output: REQUEST_REVIEW_COMPLETED
}
