package fbt_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/fbt"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// patience is short for an example; a program writes poll.Policy{MaxWait: time.Hour}.
var patience = poll.Policy{
	MaxWait: time.Minute, MinDelay: time.Millisecond, MaxDelay: time.Millisecond,
}

// placements answers with one state of the placement task after the other.
func placements(srv *tiktokshoptest.Server, statuses ...fbt.PlacementTaskStatus) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*fbt.Service).GetInboundMethodDetail,
		func(tiktokshoptest.Call) (d fbt.GetInboundMethodDetailData, _ *tiktokshoptest.Refusal) {
			asked++
			d.PlacementTaskStatus = statuses[min(asked, len(statuses)-1)]
			return d, nil
		})
}

// prints answers with one state of the print task after the other.
func prints(srv *tiktokshoptest.Server, statuses ...fbt.TaskStatus) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*fbt.Service).PrintLabel,
		func(tiktokshoptest.Call) (d fbt.PrintLabelData, _ *tiktokshoptest.Refusal) {
			asked++
			if d.TaskStatus = statuses[min(asked, len(
				statuses)-1)]; d.TaskStatus == fbt.TaskStatusSuccess {
				d.DownloadURL = "https://example.test/labels.zip"
			}
			return d, nil
		})
}

// plan is an inbound plan for a week.
func plan() *fbt.GetInboundMethodDetailRequest {
	return &fbt.GetInboundMethodDetailRequest{
		PlanID: "7", InboundMethod: fbt.InboundMethodOneHub,
		EstimateArrivalTime: fbt.EstimateArrivalTime{
			StartTimestamp: "1900000000", EndTimestamp: "1900604800",
		},
	}
}

func TestWaitForPlacement(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		statuses []fbt.PlacementTaskStatus
		is       error
	}{
		{"made", []fbt.PlacementTaskStatus{"Executing", "Executing", "Succeed"}, nil},
		{"failed", []fbt.PlacementTaskStatus{"Executing", "Failed"}, fbt.ErrPlacementFailed},
		{"never", []fbt.PlacementTaskStatus{"Executing"}, poll.ErrNotDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				placements(srv, tt.statuses...)
				resp, err := fbt.New(srv.Client()).WaitForPlacement(t.Context(), plan(),
					poll.Policy{MaxWait: time.Hour})
				require.ErrorIs(t, err, tt.is)
				assert.Equal(t, tt.statuses[len(tt.statuses)-1], resp.Data.PlacementTaskStatus)
				if tt.is != poll.ErrNotDone {
					assert.Len(t, srv.Requests(), len(tt.statuses))
				}
			})
		})
	}
}

func TestWaitForLabels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := tiktokshoptest.New()
		prints(srv, "PROCESSING", "PROCESSING", "SUCCESS")
		start := time.Now()
		resp, err := fbt.New(srv.Client()).WaitForLabels(t.Context(),
			&fbt.PrintLabelRequest{OrderID: "7"}, poll.Policy{MaxWait: time.Hour})
		require.NoError(t, err)
		assert.NotEmpty(t, resp.Data.DownloadURL)
		assert.Len(t, srv.Requests(), 3)
		assert.GreaterOrEqual(t, time.Since(start), 6*time.Second, "as the platform wants it")
		assert.LessOrEqual(t, time.Since(start), 10*time.Second)
	})
}

func ExampleService_WaitForPlacement() {
	srv := tiktokshoptest.New() // a program talks to the platform
	placements(srv, fbt.PlacementTaskStatusExecuting, fbt.PlacementTaskStatusSucceed)
	resp, err := fbt.New(srv.Client()).WaitForPlacement(context.Background(), plan(), patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.PlacementTaskStatus)
	// Output: Succeed
}

func ExampleService_WaitForLabels() {
	srv := tiktokshoptest.New()
	prints(srv, fbt.TaskStatusProcessing, fbt.TaskStatusSuccess)
	resp, err := fbt.New(srv.Client()).WaitForLabels(context.Background(),
		&fbt.PrintLabelRequest{OrderID: "7"}, patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.DownloadURL)
	// Output: https://example.test/labels.zip
}
