package scrub

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// Error returns err if neither it nor an error that it wraps shows a secret. Otherwise it returns
// an error with a clean text, and so for each of those that err wraps. In it errors.Is finds what
// it found in err, and errors.As what showed no secret; it is as Retryable, and MayHaveTakenEffect
// as far, as err says.
func (s *Scrubber) Error(err error) error {
	if s.clean(err) {
		return err
	}
	var inner []error
	for _, e := range wrapped(err) {
		if e != nil {
			inner = append(inner, s.Error(e))
		}
	}
	var clean error = &scrubbedError{
		text:  s.text(err.Error()),
		is:    func(target error) bool { return errors.Is(err, target) },
		inner: func() []error { return inner },
	}
	if e, ok := err.(interface{ MayHaveTakenEffect() bool }); ok {
		clean = &effectError{clean, e.MayHaveTakenEffect()}
	}
	if e, ok := err.(interface{ Retryable() bool }); ok {
		clean = &retryableError{clean, e.Retryable()}
	}
	return clean
}

// clean reports whether no secret is shown.
func (s *Scrubber) clean(err error) bool {
	clean := true
	walk(err, func(e error) {
		clean = clean && !slices.ContainsFunc(shown(e),
			func(text string) bool { return s.text(text) != text })
	})
	return clean
}

// walk visits an error and those it wraps.
func walk(err error, visit func(error)) {
	if err == nil {
		return
	}
	visit(err)
	for _, inner := range wrapped(err) {
		walk(inner, visit)
	}
}

func wrapped(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return nil
}

// shown returns the texts that an error has, and has for fmt and log/slog if it has others for
// them.
func shown(err error) []string {
	texts := []string{err.Error()}
	if _, ok := err.(fmt.Formatter); ok {
		texts = append(texts, fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err))
	}
	if e, ok := err.(fmt.GoStringer); ok {
		texts = append(texts, e.GoString())
	}
	if e, ok := err.(slog.LogValuer); ok {
		texts = append(texts, e.LogValue().Resolve().String())
	}
	if e, ok := err.(json.Marshaler); ok {
		text, _ := e.MarshalJSON()
		texts = append(texts, string(text))
	}
	if e, ok := err.(encoding.TextMarshaler); ok {
		text, _ := e.MarshalText()
		texts = append(texts, string(text))
	}
	return texts
}

// scrubbedError keeps the error it stands for out of reach, in closures.
type scrubbedError struct {
	text  string
	is    func(error) bool
	inner func() []error
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return e.is(target) }
func (e *scrubbedError) Unwrap() []error      { return e.inner() }

// retryableError and effectError add what a clean error says beside its text.
type retryableError struct {
	error
	again bool
}

func (e *retryableError) Unwrap() error   { return e.error }
func (e *retryableError) Retryable() bool { return e.again }

type effectError struct {
	error
	effect bool
}

func (e *effectError) Unwrap() error            { return e.error }
func (e *effectError) MayHaveTakenEffect() bool { return e.effect }
