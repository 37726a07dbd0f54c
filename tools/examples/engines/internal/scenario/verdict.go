package scenario

import (
	"errors"
	"net/http"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/operations"
)

// Hopeless tells what is not to be tried again: the account must authorize the app again, the call
// would be refused again, or it is a write that was sent and not answered, and so may have taken
// effect. riverjobs.Verdict, in the module river, judges in more detail.
func Hopeless(err error) bool {
	if tiktokshop.NeedsReauthorization(err) || len(tiktokshop.InputErrors(err)) > 0 ||
		errors.Is(err, tiktokshop.ErrPermission) || errors.Is(err, tiktokshop.ErrVersionRetired) {
		return true
	}
	var answered *tiktokshop.APIError
	var lost *tiktokshop.TransportError
	switch {
	case errors.As(err, &answered):
		return answered.MayHaveTakenEffect() && !repeatSafe(answered.Operation)
	case errors.As(err, &lost):
		return lost.MayHaveTakenEffect() && !repeatSafe(lost.Operation)
	}
	return false
}

func repeatSafe(operation string) bool {
	op, known := operations.Find(operation)
	return known && (op.RepeatSafe || op.Method == http.MethodGet)
}
