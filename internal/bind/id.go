package bind

import (
	"fmt"
	"strings"
)

// FloatID is what is wrong with an id that IsFloat recognises.
const FloatID = "is a floating-point number: its last digits are lost; keep ids as strings from end to end"

// maxIDDigits is the length of the largest unsigned 64-bit number.
const maxIDDigits = 20

// PlatformID tells what keeps an id from being one of the platform's decimal numbers, "" if nothing
// does. It does not quote the id: the wrong string in this place may be a secret.
func PlatformID(id string) (reason string) {
	switch {
	case id == "":
		return Missing
	case IsFloat(id):
		return FloatID
	case !IsDigits(id):
		return "is malformed: an id has decimal digits only"
	case len(id) > maxIDDigits:
		return fmt.Sprintf("is malformed: an id has at most %d digits", maxIDDigits)
	}
	return ""
}

// IsFloat recognises what a float64 that an id passed through is printed as, such as
// 7.36284000959634e+18. Other text of digits and an e is none: many ids are hexadecimal, and
// external ones are whatever a seller calls a thing.
func IsFloat(id string) bool {
	e := strings.IndexAny(id, "eE")
	if e < 0 {
		return false
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(id[:e], "-"), ".")
	exponent := strings.TrimPrefix(id[e+1:], "+")
	return len(whole) == 1 && IsDigits(whole) && IsDigits(fraction) && len(exponent) == 2 &&
		exponent[0] == '1' && IsDigits(exponent)
}

// IsDigits reports whether a text has decimal digits only.
func IsDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
