package token

import (
	"errors"
)

var (
	// ErrExpired is a refusal of the platform: the access token has expired, and a refresh gets
	// another.
	ErrExpired = errors.New("access token expired")
	// ErrRefused is a refusal of the platform: the refresh token has expired, was used before, or
	// its authorization was withdrawn. The account must authorize the app again.
	ErrRefused = errors.New("refresh token invalid, the account must authorize the app again")
	// ErrInDoubt is a refusal of the refresh token after another process used it, which may still
	// store what it got for it: when it does, calls succeed again. If it does not within an hour,
	// the error is ErrRefused from then on.
	ErrInDoubt = errors.New("refresh token used by another process, whose new pair is not stored")
	// ErrNone is returned by a source that has nothing stored: the account has to authorize the
	// app.
	ErrNone = errors.New("no token stored, the account must authorize the app")
	// ErrConflict is returned by a Store when somebody else has stored something in the meantime.
	ErrConflict = errors.New("stored token has changed")
)

// InputError is an argument that cannot work. Nothing was stored and nothing was sent.
type InputError struct {
	// Field names the argument.
	Field string
	// Reason tells what is wrong with it, without quoting its value.
	Reason string
}

// Error names field and reason.
func (e *InputError) Error() string { return "token: " + e.Field + " " + e.Reason }

// UnsavedError is a new pair that could not be stored before Close had to return. Whoever can,
// should save Token by other means: it is the only copy, and the stored one may be of no use any
// more.
type UnsavedError struct {
	// Token is the pair.
	Token Token
	// Err is what the store reported.
	Err error
}

// Error says what is the matter, without the token.
func (e *UnsavedError) Error() string {
	return "token: a refreshed token is not stored yet: " + e.Err.Error()
}

// Unwrap returns what the store reported.
func (e *UnsavedError) Unwrap() error { return e.Err }
