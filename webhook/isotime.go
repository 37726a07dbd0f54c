package webhook

import (
	"errors"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// ISOTime is a time that the platform writes in the notation of ISO 8601 (RFC 3339). It
// also decodes from Unix seconds, as a number or in a string, and encodes as RFC 3339; "", 0 and
// null are the zero time.
type ISOTime struct{ time.Time }

// UnmarshalJSON reads an RFC 3339 string or Unix seconds.
func (t *ISOTime) UnmarshalJSON(b []byte) error {
	if strings.Contains(scalar(b), "-") {
		return t.Time.UnmarshalJSON(b)
	}
	var seconds tiktokshop.UnixTime
	if err := seconds.UnmarshalJSON(b); err != nil || seconds.Year() > 9999 {
		return errors.New("webhook: ISOTime: want an RFC 3339 time or Unix seconds")
	}
	t.Time = seconds.UTC()
	return nil
}

// MarshalJSON writes the time as an RFC 3339 string, "" for the zero time.
func (t ISOTime) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte(`""`), nil
	}
	return t.Time.MarshalJSON()
}
