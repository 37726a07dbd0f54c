package affiliatecreator_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/affiliatecreator"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// patience is short for an example; a program writes poll.Policy{MaxWait: time.Hour}.
var patience = poll.Policy{
	MaxWait: time.Minute, MinDelay: time.Millisecond, MaxDelay: time.Millisecond,
}

// posts answers for a video with one status after the other.
func posts(srv *tiktokshoptest.Server, statuses ...affiliatecreator.PostStatus) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*affiliatecreator.Service).GetShoppableVideoStatus,
		func(
			tiktokshoptest.Call,
		) (d affiliatecreator.GetShoppableVideoStatusData, _ *tiktokshoptest.Refusal) {
			asked++
			d.Video.PostStatus = statuses[min(asked, len(statuses)-1)]
			return d, nil
		})
}

// checks answers for a precheck with the statuses of violation and quality, one pair after the
// other.
func checks(srv *tiktokshoptest.Server, pairs ...[2]affiliatecreator.PostStatus) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*affiliatecreator.Service).GetShoppableVideoPrecheckResult,
		func(
			tiktokshoptest.Call,
		) (d affiliatecreator.GetShoppableVideoPrecheckResultData, _ *tiktokshoptest.Refusal) {
			asked++
			pair := pairs[min(asked, len(pairs)-1)]
			d.PrecheckTask.ViolationCheckResult.Status = pair[0]
			d.PrecheckTask.GoodQualityCheckResult.Status = pair[1]
			return d, nil
		})
}

func TestWaitForVideoPost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		statuses []affiliatecreator.PostStatus
		is       error
	}{
		{"posted", []affiliatecreator.PostStatus{"PROCESSING", "PROCESSING", "SUCCESS"}, nil},
		{"not posted", []affiliatecreator.PostStatus{"PROCESSING", "FAIL"},
			affiliatecreator.ErrPostFailed},
		{"never", []affiliatecreator.PostStatus{"PROCESSING"}, poll.ErrNotDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				posts(srv, tt.statuses...)
				resp, err := affiliatecreator.New(srv.Client()).WaitForVideoPost(t.Context(), "7",
					poll.Policy{MaxWait: time.Hour})
				require.ErrorIs(t, err, tt.is)
				assert.Equal(t, tt.statuses[len(tt.statuses)-1], resp.Data.Video.PostStatus)
				if tt.is != poll.ErrNotDone {
					assert.Len(t, srv.Requests(), len(tt.statuses))
				}
				if tt.is != nil {
					require.ErrorContains(t, err, "the post of video 7")
				}
			})
		})
	}
}

func TestWaitForPrecheck(t *testing.T) {
	t.Parallel()
	type pair = [2]affiliatecreator.PostStatus
	for _, tt := range []struct {
		name  string
		pairs []pair
		is    error
	}{
		{"passed", []pair{{"PROCESSING", "PROCESSING"}, {"SUCCESS", "PROCESSING"}, {"SUCCESS", "SUCCESS"}}, nil},
		{"a violation", []pair{{"PROCESSING", "SUCCESS"}, {"FAIL", "SUCCESS"}}, nil},
		{"no check for quality", []pair{{"PROCESSING", ""}, {"SUCCESS", ""}}, nil},
		{"never", []pair{{"", ""}}, poll.ErrNotDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				checks(srv, tt.pairs...)
				_, err := affiliatecreator.New(srv.Client()).WaitForPrecheck(t.Context(), "7",
					poll.Policy{MaxWait: time.Hour})
				require.ErrorIs(t, err, tt.is)
				if tt.is == nil {
					assert.Len(t, srv.Requests(), len(tt.pairs))
				}
			})
		})
	}
}

func ExampleService_WaitForVideoPost() {
	srv := tiktokshoptest.New() // a program talks to the platform
	posts(srv, affiliatecreator.PostStatusProcessing, affiliatecreator.PostStatusSuccess)
	resp, err := affiliatecreator.New(srv.Client()).WaitForVideoPost(context.Background(), "7",
		patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.Video.PostStatus)
	// Output: SUCCESS
}

func ExampleService_WaitForPrecheck() {
	srv := tiktokshoptest.New()
	checks(srv, [2]affiliatecreator.PostStatus{"PROCESSING", "PROCESSING"},
		[2]affiliatecreator.PostStatus{"FAIL", "SUCCESS"})
	resp, err := affiliatecreator.New(srv.Client()).WaitForPrecheck(context.Background(), "7",
		patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.PrecheckTask.ViolationCheckResult.Status) // a result, not an error
	// Output: FAIL
}
