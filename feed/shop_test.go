package feed_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// state is a thing as it was from one change to the next.
type state struct {
	ID      tiktokshop.ID
	Updated int64
	Version int
}

// change is a state that shows from a second on.
type change struct {
	state
	visible int64
}

// shop is a platform whose things change while they are read. Its lists are paged by position, so
// that what leaves a list moves the rest up, which is the worst that a platform can do.
type shop struct {
	rnd     *rand.Rand
	now     int64
	changes map[tiktokshop.ID][]change

	sorted, totals bool
	most           int  // a list shows no more; 0 is all
	refuses        bool // and refuses what is behind
	pageSize       int
	overlap        int64
	perSecond      map[int64]int
	busy           bool
	calls          int
	crashAt        int // the call that the program does not survive, 0 for none
}

const busiest = 6 // changes in one second, no more than a list that is cut shows

var errCrash = errors.New("the program is dead")

func newShop(rnd *rand.Rand) *shop {
	s := &shop{rnd: rnd, now: 1_000_000, changes: make(map[tiktokshop.ID][]change),
		perSecond: make(map[int64]int), pageSize: 3, overlap: 30}
	for i := range 40 {
		s.change(tiktokshop.ID(strconv.Itoa(100+i)), s.now-s.rnd.Int64N(400), s.now)
	}
	return s
}

// change gives a thing another state.
func (s *shop) change(id tiktokshop.ID, at, visible int64) {
	for s.perSecond[at] >= busiest {
		at--
	}
	s.perSecond[at]++
	s.changes[id] = append(s.changes[id], change{state{id, at, len(s.changes[id]) + 1},
		max(at, visible)})
}

// current is the state of a thing that shows.
func (s *shop) current(id tiktokshop.ID) (st state, ok bool) {
	for _, c := range s.changes[id] {
		if c.visible <= s.now {
			st, ok = c.state, true
		}
	}
	return st, ok
}

// step is what happens around a call: time goes by, things are made and changed, in this second or,
// late, in one before.
func (s *shop) step() error {
	s.calls++
	if s.calls == s.crashAt {
		return errCrash
	}
	if !s.busy {
		return nil
	}
	s.now += s.rnd.Int64N(2)
	if s.rnd.IntN(12) > 0 {
		return nil // so that the program keeps up
	}
	for range 1 + s.rnd.IntN(5) {
		id := tiktokshop.ID(strconv.Itoa(100 + s.rnd.IntN(600)))
		switch at := s.now; s.rnd.IntN(4) {
		case 0: // shows late
			s.change(id, at, at+s.rnd.Int64N(s.overlap-8))
		case 1: // has a time of the past
			s.change(id, at-s.rnd.Int64N(s.overlap-8), at)
		default:
			s.change(id, at, at)
		}
	}
	return nil
}

func (s *shop) list(_ context.Context, q feed.Query) (p feed.Page[state], err error) {
	if err := s.step(); err != nil {
		return p, err
	}
	var found []state
	for id := range s.changes {
		if st, ok := s.current(id); ok && st.Updated >= q.From.Unix() &&
			st.Updated < q.Before.Unix() {
			found = append(found, st)
		}
	}
	slices.SortFunc(found, func(a, b state) int {
		if s.sorted {
			return cmp.Or(cmp.Compare(a.Updated, b.Updated),
				strings.Compare(string(a.ID), string(b.ID)))
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	if s.totals {
		p.Total = int64(len(found))
	}
	offset, _ := strconv.Atoi(q.PageToken)
	shown := len(found)
	if s.most > 0 {
		shown = min(shown, s.most)
		if s.refuses && offset >= s.most {
			return p, &tiktokshop.APIError{HTTPStatus: 200, Code: 1}
		}
	}
	end := min(offset+s.pageSize, shown)
	p.Items = found[min(offset, end):end]
	if end < shown || s.refuses && end < len(found) {
		p.Next = strconv.Itoa(end)
	}
	p.ServedAt = time.Unix(s.now, 0)
	return p, s.late()
}

// late is a crash after the platform has done its part.
func (s *shop) late() error {
	s.calls++
	if s.calls == s.crashAt {
		return errCrash
	}
	return nil
}

func (s *shop) details(_ context.Context, items []state) (got []state, err error) {
	if err := s.step(); err != nil {
		return nil, err
	}
	for _, i := range slices.Backward(items) {
		if st, ok := s.current(i.ID); ok {
			got = append(got, st)
		}
	}
	return got, nil
}

func (s *shop) source() feed.Source[state, state] {
	return feed.Source[state, state]{
		Name: "shop.Changes",
		List: s.list, Details: s.details, Sorted: s.sorted, PageSize: s.pageSize, Batch: 4,
		ID:       func(st *state) tiktokshop.ID { return st.ID },
		DetailID: func(st *state) tiktokshop.ID { return st.ID },
		Time:     func(st *state) time.Time { return time.Unix(st.Updated, 0) },
	}
}

// reader is the program: it keeps the last state of each thing, in a database that survives a
// crash.
type reader struct {
	shop    *shop
	feed    *feed.Feed[state]
	kept    map[tiktokshop.ID]state
	handed  []state
	crashes int
}

// cursors is a store in which a save can be the last thing that the program does, or just not.
type cursors struct {
	*feed.MemoryStore
	shop *shop
}

func (c cursors) Save(ctx context.Context, name string, cursor []byte) error {
	if err := c.shop.step(); err != nil {
		return err
	}
	if !json.Valid(cursor) {
		return fmt.Errorf("not JSON: %s", cursor)
	}
	if err := c.MemoryStore.Save(ctx, name, cursor); err != nil {
		return err
	}
	return c.shop.late()
}

func newReader(s *shop, opts feed.Options) (*reader, error) {
	opts.Name, opts.Store = "things", cursors{feed.NewMemoryStore(), s}
	opts.Clock = func() time.Time { return time.Unix(s.now, 0) }
	if opts.Since.IsZero() {
		opts.Since = time.Unix(s.now-1000, 0)
	}
	if opts.Overlap == 0 {
		opts.Overlap = time.Duration(s.overlap) * time.Second
	}
	f, err := feed.New(s.source(), opts.WithWindow(8))
	return &reader{shop: s, feed: f, kept: make(map[tiktokshop.ID]state)}, err
}

func (r *reader) handle(_ context.Context, changed []state) error {
	if err := r.shop.step(); err != nil {
		return err
	}
	for _, st := range changed {
		r.kept[st.ID] = st
		r.handed = append(r.handed, st)
	}
	return r.shop.late()
}

// run is a run of the program, which may end in a crash.
func (r *reader) run(ctx context.Context) error {
	err := r.feed.Run(ctx, r.handle)
	if errors.Is(err, errCrash) {
		r.crashes++
		return nil
	}
	return err
}

// missed lists the things that the program does not know as they are.
func (r *reader) missed() (missed []string) {
	for id := range r.shop.changes {
		if want, ok := r.shop.current(id); ok && r.kept[id] != want {
			missed = append(missed, fmt.Sprintf("%+v, not %+v", want, r.kept[id]))
		}
	}
	return missed
}
