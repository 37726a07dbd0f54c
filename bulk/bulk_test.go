package bulk_test

import (
	"context"
	"errors"
	"fmt"
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

// item is of a group and has a key; what becomes of it is in its number.
type item struct {
	n          int
	group, key string
}

func (i item) want() bulk.Status {
	switch i.n % 10 {
	case 7:
		return bulk.Failed
	case 8:
		return bulk.Unaccounted
	}
	return bulk.Done
}

func (i item) bad() bool { return i.n%10 == 9 }

// shop answers calls of an operation, and checks what may be in flight together.
type shop struct {
	limit   int
	latency func() time.Duration
	// refuse gives a call an error instead of an answer.
	refuse func(call int, items []item) error

	mu       sync.Mutex
	calls    int
	inFlight map[string]bool // groups and keys
	running  int
	most     int
	broken   []string // promises
	last     map[string]int
}

var errItem = &tiktokshop.ItemError{Code: "1", Message: "no"}

func (s *shop) call(ctx context.Context, items []item) (*bulk.Answer[int], error) {
	for i, it := range items {
		if it.bad() {
			return nil, &tiktokshop.InputError{Field: fmt.Sprintf("Items[%d].Price", i), Reason: "is bad"}
		}
	}
	s.mu.Lock()
	s.calls++
	call := s.calls
	s.running++
	s.most = max(s.most, s.running)
	if len(items) > s.limit || len(items) == 0 {
		s.broken = append(s.broken, fmt.Sprintf("%d items in a call", len(items)))
	}
	names := map[string]bool{"group " + items[0].group: true}
	for _, it := range items {
		if it.group != items[0].group {
			s.broken = append(s.broken, "two groups in a call")
		}
		if it.key != "" {
			if names[it.key] {
				s.broken = append(s.broken, it.key+" twice in a call")
			}
			names[it.key] = true
			if it.n < s.last[it.key] {
				s.broken = append(s.broken, it.key+" out of order")
			}
			s.last[it.key] = it.n
		}
	}
	for name := range names {
		if s.inFlight[name] && name != "group " {
			s.broken = append(s.broken, name+" twice in flight")
		}
		s.inFlight[name] = true
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
		for name := range names {
			delete(s.inFlight, name)
		}
	}()
	if s.latency != nil {
		select {
		case <-time.After(s.latency()):
		case <-ctx.Done():
			return nil, &tiktokshop.TransportError{Operation: "test", Err: ctx.Err()}
		}
	}
	if s.refuse != nil {
		if err := s.refuse(call, items); err != nil {
			return nil, err
		}
	}
	answer := &bulk.Answer[int]{RequestID: "R" + strconv.Itoa(call)}
	for _, it := range items {
		outcome := bulk.Outcome[int]{Status: it.want(), Value: it.n}
		if outcome.Status == bulk.Failed {
			outcome.Err = errItem
		}
		if outcome.Status == bulk.Unaccounted {
			outcome = bulk.Outcome[int]{}
		}
		answer.Outcomes = append(answer.Outcomes, outcome)
	}
	return answer, nil
}

func (s *shop) operation(limit int) bulk.Operation[item, int] {
	s.limit, s.inFlight, s.last = limit, make(map[string]bool), make(map[string]int)
	return bulk.Operation[item, int]{
		Name: "test.Bulk", Noun: "things", Limit: limit, Call: s.call, ItemFields: []string{"Items"},
	}
}

// numbers yields n items that go well.
func numbers(n int) iter.Seq[item] {
	return func(yield func(item) bool) {
		for i := range n {
			if !yield(item{n: i * 10}) {
				return
			}
		}
	}
}

type result = bulk.Result[item, int]

// collect ranges over the results; the error is the last element's.
func collect(seq iter.Seq2[result, error]) (results []result, err error) {
	for r, e := range seq {
		if e != nil {
			err = e
			continue
		}
		results = append(results, r)
	}
	return results, err
}

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
				latency: func() time.Duration { return time.Duration(chance(1000)) * time.Millisecond },
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
				Concurrency: 1 + chance(8), Skip: skip, OnProgress: func(p bulk.Progress) { last = p },
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
	_, err = collect(bulk.Run(t.Context(), op, slices.Values(input), bulk.Options{DuplicateWindow: 10}))
	require.NoError(t, err)
	assert.Equal(t, 30, s.calls, "one that is out of the window is asked for again")
}

