package product_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// states answers GetProduct with one state after the other, the last one for ever.
func states(
	srv *tiktokshoptest.Server, audits []product.AuditStatus, listings []product.ListingStatus,
) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*product.Service).GetProduct,
		func(call tiktokshoptest.Call) (d product.GetProductData, _ *tiktokshoptest.Refusal) {
			asked++
			d.ID = tiktokshop.ID(call.Params["product_id"])
			if audits != nil {
				d.Audit.Status = audits[min(asked, len(audits)-1)]
			}
			if listings != nil {
				d.Status = listings[min(asked, len(listings)-1)]
			}
			return d, nil
		})
}

func TestWaitForProduct(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		audits   []product.AuditStatus
		listings []product.ListingStatus
		is       error
		text     string
		asked    int
	}{
		{name: "approved", audits: []product.AuditStatus{"AUDITING", "AUDITING", "APPROVED"},
			asked: 3},
		{name: "approved in advance", audits: []product.AuditStatus{"AUDITING", "PRE_APPROVED"},
			asked: 2},
		{name: "audit failed", audits: []product.AuditStatus{"AUDITING", "FAILED"},
			is: product.ErrAuditFailed, text: "FAILED", asked: 2},
		{name: "not submitted", audits: []product.AuditStatus{"NONE"}, is: product.ErrAuditFailed,
			text: "the audit of product 5: asked 1 times", asked: 1},
		{name: "a state that nobody knows", audits: []product.AuditStatus{"NEW"},
			is: poll.ErrNotDone, asked: 0},
		{name: "live", listings: []product.ListingStatus{"PENDING", "SCHEDULED", "ACTIVATE"},
			asked: 3},
		{name: "failed", listings: []product.ListingStatus{"PENDING", "FAILED"},
			is: product.ErrNotActive, text: "FAILED", asked: 2},
		{name: "frozen", listings: []product.ListingStatus{"FREEZE"}, is: product.ErrNotActive,
			text: "the activation of product 5", asked: 1},
		{name: "pending for ever", listings: []product.ListingStatus{"PENDING"},
			is: poll.ErrNotDone, asked: 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				states(srv, tt.audits, tt.listings)
				s := product.New(srv.Client())
				ask := s.WaitUntilAudited
				if tt.listings != nil {
					ask = s.WaitUntilActive
				}
				resp, err := ask(t.Context(), "5", poll.Policy{MaxWait: time.Hour})
				if tt.asked > 0 {
					assert.Len(t, srv.Requests(), tt.asked)
				} else {
					assert.Less(t, len(srv.Requests()), 150, "waits grow")
				}
				require.NotNil(t, resp)
				assert.Equal(t, tiktokshop.ID("5"), resp.Data.ID)
				if tt.is == nil {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, tt.is)
				require.ErrorContains(t, err, tt.text)
				var ended *poll.Error
				require.ErrorAs(t, err, &ended)
				assert.Equal(t, resp, ended.Last)
			})
		})
	}
}

// An outage in between ends no wait, a refusal and the context do.
func TestWaitForProductInTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := tiktokshoptest.New()
		states(srv, []product.AuditStatus{"AUDITING", "APPROVED"}, nil)
		s := product.New(srv.Client(tiktokshop.WithoutRetry()))
		srv.FailNext(3, tiktokshoptest.Fault{Status: 503})
		_, err := s.WaitUntilAudited(t.Context(), "5", poll.Policy{MaxWait: time.Hour})
		require.NoError(t, err)
		assert.Len(t, srv.Requests(), 5)

		srv.FailNext(1, tiktokshoptest.Fault{Status: 403, Code: 105005})
		resp, err := s.WaitUntilAudited(t.Context(), "5", poll.Policy{MaxWait: time.Hour})
		require.ErrorIs(t, err, tiktokshop.ErrPermission)
		assert.Nil(t, resp)

		states(srv, []product.AuditStatus{"AUDITING"}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		resp, err = s.WaitUntilAudited(ctx, "5", poll.Policy{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, product.AuditStatusAuditing, resp.Data.Audit.Status)

		_, err = s.WaitUntilAudited(t.Context(), "", poll.Policy{MaxWait: time.Hour})
		require.Len(t, tiktokshop.InputErrors(errors.Unwrap(fmt.Errorf("%w", err))), 1)
	})
}

