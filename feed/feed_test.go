package feed_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

func quietShop() *shop {
	s := newShop(rand.New(rand.NewPCG(3, 7)))
	s.sorted = true
	s.now++
	return s
}

func TestOptionsAreCheckedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := feed.New(feed.Source[state, state]{Name: "shop.Changes", Batch: 1, PageSize: 1},
		feed.Options{
			Since: time.Unix(5, 0), Until: time.Unix(5, 0), Overlap: -1, MaxRange: time.Millisecond,
		})
	var fields []string
	for _, e := range tiktokshop.InputErrors(err) {
		assert.Equal(t, "shop.Changes", e.Operation)
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{"Name", "Store", "Overlap", "MaxRange", "Until", "Source"}, fields)
}

func TestRunAndFollowCheckTheirInput(t *testing.T) {
	t.Parallel()
	s := quietShop()
	f, err := feed.New(s.source(), feed.Options{Name: "a", Store: feed.NewMemoryStore()})
	require.NoError(t, err)
	assert.Len(t, tiktokshop.InputErrors(f.Run(t.Context(), nil)), 1)
	assert.Len(t, tiktokshop.InputErrors(f.Follow(t.Context(), 0, nil)), 2)
	err = f.Run(t.Context(), func(context.Context, []state) error { return nil })
	require.ErrorContains(t, err, "Since")
	assert.Zero(t, s.calls)
}

func TestAForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	s := quietShop()
	store := feed.NewMemoryStore()
	nothing := func(context.Context, []state) error { return nil }
	opts := feed.Options{Name: "a", Store: store, Since: time.Unix(s.now-1000, 0),
		Clock: func() time.Time { return time.Unix(s.now, 0) }}
	f, err := feed.New(s.source(), opts)
	require.NoError(t, err)
	require.NoError(t, f.Run(t.Context(), nothing))
	for name, change := range map[string]func(*feed.Source[state, state]){
		"filter": func(src *feed.Source[state, state]) { src.Filter = feed.FilterID("PAID") },
		"feed":   func(src *feed.Source[state, state]) { src.Name = "other.Changes" },
	} {
		src := s.source()
		change(&src)
		f, err := feed.New(src, opts)
		require.NoError(t, err)
		require.ErrorIs(t, f.Run(t.Context(), nothing), feed.ErrForeignCursor, name)
	}
	for _, damaged := range []string{"", "{}", "x",
		`{"version":1,"feed":"shop.Changes","from":"2026-01-02T03:04:05Z","seen":"AAAA"}`,
		`{"version":2,"feed":"shop.Changes","from":"2026-01-02T03:04:05Z"}`} {
		require.NoError(t, store.Save(t.Context(), "a", []byte(damaged)))
		require.ErrorContains(t, f.Run(t.Context(), nothing), "stored cursor", damaged)
	}
}

// A range of the past, in a feed of its own, ends by itself.
func TestRange(t *testing.T) {
	t.Parallel()
	s := quietShop()
	r, err := newReader(s, feed.Options{Since: time.Unix(s.now-300, 0),
		Until: time.Unix(s.now-100, 0)})
	require.NoError(t, err)
	require.NoError(t, r.feed.Follow(t.Context(), time.Hour, r.handle))
	want := 0
	for id := range s.changes {
		if st, _ := s.current(id); st.Updated >= s.now-300 && st.Updated < s.now-100 {
			want++
		}
	}
	assert.Len(t, r.handed, want)
	done, err := r.feed.Done(t.Context())
	require.NoError(t, err)
	assert.True(t, done)
	at, err := r.feed.Position(t.Context())
	require.NoError(t, err)
	assert.Equal(t, s.now-100, at.Unix())
}

