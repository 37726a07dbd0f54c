package bind

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlatformID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"":                      "is missing",
		"7.36284000959634e+18":  "floating-point",
		"12 ":                   "decimal digits only",
		"../7":                  "decimal digits only",
		"123456789012345678901": "at most 20 digits",
	} {
		assert.Contains(t, PlatformID(id), want, id)
	}
	assert.Empty(t, PlatformID("7362840009596339923"))
}

// TestFloatsAreTold: what a float64 is printed as, and ids that only look a little like it.
func TestFloatsAreTold(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"7.36284000959634e+18":             true, // fmt, strconv, JSON and JavaScript
		"7.36284000959634E18":              true, // Java
		"7.36E+18":                         true, // spreadsheets
		"1e18":                             true,
		"7362840009596339923":              false,
		"66735e4599e88e09339932e7":         false, // hexadecimal, as the ids of manufacturers
		"47856e5126458211":                 false, // and of creators
		"1e1":                              false,
		"12E34":                            false, // whatever a seller calls a product
		"E18":                              false,
		"7.3e":                             false,
		"7-3e18":                           false,
		"7e1.8":                            false,
		"736284000959634e18":               false,
		"7.36284000959634e+180":            false,
		"66735045990880093399320007e10e18": false,
	} {
		assert.Equal(t, want, IsFloat(id), id)
	}
}
