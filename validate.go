package tiktokshop

import (
	"strconv"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// The checks of services that are written by hand. They say what tags would say.

// requireID refuses what is no platform id.
func (op *Operation) requireID(field string, id ID) error {
	if problem := id.problem(); problem != "" {
		return op.inputError(field, "%s", problem)
	}
	return nil
}

// checkOptionalID refuses what is given and no platform id.
func (op *Operation) checkOptionalID(field string, id ID) error {
	if id == "" {
		return nil
	}
	return op.requireID(field, id)
}

// checkPresent refuses an empty value.
func (op *Operation) checkPresent(field, value string) error {
	if value == "" {
		return op.inputError(field, bind.Missing)
	}
	return nil
}

// orEmpty stands an empty request in for none, as Call does.
func orEmpty[T any](req *T) *T {
	if req == nil {
		return new(T)
	}
	return req
}

// checkPathText refuses what is empty or cannot stand in a path.
func (op *Operation) checkPathText(field, value string) error {
	if value != "" && !bind.IsPathValue(value) {
		return op.inputError(field, bind.PathValue)
	}
	return op.checkPresent(field, value)
}

// checkLen refuses a list of too many elements, and an empty one if it must have some.
func (op *Operation) checkLen(field string, n, least, most int) error {
	switch {
	case n < least:
		return op.inputError(field, bind.Missing)
	case n > most:
		return op.inputError(field, "%s", bind.TooMany(most))
	}
	return nil
}

// checkTime refuses a time that was not given.
func (op *Operation) checkTime(field string, t UnixTime) error {
	if t.IsZero() {
		return op.inputError(field, bind.Missing)
	}
	return nil
}

// checkRange refuses a number that is not from least to most.
func (op *Operation) checkRange(field string, n, least, most int64) error {
	switch {
	case n < least:
		return op.inputError(field, "%s", bind.TooSmall(strconv.FormatInt(least, 10)))
	case n > most:
		return op.inputError(field, "%s", bind.TooLarge(strconv.FormatInt(most, 10)))
	}
	return nil
}