func TestEntriesWithoutDetails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		take bool
	}{{"are an error", false}, {"are told of", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := quietShop()
			src := s.source()
			asked := 0
			src.Details = func(ctx context.Context, items []state) ([]state, error) {
				got, err := s.details(ctx, items)
				kept := got[:0]
				for _, st := range got {
					if st.ID == "117" {
						asked++
					} else {
						kept = append(kept, st)
					}
				}
				return kept, err
			}
			var told []tiktokshop.ID
			opts := feed.Options{
				Name: "a", Store: feed.NewMemoryStore(), Since: time.Unix(s.now-1000, 0),
				Clock: func() time.Time { return time.Unix(s.now, 0) },
			}
			if test.take {
				opts.OnMissing = func(_ context.Context, ids []tiktokshop.ID) error {
					told = append(told, ids...)
					return nil
				}
			}
			f, err := feed.New(src, opts)
			require.NoError(t, err)
			handed := 0
			err = f.Run(t.Context(), func(_ context.Context, things []state) error {
				handed += len(things)
				return nil
			})
			assert.Equal(t, 2, asked, "asked for again")
			if test.take {
				require.NoError(t, err)
				assert.Equal(t, []tiktokshop.ID{"117"}, told)
				assert.Equal(t, 39, handed)
				return
			}
			var missing *feed.MissingError
			require.ErrorAs(t, err, &missing)
			assert.Equal(t, []tiktokshop.ID{"117"}, missing.IDs)
		})
	}
}

// More in one second than the list shows cannot be read, and is not passed over.
func TestASecondThatIsCut(t *testing.T) {
	t.Parallel()
	for _, sorted := range []bool{true, false} {
		s := quietShop()
		s.sorted, s.totals, s.most = sorted, true, 6
		s.now += 100
		for i := range 8 {
			s.perSecond[s.now] = 0
			s.change(tiktokshop.ID(strconv.Itoa(500+i)), s.now, s.now)
		}
		s.now++
		r, err := newReader(s, feed.Options{})
		require.NoError(t, err)
		err = r.run(t.Context())
		var cut *feed.CutError
		require.ErrorAs(t, err, &cut)
		assert.Equal(t, feed.CutError{Feed: "shop.Changes", Second: time.Unix(s.now-1, 0),
			Listed: 6, Total: 8}, *cut)
		at, err := r.feed.Position(t.Context())
		require.NoError(t, err)
		assert.Less(t, at.Unix(), s.now-1)
	}
}

// A platform that does not sort as it was asked to is read as one that does not sort.
func TestAListThatIsNotSorted(t *testing.T) {
	t.Parallel()
	s := quietShop()
	s.sorted = false
	src := s.source()
	src.Sorted = true
	f, err := feed.New(src, feed.Options{
		Name: "a", Store: feed.NewMemoryStore(), Since: time.Unix(s.now-1000, 0),
		Clock: func() time.Time { return time.Unix(s.now, 0) },
	})
	require.NoError(t, err)
	var handed []state
	require.NoError(t, f.Run(t.Context(), func(_ context.Context, things []state) error {
		handed = append(handed, things...)
		return nil
	}))
	require.Len(t, handed, 40)
	for i, st := range handed[1:] {
		require.LessOrEqual(t, handed[i].Updated, st.Updated)
	}
}

// The same list twice in a row, and not just two readings, is what shows that nothing moved: here
// an entry leaves in each.
func TestAWindowIsReadUntilItRests(t *testing.T) {
	t.Parallel()
	pages := map[int]map[string][]tiktokshop.ID{
		// a left after the first page, so that c moved onto it
		1: {"": {"a", "b"}, "2": {"d"}},
		2: {"": {"b", "c"}, "2": {}},            // b left, so that d moved
		3: {"": {"c", "d"}, "2": {"e"}},         // all that is left
		4: {"": {"c", "d"}, "2": {"e"}},         // and still is
		5: {"": {"never", "asked"}, "2": {"x"}}, // for
	}
	round := 0
	f, err := feed.New(feed.Source[tiktokshop.ID, tiktokshop.ID]{
		Name: "a", PageSize: 2, Batch: 10, Details: feed.AsListed[tiktokshop.ID],
		ID:   func(id *tiktokshop.ID) tiktokshop.ID { return *id },
		Time: func(*tiktokshop.ID) time.Time { return time.Unix(100, 0) },
		List: func(_ context.Context, q feed.Query) (p feed.Page[tiktokshop.ID], err error) {
			if q.PageToken == "" {
				round++
				p.Next = "2"
			}
			p.Items = pages[round][q.PageToken]
			return p, nil
		},
	}, feed.Options{
		Name: "a", Store: feed.NewMemoryStore(), Since: time.Unix(100, 0), Until: time.Unix(101, 0),
		Clock: func() time.Time { return time.Unix(5000, 0) },
	})
	require.NoError(t, err)
	var handed []tiktokshop.ID
	require.NoError(t, f.Run(t.Context(), func(_ context.Context, ids []tiktokshop.ID) error {
		handed = append(handed, ids...)
		return nil
	}))
	assert.Equal(t, []tiktokshop.ID{"a", "b", "c", "d", "e"}, handed)
}

