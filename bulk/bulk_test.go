package bulk_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/internal/racetest"
)

// TestRunProperties runs random input through a random operation: every item has one result, in
// order and the right one, and no promise about calls is broken. A goroutine left over would fail
// the bubble.
func TestRunProperties(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			chance := func(n int) int { mu.Lock(); defer mu.Unlock(); return rng.IntN(n) }
			refusals := chance(3)
			refused := map[int]bool{}
			s := &shop{
				latency: func() time.Duration {
					return time.Duration(chance(1000)) * time.Millisecond
				},
				refuse: func(_ int, items []item) error {
					if chance(10) >= refusals {
						return nil
					}
					mu.Lock()
					defer mu.Unlock()
					for _, it := range items {
						refused[it.n] = true
					}
					return errors.New("refused")
				},
			}
			op := s.operation(1 + chance(20))
			grouped, keyed := chance(2) == 0, chance(2) == 0
			if grouped {
				op.Group = func(i item) string { return i.group }
			}
			if keyed {
				op.Key = func(i item) string { return i.key }
			}
			input := make([]item, chance(400))
			group := 0
			for i := range input {
				input[i].n = i
				if grouped && chance(4) == 0 {
					group = chance(5)
				}
				if grouped {
					input[i].group = strconv.Itoa(group)
				}
				if keyed {
					input[i].key = "key " + strconv.Itoa(chance(100))
				}
			}
			skip := chance(50)
			var last bulk.Progress
			results, err := collect(bulk.Run(t.Context(), op, slices.Values(input), bulk.Options{
				Concurrency: 1 + chance(8), Skip: skip,
				OnProgress: func(p bulk.Progress) { last = p },
			}))
			require.NoError(t, err, seed)
			require.Empty(t, s.broken, seed)
			want := input[min(skip, len(input)):]
			require.Equal(t, len(want), len(results), seed)
			for i, r := range results {
				require.Equal(t, want[i], r.Item, seed)
				require.Equal(t, want[i].n, r.Position, seed)
				switch {
				case r.Item.bad():
					require.Equal(t, bulk.Error, r.Status)
					require.EqualError(t, r.Err, "tiktokshop: Items.Price: is bad")
					require.Empty(t, r.RequestID)
				case r.Status == bulk.Error:
					require.True(t, refused[r.Item.n], seed)
					require.Error(t, r.Err)
				default:
					require.Equal(t, r.Item.want(), r.Status, seed)
					require.NotEmpty(t, r.RequestID)
					require.Equal(t, r.Status == bulk.Failed, r.Err != nil)
					if r.Status == bulk.Done {
						require.Equal(t, r.Item.n, r.Value)
					}
				}
			}
			require.Equal(t, len(want), last.Results(), seed)
			require.Equal(t, s.calls, last.Calls, seed)
		})
	}
}

func TestRunSharesTheAnswersOfDuplicates(t *testing.T) {
	t.Parallel()
	s := &shop{}
	op := s.operation(10)
	op.Key, op.Share = func(i item) string { return strconv.Itoa(i.n) }, true
	var input []item
	for i := range 300 {
		input = append(input, item{n: i % 30 * 10})
	}
	results, err := collect(bulk.Run(t.Context(), op, slices.Values(input), bulk.Options{}))
	require.NoError(t, err)
	require.Equal(t, 300, len(results))
	assert.Equal(t, 3, s.calls)
	for i, r := range results {
		require.Equal(t, i, r.Position)
		require.Equal(t, results[i%30].RequestID, r.RequestID)
	}
	s.calls = 0
	_, err = collect(bulk.Run(t.Context(), op, slices.Values(input),
		bulk.Options{DuplicateWindow: 10}))
	require.NoError(t, err)
	assert.Equal(t, 30, s.calls, "one that is out of the window is asked for again")
}

