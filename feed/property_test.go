package feed_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

var seeds = flag.Uint64("feed.seeds", 60, "how many shops of each kind TestNothingIsMissed reads")

// kinds are the lists that a platform may have.
var kinds = []struct {
	name           string
	sorted, totals bool
	most           int
	refuses        bool
}{
	{name: "sorted", sorted: true},
	{name: "sorted, counted", sorted: true, totals: true},
	{name: "sorted, counted, cut", sorted: true, totals: true, most: 6},
	{name: "sorted, refused", sorted: true, most: 6, refuses: true},
	{name: "unsorted"},
	{name: "unsorted, counted", totals: true},
	{name: "unsorted, counted, cut", totals: true, most: 6},
	{name: "unsorted, refused", most: 6, refuses: true},
}

// TestNothingIsMissed reads shops that change during every call, with a program that crashes at a
// random call again and again. When all has come to rest, the program knows each thing as it is.
func TestNothingIsMissed(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			crashes := 0
			for seed := range *seeds {
				s := newShop(rand.New(rand.NewPCG(seed, 7)))
				s.sorted, s.totals, s.most, s.refuses, s.busy = kind.sorted, kind.totals, kind.most,
					kind.refuses, true
				opts := feed.Options{}
				if seed%3 == 0 {
					opts.MaxRange = 100 * time.Second
				}
				r, err := newReader(s, opts)
				require.NoError(t, err)
				for range 25 {
					s.crashAt = 0
					if s.rnd.IntN(3) > 0 {
						s.crashAt = s.calls + 1 + s.rnd.IntN(40)
					}
					require.NoError(t, r.run(t.Context()), "seed %d", seed)
					s.now += s.rnd.Int64N(20)
				}
				s.busy, s.crashAt = false, 0
				s.now += s.overlap + 1
				require.NoError(t, r.run(t.Context()), "seed %d", seed)
				require.Empty(t, r.missed(), "seed %d", seed)
				crashes += r.crashes
			}
			assert.Greater(t, crashes, int(*seeds), "the program crashed")
		})
	}
}

// TestNothingIsLostWhereverItStops stops a program at each of its calls in turn: what it has not
// saved comes again.
func TestNothingIsLostWhereverItStops(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				s := newShop(rand.New(rand.NewPCG(1, 7)))
				s.sorted, s.totals, s.most, s.refuses = kind.sorted, kind.totals, kind.most,
					kind.refuses
				s.crashAt = at
				r, err := newReader(s, feed.Options{})
				require.NoError(t, err)
				require.NoError(t, r.run(t.Context()))
				if r.crashes == 0 {
					assert.Greater(t, at, 40)
					return
				}
				s.crashAt = 0
				require.NoError(t, r.run(t.Context()))
				require.Empty(t, r.missed(), "stopped at call %d", at)
			}
		})
	}
}

// A shop that is quiet: everything once, in the order of the times, also over many runs.
func TestOnceAndInOrder(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(rand.New(rand.NewPCG(3, 7)))
			s.sorted, s.totals, s.most, s.refuses = kind.sorted, kind.totals, kind.most,
				kind.refuses
			s.now++ // what is of this very second is the next run's
			r, err := newReader(s, feed.Options{})
			require.NoError(t, err)
			require.NoError(t, r.run(t.Context()))
			require.Len(t, r.handed, 40)
			for i, st := range r.handed[1:] {
				require.LessOrEqual(t, r.handed[i].Updated, st.Updated)
			}
			for range 4 {
				s.now += 7
				require.NoError(t, r.run(t.Context()))
			}
			assert.Len(t, r.handed, 40, "nothing twice")
			s.change("100", s.now-8, s.now)
			s.change("101", s.now, s.now)
			s.change("101", s.now, s.now+3)
			s.now++
			require.NoError(t, r.run(t.Context()))
			s.now += 2
			require.NoError(t, r.run(t.Context()))
			require.Len(t, r.handed, 43)
			assert.Equal(t, []tiktokshop.ID{"100", "101", "101"},
				[]tiktokshop.ID{r.handed[40].ID, r.handed[41].ID, r.handed[42].ID})
			assert.Greater(t, r.handed[42].Version, r.handed[41].Version,
				"changed twice in one second")
		})
	}
}

// What the platform shows later than the overlap is what the feed does not promise.
func TestLaterThanTheOverlap(t *testing.T) {
	t.Parallel()
	s := newShop(rand.New(rand.NewPCG(3, 7)))
	s.sorted = true
	r, err := newReader(s, feed.Options{})
	require.NoError(t, err)
	s.now += 100
	s.change("100", s.now, s.now+s.overlap-1)
	s.change("101", s.now, s.now+s.overlap+6)
	for range 20 {
		s.now += 5
		require.NoError(t, r.run(t.Context()))
	}
	assert.Len(t, r.missed(), 1)
	assert.Equal(t, s.now-100, r.kept["100"].Updated)
}

func ExampleFilterID() {
	fmt.Println(feed.FilterID(struct {
		Status string `json:"status,omitempty"`
	}{}) == "", feed.FilterID("PAID") == feed.FilterID("FAILED"))
	// Output: true false
}
