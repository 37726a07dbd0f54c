package bulk

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"strconv"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// Outcomes sorts the items of a call that succeeded by the failures of its answer: the Failures of
// a generated Data type, whose Item is one of ids, or several joined with commas. An item that a
// failure names is Failed with an *tiktokshop.ItemError; the others are Done. If a failure names no
// item of the call, nobody can tell which it is about: those without one are then Unaccounted.
func Outcomes[ID ~string](ids []ID, failures iter.Seq[tiktokshop.ItemError]) []Outcome[struct{}] {
	place := make(map[ID]int, len(ids))
	outcomes := make([]Outcome[struct{}], len(ids))
	for i, id := range ids {
		place[id] = i
		outcomes[i].Status = Done
	}
	astray := false
	for failure := range failures {
		named := false
		for name := range strings.SplitSeq(failure.Item, ",") {
			i, known := place[ID(name)]
			if !known {
				continue
			}
			named = true
			reason := error(&failure)
			if outcomes[i].Err != nil {
				reason = errors.Join(outcomes[i].Err, reason)
			}
			outcomes[i] = Outcome[struct{}]{Status: Failed, Err: reason}
		}
		astray = astray || !named
	}
	for i := range outcomes {
		if astray && outcomes[i].Status == Done {
			outcomes[i].Status = Unaccounted
		}
	}
	return outcomes
}

// MaxItems is the most elements that a list of a request may have: the maxitems of its check tag,
// which comes from the platform's facts. It is 0 if the field has none.
func MaxItems[Req any](field string) int {
	f, _ := reflect.TypeFor[Req]().FieldByName(field)
	for rule := range strings.SplitSeq(f.Tag.Get("check"), ",") {
		if most, ok := strings.CutPrefix(rule, "maxitems="); ok {
			n, _ := strconv.Atoi(most) // the client refuses a request whose tag is malformed
			return n
		}
	}
	return 0
}

// badItems returns what is wrong with the items of a call, by their place in it; nil if the error
// is not about items alone.
func (op *Operation[In, Out]) badItems(err error, n int) map[int]error {
	var bad map[int]error
	for _, mistake := range tiktokshop.InputErrors(err) {
		first, last, field, ok := op.itemOf(mistake.Field, n)
		if !ok {
			return nil
		}
		if bad == nil {
			bad = make(map[int]error)
		}
		one := &tiktokshop.InputError{Operation: mistake.Operation, Field: field,
			Reason: mistake.Reason}
		for i := first; i <= last; i++ {
			if bad[i] == nil {
				bad[i] = one
			} else {
				bad[i] = errors.Join(bad[i], one)
			}
		}
	}
	return bad
}

// itemOf tells which of the n items a field of the request is about, and what it is called without
// their places.
func (op *Operation[In, Out]) itemOf(field string, n int) (first, last int, name string, ok bool) {
	for _, own := range op.ItemFields {
		rest, is := strings.CutPrefix(field, own)
		switch {
		case !is:
		case rest == "":
			return 0, n - 1, field, true
		case rest[0] == '.':
			return 0, n - 1, field, true
		case rest[0] == '[':
			place, after, _ := strings.Cut(rest[1:], "]")
			if i, err := strconv.Atoi(place); err == nil && i >= 0 && i < n {
				return i, i, own + after, true
			}
		}
	}
	return 0, 0, "", false
}

// stops tells whether every other call of the operation would meet the same error.
func (op *Operation[In, Out]) stops(err error) bool {
	if op.Stops != nil {
		if stops, known := op.Stops(err); known {
			return stops
		}
	}
	return Stops(err)
}

// Stops reports whether every other call of a run would meet an error too, by its kind: the
// request's own fields, the token, the app, a permission, a quota that is used up, a version that
// is retired, or the end of the context.
func Stops(err error) bool {
	var input *tiktokshop.InputError
	var noToken *tiktokshop.TokenError
	if errors.As(err, &input) || errors.As(err, &noToken) || errors.Is(err, context.Canceled) {
		return true
	}
	for _, kind := range []error{
		tiktokshop.ErrTokenExpired, tiktokshop.ErrTokenInvalid, tiktokshop.ErrInvalidAppKey,
		tiktokshop.ErrInvalidSignature, tiktokshop.ErrClockSkew, tiktokshop.ErrPermission,
		tiktokshop.ErrIPNotAllowed, tiktokshop.ErrUnexpectedIdentifier,
		tiktokshop.ErrMissingIdentifier,
		tiktokshop.ErrInvalidIdentifier, tiktokshop.ErrQuotaExhausted, tiktokshop.ErrVersionRetired,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// isUnanswered tells whether a call got no answer, or one from a platform that is not there.
func isUnanswered(err error) bool {
	var broken *tiktokshop.TransportError
	return errors.As(err, &broken) ||
		errors.Is(err, tiktokshop.ErrUnavailable) || errors.Is(err, tiktokshop.ErrInvalidResponse)
}

// AnswerOf is the answer of a call: the id of its response, and what became of its items.
func AnswerOf[Data, Out any](
	resp *tiktokshop.Response[Data], outcomes []Outcome[Out],
) *Answer[Out] {
	return &Answer[Out]{RequestID: resp.RequestID, Outcomes: outcomes}
}

// CheckID is the Check of an operation on the platform's ids, which are in a field of its request.
func CheckID(operation, field string) func(tiktokshop.ID) error {
	return func(id tiktokshop.ID) error {
		if reason := bind.PlatformID(string(id)); reason != "" {
			return &tiktokshop.InputError{Operation: operation, Field: field, Reason: reason}
		}
		return nil
	}
}

// NoFailures are those of an operation that does all of a request or nothing.
func NoFailures(func(tiktokshop.ItemError) bool) {}
