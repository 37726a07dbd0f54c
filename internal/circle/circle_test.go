package circle

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCirclesAreFound: of any size, behind any number of pages, in bounded memory.
func TestCirclesAreFound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		before, size int
		found        int // after how many pages at most
	}{
		{"the same page again", 0, 1, 1},
		{"two pages", 0, 2, 2},
		{"as many as are remembered", 0, recentTokens, recentTokens},
		{"behind other pages", 5000, recentTokens, 5000 + recentTokens},
		{"one more than is remembered", 0, recentTokens + 1, 3 * (recentTokens + 1)},
		{"large", 0, 5000, 3 * 5000},
		{"large, behind other pages", 7000, 5000, 3 * (7000 + 5000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			token := func(page int) string {
				if page >= tc.before {
					page = tc.before + (page-tc.before)%tc.size
				}
				return strconv.Itoa(page)
			}
			d := New(token(0))
			page := 1
			for !d.Closes(token(page)) {
				require.LessOrEqual(t, page, tc.found)
				page++
			}
			assert.GreaterOrEqual(t, page, tc.before+tc.size, "no page is taken for another one")
			assert.LessOrEqual(t, page, tc.found)
		})
	}
}

func TestTokensAreNotKept(t *testing.T) {
	t.Parallel()
	d := New("")
	for page := range 200_000 {
		require.False(t, d.Closes(strconv.Itoa(page)))
	}
	assert.LessOrEqual(t, cap(d.recent), 2*recentTokens)
}
