package token

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// masked returns err unless its text, or that of an error it wraps, holds a secret: then an error
// with a clean text, in which errors.Is still finds what it found in err.
func masked(err error, secrets ...string) error {
	var pairs []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted := strconv.Quote(s)
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), quoted[1 : len(quoted)-1]} {
			pairs = append(pairs, form, redacted)
		}
	}
	mask := strings.NewReplacer(pairs...).Replace
	if clean(err, mask) {
		return err
	}
	return &maskedError{text: mask(err.Error()), is: func(target error) bool { return errors.Is(err, target) }}
}

func clean(err error, mask func(string) string) bool {
	if err == nil {
		return true
	}
	if text := err.Error(); mask(text) != text {
		return false
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return clean(e.Unwrap(), mask)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if !clean(inner, mask) {
				return false
			}
		}
	}
	return true
}

// maskedError keeps the error it stands for out of reach, in a closure.
type maskedError struct {
	text string
	is   func(error) bool
}

func (e *maskedError) Error() string        { return e.text }
func (e *maskedError) Is(target error) bool { return e.is(target) }