func TestRunRefusesBadInput(t *testing.T) {
	t.Parallel()
	s := &shop{}
	good := s.operation(10)
	for _, tt := range []struct {
		name   string
		op     bulk.Operation[item, int]
		items  iter.Seq[item]
		opts   bulk.Options
		fields string
	}{
		{"no items", good, nil, bulk.Options{}, "items"},
		{"too many calls", good, numbers(1), bulk.Options{Concurrency: 65}, "Concurrency"},
		{"negative", good, numbers(1),
			bulk.Options{Concurrency: -1, Skip: -1, MaxUnanswered: -1, DuplicateWindow: -1},
			"Concurrency Skip MaxUnanswered DuplicateWindow"},
		{"no operation", bulk.Operation[item, int]{}, numbers(1), bulk.Options{}, "Call Limit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			results, err := collect(bulk.Run(t.Context(), tt.op, tt.items, tt.opts))
			var fields []string
			for _, mistake := range tiktokshop.InputErrors(err) {
				fields = append(fields, mistake.Field)
			}
			assert.Equal(t, tt.fields, strings.Join(fields, " "))
			assert.Empty(t, results)
		})
	}
	results, err := collect(bulk.Run(t.Context(), good, numbers(0), bulk.Options{Skip: 10}))
	require.NoError(t, err)
	assert.Empty(t, results)
	assert.Zero(t, s.calls)
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	ids := []tiktokshop.ID{"1", "2", "3"}
	const done, failed, open = bulk.Done, bulk.Failed, bulk.Unaccounted
	for _, tt := range []struct {
		name  string
		items []string
		want  []bulk.Status
	}{
		{"all done", nil, []bulk.Status{done, done, done}},
		{"one failed", []string{"2"}, []bulk.Status{done, failed, done}},
		{"one failed for two reasons", []string{"2", "2"}, []bulk.Status{done, failed, done}},
		{"two failed together", []string{"1,3"}, []bulk.Status{failed, done, failed}},
		{"nobody knows which", []string{""}, []bulk.Status{open, open, open}},
		{"another one's", []string{"3", "9"}, []bulk.Status{open, open, failed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			outcomes := bulk.Outcomes(ids, func(yield func(tiktokshop.ItemError) bool) {
				for _, name := range tt.items {
					if !yield(tiktokshop.ItemError{Item: name, Message: "no"}) {
						return
					}
				}
			})
			for i, outcome := range outcomes {
				assert.Equal(t, tt.want[i], outcome.Status)
				var reason *tiktokshop.ItemError
				assert.Equal(t, outcome.Status == failed, errors.As(outcome.Err, &reason))
			}
		})
	}
}

// A malformed item is not asked for, and costs itself alone.
func TestRunChecksItems(t *testing.T) {
	t.Parallel()
	calls := 0
	op := bulk.Operation[tiktokshop.ID, struct{}]{
		Name: "test", Limit: 2, Check: bulk.CheckID("test", "IDs"),
		Call: func(_ context.Context, ids []tiktokshop.ID) (*bulk.Answer[struct{}], error) {
			calls++
			return &bulk.Answer[struct{}]{Outcomes: bulk.Outcomes(ids, bulk.NoFailures)}, nil
		},
	}
	var got []string
	for r, err := range bulk.Run(t.Context(), op, slices.Values([]tiktokshop.ID{"1", "x", "2", ""}),
		bulk.Options{}) {
		require.NoError(t, err)
		got = append(got, string(r.Status))
		assert.Equal(t, r.Status == bulk.Error, len(tiktokshop.InputErrors(r.Err)) == 1)
	}
	assert.Equal(t, []string{"done", "error", "done", "error"}, got)
	assert.Equal(t, 1, calls)
}

func TestMaxItems(t *testing.T) {
	t.Parallel()
	type request struct {
		IDs    []string `check:"required,maxitems=20"`
		Others []string `check:"required"`
	}
	assert.Equal(t, 20, bulk.MaxItems[request]("IDs"))
	assert.Zero(t, bulk.MaxItems[request]("Others"))
	assert.Zero(t, bulk.MaxItems[request]("Unknown"))
}

// heapAfter returns the most live heap seen in a run of n items.
func heapAfter(t *testing.T, n int) uint64 {
	s := &shop{}
	op := s.operation(50)
	op.Key, op.Share = func(i item) string { return strconv.Itoa(i.n) }, true
	var most uint64
	i := 0
	for range bulk.Run(t.Context(), op, numbers(n), bulk.Options{}) {
		if i++; i%(n/4) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	require.Equal(t, n, i)
	return most
}

// TestRunMemory compares many items with few. It is not parallel: other tests use the heap too.
// TIKTOKSHOP_TEST_BULK is how many.
func TestRunMemory(t *testing.T) {
	if testing.Short() || racetest.Enabled {
		t.Skip("it says nothing under the race detector")
	}
	many := 200_000
	if n, err := strconv.Atoi(os.Getenv("TIKTOKSHOP_TEST_BULK")); err == nil {
		many = n
	}
	small, large := heapAfter(t, 20_000), heapAfter(t, many)
	assert.Less(t, large, small+2<<20)
	t.Logf("live heap: %d KiB for 20,000 items, %d KiB for %d", small>>10, large>>10, many)
}

// BenchmarkRun is the machinery alone: 10,000 items of an operation that answers at once.
func BenchmarkRun(b *testing.B) {
	for _, tt := range []struct {
		name string
		set  func(*bulk.Operation[item, int])
	}{
		{"plain", func(*bulk.Operation[item, int]) {}},
		{"keyed", func(op *bulk.Operation[item, int]) {
			op.Key = func(i item) string { return strconv.Itoa(i.n) }
		}},
		{"shared", func(op *bulk.Operation[item, int]) {
			op.Key, op.Share = func(i item) string { return strconv.Itoa(i.n) }, true
		}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			op := bulk.Operation[item, int]{
				Name: "bench", Limit: 50,
				Call: func(_ context.Context, items []item) (*bulk.Answer[int], error) {
					return &bulk.Answer[int]{Outcomes: make([]bulk.Outcome[int], len(items))}, nil
				},
			}
			tt.set(&op)
			for b.Loop() {
				n := 0
				for range bulk.Run(b.Context(), op, numbers(10_000), bulk.Options{}) {
					n++
				}
				if n != 10_000 {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/item")
		})
	}
}
