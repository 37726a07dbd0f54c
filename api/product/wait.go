package product

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// What a wait for a product or a translation can end with.
var (
	// ErrAuditFailed: the product failed its audit, or is in none; see Audit and
	// AuditFailedReasons.
	ErrAuditFailed = errors.New("the audit was not passed")
	// ErrNotActive: the product is in a status that does not lead to ACTIVATE by itself.
	ErrNotActive = errors.New("the product does not become active")
	// ErrTranslationFailed: images were not translated; see FailReason of each.
	ErrTranslationFailed = errors.New("not translated")
)

// WaitUntilAudited asks GetProduct until the product's audit is over, and returns the product with
// AuditStatusApproved or AuditStatusPreApproved. Any other end is a *poll.Error, with
// ErrAuditFailed if the audit failed or there is none. The last answer is returned in any case, nil
// if there was none. An audit takes minutes to days.
func (s *Service) WaitUntilAudited(
	ctx context.Context, productID tiktokshop.ID, wait poll.Policy, opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetProductData], error) {
	wait.What = cmp.Or(wait.What, "the audit of product "+string(productID))
	return poll.Until(ctx, wait, s.askForProduct(productID, opts),
		func(resp *tiktokshop.Response[GetProductData]) (bool, error) {
			switch status := resp.Data.Audit.Status; {
			case !status.IsTerminal():
				return false, nil
			case status == AuditStatusApproved, status == AuditStatusPreApproved:
				return true, nil
			default:
				return true, fmt.Errorf("%w: %s", ErrAuditFailed, status)
			}
		})
}

// WaitUntilActive asks GetProduct until the product is live, as after ActivateProduct, and returns
// it. Any other end is a *poll.Error, with ErrNotActive if the product failed its audit,
// or is a draft, deactivated, frozen or deleted. The last answer is returned in any case, nil if
// there was none.
func (s *Service) WaitUntilActive(
	ctx context.Context, productID tiktokshop.ID, wait poll.Policy, opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetProductData], error) {
	wait.What = cmp.Or(wait.What, "the activation of product "+string(productID))
	return poll.Until(ctx, wait, s.askForProduct(productID, opts),
		func(resp *tiktokshop.Response[GetProductData]) (bool, error) {
			status := resp.Data.Status
			if status.IsTerminal() && status != ListingStatusActivate {
				return true, fmt.Errorf("%w: %s", ErrNotActive, status)
			}
			return status.IsTerminal(), nil
		})
}

func (s *Service) askForProduct(
	productID tiktokshop.ID, opts []tiktokshop.Option,
) func(context.Context) (*tiktokshop.Response[GetProductData], error) {
	return func(ctx context.Context) (*tiktokshop.Response[GetProductData], error) {
		return s.GetProduct(ctx, &GetProductRequest{ProductID: productID}, opts...)
	}
}

// WaitForImageTranslations asks GetImageTranslationTasks until all of up to 20 tasks are over, and
// returns them. Any other end is a *poll.Error, with ErrTranslationFailed if one of them
// failed; the answer, which is returned in any case, has the others. The platform asks to begin
// five minutes after CreateImageTranslationTasks, and for 10 seconds between two questions, which
// is the MinDelay of a policy without one.
func (s *Service) WaitForImageTranslations(
	ctx context.Context, taskIDs []tiktokshop.ID, wait poll.Policy, opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetImageTranslationTasksData], error) {
	wait.What = cmp.Or(wait.What, fmt.Sprintf("the translation of %d images", len(taskIDs)))
	wait.MinDelay = cmp.Or(wait.MinDelay, 10*time.Second)
	return poll.Until(ctx, wait,
		func(ctx context.Context) (*tiktokshop.Response[GetImageTranslationTasksData], error) {
			return s.GetImageTranslationTasks(ctx, &GetImageTranslationTasksRequest{
				TranslationTaskIDs: taskIDs,
			}, opts...)
		},
		func(resp *tiktokshop.Response[GetImageTranslationTasksData]) (bool, error) {
			over := make(map[tiktokshop.ID]bool)
			failed := 0
			for _, task := range resp.Data.TranslationTasks {
				over[task.ID] = task.Status.IsTerminal()
				if task.Status == TranslationTaskStatusFailed {
					failed++
				}
			}
			for _, id := range taskIDs {
				if !over[id] {
					return false, nil
				}
			}
			if failed > 0 {
				return true, fmt.Errorf("%w: %d of %d", ErrTranslationFailed, failed, len(taskIDs))
			}
			return true, nil
		})
}