// A dead host costs as many calls as the run takes to believe it, whatever the input; the run goes on
// where the outage began.
func TestRunStopsAtADeadHost(t *testing.T) {
	t.Parallel()
	dead := &tiktokshop.TransportError{Operation: "test", Err: errors.New("no route to host")}
	for _, tt := range []struct {
		name        string
		concurrency int
		most        int
		from        int // the first batch that is not answered
		calls       int
	}{
		{"at once", 1, 0, 1, 5},
		{"at once, several in flight", 4, 0, 1, 5},
		{"at once, more in flight than it takes", 9, 0, 1, 9},
		{"on the way", 4, 0, 11, 15},
		{"a patient one", 4, 20, 1, 20},
		{"an impatient one", 1, 1, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &shop{latency: func() time.Duration { return time.Second }}
				s.refuse = func(_ int, items []item) error {
					if items[0].n >= 100*(tt.from-1) { // by the input: calls in flight overtake each other
						return dead
					}
					return nil
				}
				results, err := collect(bulk.Run(t.Context(), s.operation(10), numbers(2000), bulk.Options{
					Concurrency: tt.concurrency, MaxUnanswered: tt.most,
				}))
				var stopped *bulk.StoppedError
				require.ErrorAs(t, err, &stopped)
				require.ErrorIs(t, err, bulk.ErrUnreachable)
				require.ErrorIs(t, err, dead.Err)
				assert.Equal(t, tt.calls, s.calls)
				assert.Equal(t, 10*(tt.from-1), stopped.Answered)
				assert.Equal(t, 10*(tt.from-1), stopped.Resume)
				assert.Equal(t, 2000-10*tt.calls, stopped.NotTried)
				require.ErrorContains(t, err, fmt.Sprintf("test.Bulk: stopped with %d things answered and %d things not tried",
					stopped.Answered, stopped.NotTried))
				require.Equal(t, 2000, len(results))

				s.refuse = nil
				rest, err := collect(bulk.Run(t.Context(), s.operation(10), numbers(2000), bulk.Options{Skip: stopped.Resume}))
				require.NoError(t, err)
				require.Equal(t, 2000-stopped.Answered, len(rest))
				assert.Equal(t, stopped.Answered, rest[0].Position)
				for _, r := range rest {
					require.Equal(t, bulk.Done, r.Status)
				}
			})
		})
	}
}

func TestRunStopsOrGoesOn(t *testing.T) {
	t.Parallel()
	broken := &tiktokshop.TransportError{Operation: "test", Err: errors.New("connection reset")}
	for _, tt := range []struct {
		name  string
		err   error
		stops bool
	}{
		{"an expired token", tiktokshop.ErrTokenExpired, true},
		{"no token", &tiktokshop.TokenError{Err: errors.New("no")}, true},
		{"no permission", tiktokshop.ErrPermission, true},
		{"a quota used up", tiktokshop.ErrQuotaExhausted, true},
		{"a retired version", tiktokshop.ErrVersionRetired, true},
		{"another field of the request", &tiktokshop.InputError{Field: "ItemsX", Reason: "is missing"}, true},
		{"a bad item and another field", errors.Join(
			&tiktokshop.InputError{Field: "Items[0]", Reason: "is bad"}, &tiktokshop.InputError{Field: "Shop", Reason: "is missing"}), true},
		{"what the operation knows to be fatal", errItem, true},
		{"a refused request", tiktokshop.ErrInvalidRequest, false},
		{"an item that is not there", tiktokshop.ErrNotFound, false},
		{"throttling", tiktokshop.ErrRateLimited, false},
		{"a broken connection", broken, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shop{refuse: func(call int, _ []item) error {
				if call == 3 {
					return tt.err
				}
				return nil
			}}
			op := s.operation(10)
			op.Stops = func(err error) (bool, bool) { return err == errItem, err == errItem }
			results, err := collect(bulk.Run(t.Context(), op, numbers(100), bulk.Options{Concurrency: 1}))
			require.Equal(t, 100, len(results))
			for _, r := range results[20:30] {
				require.Equal(t, bulk.Error, r.Status)
				require.ErrorIs(t, r.Err, tt.err)
			}
			if !tt.stops {
				require.NoError(t, err)
				assert.Equal(t, 10, s.calls)
				assert.Equal(t, bulk.Done, results[99].Status)
				return
			}
			var stopped *bulk.StoppedError
			require.ErrorAs(t, err, &stopped)
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, 3, s.calls)
			assert.Equal(t, 20, stopped.Resume)
			assert.Equal(t, 70, stopped.NotTried)
			assert.Equal(t, bulk.NotTried, results[99].Status)
			require.ErrorIs(t, results[99].Err, tt.err)
		})
	}
}

// Calls without an answer count only if they follow each other.
func TestRunOutlastsSingleFailures(t *testing.T) {
	t.Parallel()
	s := &shop{refuse: func(call int, _ []item) error {
		if call%5 == 0 {
			return tiktokshop.ErrInvalidRequest
		}
		return tiktokshop.ErrUnavailable
	}}
	results, err := collect(bulk.Run(t.Context(), s.operation(1), numbers(100), bulk.Options{Concurrency: 1}))
	require.NoError(t, err)
	assert.Len(t, results, 100)
}