// A list that shows the same twice and counts one more the second time is not cut: that one came
// when its place had been read.
func TestAnEntryThatComesLateIsNotACut(t *testing.T) {
	t.Parallel()
	type page struct {
		ids   []tiktokshop.ID
		total int64
	}
	pages := map[int]map[string]page{
		// f left before it was read
		1: {"": {[]tiktokshop.ID{"b", "c"}, 5}, "2": {[]tiktokshop.ID{"d", "e"}, 4}},
		// a came after the first page
		2: {"": {[]tiktokshop.ID{"b", "c"}, 4}, "2": {[]tiktokshop.ID{"d", "e"}, 5}},
		3: {"": {[]tiktokshop.ID{"a", "b"}, 4}, "2": {[]tiktokshop.ID{"c", "d"}, 4}}, // and e left
	}
	round := 0
	f, err := feed.New(feed.Source[tiktokshop.ID, tiktokshop.ID]{
		Name: "a", PageSize: 2, Batch: 10, Details: feed.AsListed[tiktokshop.ID],
		ID:   func(id *tiktokshop.ID) tiktokshop.ID { return *id },
		Time: func(*tiktokshop.ID) time.Time { return time.Unix(100, 0) },
		List: func(_ context.Context, q feed.Query) (p feed.Page[tiktokshop.ID], err error) {
			if q.PageToken == "" {
				round++
				p.Next = "2"
			}
			shown := pages[round][q.PageToken]
			p.Items, p.Total = shown.ids, shown.total
			return p, nil
		},
	}, feed.Options{
		Name: "a", Store: feed.NewMemoryStore(), Since: time.Unix(100, 0), Until: time.Unix(101, 0),
		Clock: func() time.Time { return time.Unix(5000, 0) },
	})
	require.NoError(t, err)
	var handed []tiktokshop.ID
	require.NoError(t, f.Run(t.Context(), func(_ context.Context, ids []tiktokshop.ID) error {
		handed = append(handed, ids...)
		return nil
	}))
	assert.Equal(t, []tiktokshop.ID{"a", "b", "c", "d", "e"}, handed)
}

// A clock that is an hour ahead of the platform's does not take the place ahead of it.
func TestAClockThatIsAhead(t *testing.T) {
	t.Parallel()
	s := quietShop()
	f, err := feed.New(s.source(), feed.Options{
		Name: "a", Store: feed.NewMemoryStore(), Since: time.Unix(s.now-1000, 0),
		Clock:   func() time.Time { return time.Unix(s.now+3600, 0) },
		Overlap: 30 * time.Second,
	})
	require.NoError(t, err)
	require.NoError(t, f.Run(t.Context(), func(context.Context, []state) error { return nil }))
	at, err := f.Position(t.Context())
	require.NoError(t, err)
	assert.Equal(t, s.now-30, at.Unix())
}

func TestFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := quietShop()
		var tolerated []error
		opts := feed.Options{
			Name: "a", Store: feed.NewMemoryStore(), Since: time.Unix(s.now-1000, 0),
			Overlap: 30 * time.Second,
			OnError: func(err error) error {
				tolerated = append(tolerated, err)
				return nil
			},
		}
		start := s.now
		opts.Clock = func() time.Time {
			s.now = start + int64(time.Since(began)/time.Second)
			return time.Unix(s.now, 0)
		}
		f, err := feed.New(s.source(), opts)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		handed, failing := 0, true
		broken := errors.New("the database is away")
		err = f.Follow(ctx, time.Minute, func(_ context.Context, things []state) error {
			if failing && handed > 10 {
				failing = false
				return broken
			}
			handed += len(things)
			return nil
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []error{broken}, tolerated)
		assert.Equal(t, 40, handed, "the batch that failed came again, and nothing twice")
		assert.Equal(t, 10*time.Minute, time.Since(began))
	})
}

// A batch that was handled is saved though the program is told to stop meanwhile.
func TestStoppedWhileABatchIsHandled(t *testing.T) {
	t.Parallel()
	s := quietShop()
	r, err := newReader(s, feed.Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var first []state
	err = r.feed.Run(ctx, func(_ context.Context, things []state) error {
		first = things
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, r.run(t.Context()))
	require.Len(t, r.handed, 40-len(first))
}
