package affiliatecreator

import (
	"cmp"
	"context"
	"errors"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// ErrPostFailed ends a wait for a video that was not posted.
var ErrPostFailed = errors.New("the video was not posted")

// WaitForPrecheck asks GetShoppableVideoPrecheckResult until the checks of PrecheckVideoContent are
// over, and returns what they found: a check that the video did not pass is a result, not an error.
// Any other end is a *poll.Error. The last answer is returned in any case, nil if there
// was none.
func (s *Service) WaitForPrecheck(
	ctx context.Context, taskID tiktokshop.ID, wait poll.Policy, opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetShoppableVideoPrecheckResultData], error) {
	wait.What = cmp.Or(wait.What, "the precheck "+string(taskID))
	return poll.Until(ctx, wait,
		func(
			ctx context.Context,
		) (*tiktokshop.Response[GetShoppableVideoPrecheckResultData], error) {
			return s.GetShoppableVideoPrecheckResult(ctx, &GetShoppableVideoPrecheckResultRequest{
				TaskID: taskID,
			}, opts...)
		},
		func(resp *tiktokshop.Response[GetShoppableVideoPrecheckResultData]) (bool, error) {
			task := &resp.Data.PrecheckTask
			quality := task.GoodQualityCheckResult.Status
			return task.ViolationCheckResult.Status.IsTerminal() &&
				// a video need not be checked for quality
				(quality.IsTerminal() || quality == ""), nil
		})
}

// WaitForVideoPost asks GetShoppableVideoStatus until a video of PostShoppableVideo is posted, and
// returns it. Any other end is a *poll.Error, with ErrPostFailed if the platform could
// not post it. The last answer is returned in any case, nil if there was none.
func (s *Service) WaitForVideoPost(
	ctx context.Context, videoID tiktokshop.ID, wait poll.Policy, opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetShoppableVideoStatusData], error) {
	wait.What = cmp.Or(wait.What, "the post of video "+string(videoID))
	return poll.Until(ctx, wait,
		func(ctx context.Context) (*tiktokshop.Response[GetShoppableVideoStatusData], error) {
			return s.GetShoppableVideoStatus(ctx, &GetShoppableVideoStatusRequest{VideoID: videoID},
				opts...)
		},
		func(resp *tiktokshop.Response[GetShoppableVideoStatusData]) (bool, error) {
			status := resp.Data.Video.PostStatus
			if status == PostStatusFail {
				return true, ErrPostFailed
			}
			return status.IsTerminal(), nil
		})
}
