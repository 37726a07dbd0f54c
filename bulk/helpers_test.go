package bulk_test

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
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
			return nil, &tiktokshop.InputError{Field: fmt.Sprintf("Items[%d].Price", i),
				Reason: "is bad"}
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
		Name: "test.Bulk", Noun: "things", Limit: limit, Call: s.call,
		ItemFields: []string{"Items"},
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
