package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
)

// The exit codes of the program. They are part of what scripts rely on, and told in the help of
// tts.
const (
	OK      = 0
	Failure = 1 // anything without a code of its own
	Usage   = 2 // a mistake in the command, a file or the environment; nothing was sent
	// credentials are missing or not enough: somebody must authorize the app, or grant a scope
	Unauthorized = 3
	Partial      = 4 // done, but not for all items
	// the platform or the network failed, or throttled: the same command may succeed later
	Outage      = 5
	Interrupted = 130 // by Ctrl-C, as shells have it, or SIGTERM
)

// UsageError is a mistake in the command line, a file or the environment.
type UsageError struct{ Err error }

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what it was made of.
func (e *UsageError) Unwrap() error { return e.Err }

// CodeError has an exit code of its own, and what to do about it.
type CodeError struct {
	Code int
	Err  error
	// Hint says what to do; "" leaves that to the error.
	Hint string
}

func (e *CodeError) Error() string { return e.Err.Error() }

// Unwrap returns what it was made of.
func (e *CodeError) Unwrap() error { return e.Err }

// ExitCode is what the program exits with after err.
func ExitCode(err error) int {
	var coded *CodeError
	var usage *UsageError
	var partial *tiktokshop.PartialError
	var unsent *tiktokshop.TransportError
	switch {
	case err == nil:
		return OK
	case errors.As(err, &coded):
		return coded.Code
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &usage), len(tiktokshop.InputErrors(err)) > 0,
		errors.Is(err, profile.ErrDamaged),
		errors.Is(err, profile.ErrWrongPassphrase), errors.Is(err, profile.ErrNoPassphrase),
		errors.Is(err, fs.ErrPermission):
		return Usage
	case errors.Is(err, profile.ErrNoSecret):
		return Unauthorized
	case tiktokshop.NeedsReauthorization(err), errors.Is(err, tiktokshop.ErrTokenExpired),
		errors.Is(err, tiktokshop.ErrTokenInvalid),
		errors.Is(err, tiktokshop.ErrPermission):
		return Unauthorized
	case errors.As(err, &partial):
		return Partial
	case tiktokshop.Retryable(err), errors.As(err, &unsent),
		errors.Is(err, context.DeadlineExceeded):
		return Outage
	}
	return Failure
}

// hints say what to do about errors of a kind.
var hints = []struct {
	kind error
	hint string
}{
	{tiktokshop.ErrTokenExpired,
		"the access token has expired: `tts auth refresh`, or set a newer TIKTOK_APP_ACCESS_KEY"},
	{tiktokshop.ErrTokenInvalid, "the account must authorize the app again: `tts auth login`"},
	{tiktokshop.ErrRefreshTokenInvalid,
		"the account must authorize the app again: `tts auth login`"},
	{tiktokshop.ErrAuthCodeInvalid,
		"codes work once and for 30 minutes: `tts auth login` gets a new one"},
	{tiktokshop.ErrInvalidAppKey,
		"check the app key in Partner Center, and that the app is enabled"},
	{tiktokshop.ErrInvalidSignature,
		"most likely the app secret is not that of the app key: `tts doctor`, and `tts sign` on the request"},
	{tiktokshop.ErrClockSkew,
		"set this machine's clock: `tts doctor` tells by how much it is wrong"},
	{tiktokshop.ErrPermission,
		"grant the scope in Partner Center and have the account authorize again: `tts auth login`"},
	{tiktokshop.ErrIPNotAllowed,
		"add this machine's address to the app's allow list in Partner Center"},
	{tiktokshop.ErrMissingIdentifier,
		"set the cipher: `tts auth shops` or `tts auth assets` list them"},
	{tiktokshop.ErrUnexpectedIdentifier,
		"the operation takes another cipher, or none: `tts explain` says which"},
	{tiktokshop.ErrInvalidIdentifier,
		"the cipher is not of this token: `tts auth shops` or `tts auth assets` list those that are"},
	{tiktokshop.ErrVersionRetired, "call the version that `tts ops` lists"},
	{tiktokshop.ErrRateLimited, "wait, then run it again with less at once"},
	{tiktokshop.ErrQuotaExhausted, "wait for the next hour or day"},
	{profile.ErrDamaged,
		"move it away, or bring back a copy; without one the accounts must authorize the app again: `tts auth login`"},
	{profile.ErrNoSecret, "`tts auth login --profile NAME` asks for it again"},
	{profile.ErrWrongPassphrase, "see TTS_PASSPHRASE_FILE and TTS_PASSPHRASE"},
	{profile.ErrNoPassphrase, "see TTS_PASSPHRASE_FILE and TTS_PASSPHRASE"},
	{fs.ErrPermission, "see who owns it, and whether it may be written"},
	{tiktokshop.ErrUnavailable, "the platform has a problem: run the same command later"},
}

// Hint says what to do about an error, "" where the error says all there is.
func Hint(err error) string {
	var coded *CodeError
	if errors.As(err, &coded) && coded.Hint != "" {
		return coded.Hint
	}
	for _, h := range hints {
		if errors.Is(err, h.kind) {
			return h.hint
		}
	}
	var api *tiktokshop.APIError
	var unsent *tiktokshop.TransportError
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &unsent):
		return "check the network: `tts doctor` tries name, port and certificate"
	case errors.As(err, &api) && api.Code != 0:
		return fmt.Sprintf("`tts explain-error %d` says more", api.Code)
	}
	return ""
}

// shownError is an error with --json.
type shownError struct {
	Message   string         `json:"message"`
	ExitCode  int            `json:"exit_code"`
	Code      int            `json:"code,omitzero"`
	RequestID string         `json:"request_id,omitzero"`
	Hint      string         `json:"hint,omitzero"`
	Mistakes  []shownMistake `json:"mistakes,omitzero"`
}

type shownMistake struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Error prints an error and what to do about it, to stderr, and returns the exit code.
func (p *Printer) Error(err error) int {
	code := ExitCode(err)
	if err == nil {
		return code
	}
	if code == Interrupted && !errors.As(err, new(*CodeError)) {
		err = errors.New("interrupted")
	}
	mistakes := tiktokshop.InputErrors(err)
	if p.JSON {
		shown := shownError{
			Message: p.Masked(err.Error()), ExitCode: code, RequestID: tiktokshop.RequestID(err),
			Hint: p.Masked(Hint(err)),
		}
		if api := (*tiktokshop.APIError)(nil); errors.As(err, &api) {
			shown.Code = api.Code
		}
		for _, m := range mistakes {
			shown.Mistakes = append(shown.Mistakes, shownMistake{m.Field, m.Reason})
		}
		p.jsonLine(map[string]any{"error": shown})
		return code
	}
	label := p.style(p.ErrTerminal, "31", "error:")
	if len(mistakes) > 1 {
		p.Note("%s %d mistakes, nothing was sent:", label, len(mistakes))
		for _, m := range mistakes {
			p.Note("  %s: %s", m.Field, m.Reason)
		}
	} else {
		p.Note("%s %v", label, err)
	}
	if hint := Hint(err); hint != "" {
		p.Note("%s %s", p.style(p.ErrTerminal, "36", "try:"), hint)
	}
	return code
}
