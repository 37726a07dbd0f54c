package affiliatepartner

import (
	"errors"
	"iter"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// mistakes are what is wrong with an input.
type mistakes []bind.Mistake

// add adds a mistake if there is a reason.
func (m *mistakes) add(field, reason string) {
	if reason != "" {
		*m = append(*m, bind.Mistake{Field: field, Reason: reason})
	}
}

// err returns the *InputErrors for the mistakes, nil if there are none. The operation is empty
// where the client fills it in.
func (m mistakes) err(operation string) error {
	errs := make([]error, len(m))
	for i, mistake := range m {
		errs[i] = &tiktokshop.InputError{Operation: operation, Field: mistake.Field,
			Reason: mistake.Reason}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// failed is a list that has nothing but an error.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}