func translations(
	srv *tiktokshoptest.Server, rounds ...map[tiktokshop.ID]product.TranslationTaskStatus,
) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*product.Service).GetImageTranslationTasks,
		func(
			tiktokshoptest.Call,
		) (d product.GetImageTranslationTasksData, _ *tiktokshoptest.Refusal) {
			asked++
			for id, status := range rounds[min(asked, len(rounds)-1)] {
				d.TranslationTasks = append(d.TranslationTasks,
					product.ImageTranslationTasksTranslationTask{ID: id, Status: status})
			}
			return d, nil
		})
}

func TestWaitForImageTranslations(t *testing.T) {
	t.Parallel()
	type round = map[tiktokshop.ID]product.TranslationTaskStatus
	for _, tt := range []struct {
		name   string
		rounds []round
		is     error
		asked  int
	}{
		{"all", []round{{"1": "PROCESSING", "2": "PROCESSING"}, {"1": "COMPLETED", "2": "PROCESSING"}, {"1": "COMPLETED", "2": "COMPLETED"}}, nil, 3},
		{"one is missing at first",
			[]round{{"1": "COMPLETED"}, {"1": "COMPLETED", "2": "COMPLETED"}}, nil, 2},
		{"one failed",
			[]round{{"1": "FAILED", "2": "PROCESSING"}, {"1": "FAILED", "2": "COMPLETED"}},
			product.ErrTranslationFailed, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				translations(srv, tt.rounds...)
				start := time.Now()
				resp, err := product.New(srv.Client()).WaitForImageTranslations(
					t.Context(), []tiktokshop.ID{"1", "2"}, poll.Policy{MaxWait: time.Hour})
				require.ErrorIs(t, err, tt.is)
				assert.Len(t, resp.Data.TranslationTasks, 2)
				assert.Len(t, srv.Requests(), tt.asked)
				assert.GreaterOrEqual(t, time.Since(start),
					time.Duration(tt.asked-1)*10*time.Second)
			})
		})
	}
}

// patience is short for an example; a program writes poll.Policy{MaxWait: 2 * time.Hour}.
var patience = poll.Policy{MaxWait: time.Minute, MinDelay: time.Millisecond,
	MaxDelay: time.Millisecond}

func ExampleService_WaitUntilAudited() {
	srv := tiktokshoptest.New() // a program talks to the platform
	states(srv, []product.AuditStatus{product.AuditStatusAuditing, product.AuditStatusFailed}, nil)
	products := product.New(srv.Client())
	resp, err := products.WaitUntilAudited(context.Background(), "1729592969712207008", patience)
	switch {
	case errors.Is(err, product.ErrAuditFailed):
		fmt.Println("edit it:", resp.Data.Audit.Status, resp.Data.AuditFailedReasons)
	case errors.Is(err, poll.ErrNotDone):
		fmt.Println("still in audit")
	case err != nil:
		fmt.Println(err)
	}
	// Output: edit it: FAILED []
}

func ExampleService_WaitUntilActive() {
	srv := tiktokshoptest.New()
	states(srv, nil, []product.ListingStatus{product.ListingStatusPending,
		product.ListingStatusActivate})
	products := product.New(srv.Client())
	resp, err := products.WaitUntilActive(context.Background(), "1729592969712207008", patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.Status)
	// Output: ACTIVATE
}

func ExampleService_WaitForImageTranslations() {
	srv := tiktokshoptest.New()
	translations(srv,
		map[tiktokshop.ID]product.TranslationTaskStatus{"1": product.TranslationTaskStatusCompleted})
	products := product.New(srv.Client())
	resp, err := products.WaitForImageTranslations(context.Background(), []tiktokshop.ID{"1"},
		patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.TranslationTasks[0].Status)
	// Output: COMPLETED
}