// A success between two outages begins the count anew, and a refusal after one goes on where it began.
func TestRunGoesOnWhereTheTroubleBegan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		calls  string // one letter each: answered, broken, token refused
		resume int
	}{
		{"a success in between", "abbbbabbbbb", 6},
		{"a refusal after two broken ones", "abbt", 1},
		{"a refusal alone", "abbat", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shop{refuse: func(call int, _ []item) error {
				switch tt.calls[call-1] {
				case 'b':
					return tiktokshop.ErrUnavailable
				case 't':
					return tiktokshop.ErrTokenInvalid
				}
				return nil
			}}
			_, err := collect(bulk.Run(t.Context(), s.operation(1), numbers(100), bulk.Options{Concurrency: 1}))
			var stopped *bulk.StoppedError
			require.ErrorAs(t, err, &stopped)
			assert.Equal(t, len(tt.calls), s.calls)
			assert.Equal(t, tt.resume, stopped.Resume)
		})
	}
}

// An item that waits for one before it when the context ends has a result, too.
func TestRunCancelledWhileAnItemIsHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shop{latency: func() time.Duration { return time.Minute }}
		op := s.operation(10)
		op.Key = func(item) string { return "the only one" }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		read := 0
		results, err := collect(bulk.Run(ctx, op, func(yield func(item) bool) {
			for it := range numbers(100) {
				if read++; !yield(it) {
					return
				}
			}
		}, bulk.Options{}))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2, read)
		require.Equal(t, 2, len(results))
		assert.Equal(t, bulk.NotTried, results[1].Status)
	})
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			s := &shop{latency: func() time.Duration { return time.Second }}
			op := s.operation(10)
			op.Key = func(i item) string { return strconv.Itoa(i.n % 970) } // some have to wait
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(time.Duration(rng.IntN(5000))*time.Millisecond, cancel)
			read := 0
			endless := func(yield func(item) bool) {
				for it := range numbers(1 << 40) {
					if read++; !yield(it) {
						return
					}
				}
			}
			results, err := collect(bulk.Run(ctx, op, endless, bulk.Options{Concurrency: 1 + rng.IntN(5)}))
			var stopped *bulk.StoppedError
			require.ErrorAs(t, err, &stopped)
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, read, len(results), "every item that was read has a result")
			for i, r := range results {
				require.Equal(t, i, r.Position)
			}
			firstOpen := slices.IndexFunc(results, func(r result) bool { return r.Status == bulk.Error || r.Status == bulk.NotTried })
			if firstOpen < 0 {
				firstOpen = read
			}
			require.Equal(t, firstOpen, stopped.Resume, seed)
			require.Empty(t, s.broken)
		})
	}
}

// The consumer may leave at any point, also by a panic; calls in flight end with it.
func TestRunLeftEarly(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 9, 10, 11, 35} {
		synctest.Test(t, func(t *testing.T) {
			s := &shop{latency: func() time.Duration { return time.Second }}
			released := false
			input := func(yield func(item) bool) {
				defer func() { released = true }()
				numbers(10000)(yield)
			}
			results := bulk.Run(t.Context(), s.operation(10), input, bulk.Options{})
			n := 0
			for range results {
				if n++; n == after {
					break
				}
			}
			assert.Zero(t, s.running)
			assert.True(t, released, "the input is told that no more is wanted")
			assert.Panics(t, func() {
				for range results {
					panic("the consumer's own")
				}
			})
			assert.Zero(t, s.running)
		})
	}
}

func TestRunSurvivesAPanicOfOnProgress(t *testing.T) {
	t.Parallel()
	s := &shop{}
	told := 0
	results, err := collect(bulk.Run(t.Context(), s.operation(10), numbers(1000), bulk.Options{
		Concurrency: 1, OnProgress: func(bulk.Progress) { told++; panic("no terminal") },
	}))
	var stopped *bulk.StoppedError
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, bulk.ErrProgressPanicked)
	require.ErrorContains(t, err, "no terminal")
	assert.Equal(t, 1, told)
	require.Equal(t, 1000, len(results))
	assert.Equal(t, 10*s.calls, stopped.Resume)
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
		{"negative", good, numbers(1), bulk.Options{Concurrency: -1, Skip: -1, MaxUnanswered: -1, DuplicateWindow: -1},
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
	for r, err := range bulk.Run(t.Context(), op, slices.Values([]tiktokshop.ID{"1", "x", "2", ""}), bulk.Options{}) {
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
		{"keyed", func(op *bulk.Operation[item, int]) { op.Key = func(i item) string { return strconv.Itoa(i.n) } }},
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
