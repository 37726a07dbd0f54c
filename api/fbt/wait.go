package fbt

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// ErrPlacementFailed ends a wait for placement options that the platform could not make.
var ErrPlacementFailed = errors.New("there are no placement options")

// WaitForPlacement asks GetInboundMethodDetail until the placement options of an inbound plan are
// there, and returns them. Any other end is a *poll.Error, with ErrPlacementFailed if
// there will be none. The last answer is returned in any case, nil if there was none.
func (s *Service) WaitForPlacement(
	ctx context.Context, req *GetInboundMethodDetailRequest, wait poll.Policy,
	opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetInboundMethodDetailData], error) {
	if req != nil {
		wait.What = cmp.Or(wait.What, "the placement of inbound plan "+string(req.PlanID))
	}
	return poll.Until(ctx, wait,
		func(ctx context.Context) (*tiktokshop.Response[GetInboundMethodDetailData], error) {
			return s.GetInboundMethodDetail(ctx, req, opts...)
		},
		func(resp *tiktokshop.Response[GetInboundMethodDetailData]) (bool, error) {
			status := resp.Data.PlacementTaskStatus
			if status == PlacementTaskStatusFailed {
				return true, ErrPlacementFailed
			}
			return status.IsTerminal(), nil
		})
}

// WaitForLabels asks PrintLabel until the labels of an inbound order are made, and returns their
// DownloadURL. The platform wants to be asked every 3 to 5 seconds, which a policy without delays
// does. Any other end is a *poll.Error. The last answer is returned in any case, nil if
// there was none.
func (s *Service) WaitForLabels(
	ctx context.Context, req *PrintLabelRequest, wait poll.Policy, opts ...tiktokshop.Option,
) (*tiktokshop.Response[PrintLabelData], error) {
	if req != nil {
		wait.What = cmp.Or(wait.What, "the labels of inbound order "+string(req.OrderID))
	}
	if wait.MinDelay == 0 && wait.MaxDelay == 0 {
		wait.MinDelay, wait.MaxDelay = 3*time.Second, 5*time.Second
	}
	return poll.Until(ctx, wait,
		func(ctx context.Context) (*tiktokshop.Response[PrintLabelData], error) {
			return s.PrintLabel(ctx, req, opts...)
		},
		func(resp *tiktokshop.Response[PrintLabelData]) (bool, error) {
			return resp.Data.TaskStatus.IsTerminal(), nil
		})
}
