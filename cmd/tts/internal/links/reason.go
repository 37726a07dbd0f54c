package links

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// shortReason is an error without what differs from call to call, so that like ones can be counted.
func shortReason(err error) string {
	var refused *tiktokshop.APIError
	var broken *tiktokshop.TransportError
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, affiliatepartner.ErrLinksUnreachable):
		return "the platform cannot be reached: ten calls in a row failed"
	case errors.As(err, &refused) && refused.Code != 0:
		return fmt.Sprintf("code %d: %s", refused.Code, refused.Message)
	case errors.As(err, &refused):
		return fmt.Sprintf("HTTP %d: %s", refused.HTTPStatus, refused.Message)
	case errors.As(err, &broken):
		return "no answer: " + broken.Err.Error()
	}
	return err.Error()
}

// sorted are the reasons, the most frequent first.
func sorted(why map[Reason]int) []Reason {
	reasons := make([]Reason, 0, len(why))
	for r, n := range why {
		r.Count = n
		reasons = append(reasons, r)
	}
	slices.SortFunc(reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return reasons
}
