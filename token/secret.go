package token

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// Secret is a string that must not be seen: a token, or a code that is worth one. Every way of
// printing or logging it shows a placeholder, also inside other values; Reveal alone gives it out.
// It does not encode to JSON or text, where it would leak or, masked, be lost: encode a Token with
// MarshalBinary.
type Secret struct {
	// a func prints as an address, even in an unexported field, where fmt calls no method
	value func() string
}

// NewSecret wraps a string.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{func() string { return s }}
}

// Reveal returns the string.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// IsZero reports whether the string is empty.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares two secrets in a time that does not depend on where they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// Format prints a placeholder for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.mask()) }

// LogValue is the placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.mask()) }

func (s Secret) mask() string {
	if s.IsZero() {
		return "[empty]"
	}
	return scrub.Redacted
}

var errSecretEncoding = errors.New(
	"token: a Secret does not encode by itself: encode a Token with MarshalBinary, or use Reveal")

// MarshalJSON refuses.
func (Secret) MarshalJSON() ([]byte, error) { return nil, errSecretEncoding }

// MarshalText refuses.
func (Secret) MarshalText() ([]byte, error) { return nil, errSecretEncoding }

// UnmarshalJSON reads a JSON string. A number is taken for its digits, null for the empty string.
func (s *Secret) UnmarshalJSON(b []byte) error {
	var text string
	err := json.Unmarshal(b, &text)
	if err != nil {
		var number json.Number
		if json.Unmarshal(b, &number) != nil {
			// the decoder's error could quote it
			return errors.New("token: a Secret is a JSON string")
		}
		text = number.String()
	}
	*s = NewSecret(text)
	return nil
}
