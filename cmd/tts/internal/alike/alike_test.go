package alike

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"list", "list", 0}, {"lst", "list", 1},
		{"lists", "list", 1}, {"lisp", "list", 1}, {"kitten", "sitting", 3},
	} {
		t.Run(tt.a+" "+tt.b, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, Distance(tt.a, tt.b))
		})
	}
}
