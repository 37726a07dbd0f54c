package bind

import "strings"

// Credential tells what keeps a key, secret, token or cipher from
// working, "" if nothing does. An unset environment variable and the line end of a file are the
// usual ones.
func Credential(s string) string {
	switch {
	case s == "":
		return "is empty"
	case strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || IsControl(r) }):
		return "contains white space or a control character"
	}
	return ""
}

// IsControl reports whether a character is an ASCII control character.
func IsControl(r rune) bool { return r < ' ' || r == 0x7f }
