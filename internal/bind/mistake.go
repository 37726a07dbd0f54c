package bind

import "strconv"

// Mistake is what is wrong with a part of a request.
type Mistake struct {
	// Field is the Go path of the part, such as "SKUs[2].Price.Amount".
	Field string
	// Reason says what is wrong with it, without quoting it.
	Reason string
}

// In is the mistake of a field that is inside another one, or of an element inside a list.
func (m Mistake) In(outer string) Mistake {
	if m.Field != "" && m.Field[0] != '[' {
		outer += "."
	}
	m.Field = outer + m.Field
	return m
}

// within puts what has been found since there were n mistakes inside a field.
func within(found []Mistake, n int, outer string) []Mistake {
	for i := range found[n:] {
		found[n+i] = found[n+i].In(outer)
	}
	return found
}

// Reasons, one for each kind of mistake.
const (
	Missing     = "is missing"
	PathValue   = "is malformed: only A-Z a-z 0-9 - . _ ~ are allowed in a path parameter"
	ListElement = "is empty or contains a comma, which separates the values of a list"
)

// TooSmall is the reason of a number below its least.
func TooSmall(least string) string { return "is too small: at least " + least }

// TooLarge is the reason of a number above its largest.
func TooLarge(most string) string { return "is too large: at most " + most }

// TooLong is the reason of a text with more characters than are allowed.
func TooLong(most int) string {
	return "is too long: at most " + strconv.Itoa(most) + " characters"
}

// TooMany is the reason of a list with more elements than are allowed.
func TooMany(most int) string { return "has too many elements: at most " + strconv.Itoa(most) }

// IsPathValue reports whether a text can stand in a path without changing what is around it, or
// what is signed.
func IsPathValue(s string) bool {
	for i := range len(s) {
		if !IsUnreserved(s[i]) {
			return false
		}
	}
	return true
}

// IsUnreserved reports whether a character means itself in every part of a URL.
func IsUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' ||
		c == '.' || c == '_' || c == '~'
}
