package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// reader reads a source and hands over what has not been.
type reader[Item, T any] struct {
	source *Source[Item, T]
	opts   *Options
	cursor *cursor
	handle func(context.Context, []T) error
	save   func(context.Context) error

	// settled is the second before which everything is visible by now: the cursor never goes beyond
	// it.
	settled int64
	batch   []entry[Item]
}

// entry is an entry of a list.
type entry[Item any] struct {
	item Item
	id   tiktokshop.ID
	at   int64 // Unix seconds
}

// pass reads from the cursor to the present. What changes while it reads has a later time, and is
// the next pass's.
func (r *reader[Item, T]) pass(ctx context.Context) error {
	r.batch = nil
	now := r.opts.Clock().Unix()
	end := now
	if !r.opts.Until.IsZero() {
		end = min(end, r.opts.Until.Unix())
	}
	r.settle(now)
	for from := r.cursor.from; from < end; {
		before := end
		if r.opts.MaxRange > 0 {
			before = min(before, from+int64(r.opts.MaxRange/time.Second))
		}
		read := r.collect
		if r.source.Sorted {
			read = r.follow
		}
		if err := read(ctx, from, before); err != nil {
			return err
		}
		from = before
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	if r.cursor.advance(min(end, r.settled)) {
		return r.save(ctx)
	}
	return nil
}

func (r *reader[Item, T]) settle(now int64) { r.settled = now - int64(r.opts.Overlap/time.Second) }

// list asks for a page. A clock of this machine's that is ahead of the platform's does not push the
// cursor ahead.
func (r *reader[Item, T]) list(
	ctx context.Context, from, before int64, token string,
) (Page[Item], error) {
	p, err := r.source.List(ctx, Query{time.Unix(from, 0), time.Unix(before, 0), token})
	if err == nil && !p.ServedAt.IsZero() &&
		p.ServedAt.Unix()-int64(r.opts.Overlap/time.Second) < r.settled {
		r.settle(p.ServedAt.Unix())
	}
	return p, err
}

func (r *reader[Item, T]) entries(p Page[Item]) []entry[Item] {
	entries := make([]entry[Item], len(p.Items))
	for i := range p.Items {
		entries[i] = entry[Item]{p.Items[i], r.source.ID(&p.Items[i]),
			r.source.Time(&p.Items[i]).Unix()}
	}
	return entries
}

func (p *Page[Item]) last() bool { return p.Next == "" || p.Next == "0" }

// follow reads a sorted list without turning a page: it asks anew for what comes from the last
// entry on. An answer is of one moment, so nothing that moves between two of them can hide
// anything. Only a second with more entries than a page is read in pages.
func (r *reader[Item, T]) follow(ctx context.Context, from, before int64) error {
	for from < before {
		p, err := r.list(ctx, from, before, "")
		if err != nil {
			return err
		}
		entries := r.entries(p)
		if !inOrder(entries, from, before) || len(entries) == 0 && !p.last() {
			return r.collect(ctx, from, before) // it does not sort as it was asked to
		}
		for _, e := range entries {
			if err := r.emit(ctx, e); err != nil {
				return err
			}
		}
		if p.last() {
			return nil
		}
		if last := entries[len(entries)-1].at; last > from {
			from = last
			continue
		}
		if err := r.collect(ctx, from, from+1); err != nil {
			return err
		}
		from++
	}
	return nil
}

func inOrder[Item any](entries []entry[Item], from, before int64) bool {
	for _, e := range entries {
		if e.at < from || e.at >= before {
			return false
		}
		from = e.at
	}
	return true
}

// mostOfWindow is how many entries of a list are held at a time, unless they are all of one second.
const mostOfWindow = 5000

// errDivide says that a window is to be read in two halves.
var errDivide = errors.New("divide the window")

// collect reads a window of a list as a whole and hands it over in order.
func (r *reader[Item, T]) collect(ctx context.Context, from, before int64) error {
	found, err := r.window(ctx, from, before)
	if errors.Is(err, errDivide) {
		middle := from + (before-from)/2
		if err := r.collect(ctx, from, middle); err != nil {
			return err
		}
		return r.collect(ctx, middle, before)
	}
	if err != nil {
		return err
	}
	for _, e := range found {
		if err := r.emit(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// window reads a window in pages, so often that nothing can have been hidden. What leaves the
// window while it is read moves the entries behind it one place up, over the end of a page that was
// read. That is not so if
//
//   - there is one page, or
//   - the list has counted the same number of entries from the first page to the last, and as many
//     were read: what has settled only leaves the window, and the number goes down, or
//   - the same entries were read twice in a row: what was read the first time had not left by the
//     second.
//
// A window that does not come to rest, or is too large to hold, or that the platform cuts, is
// divided.
func (r *reader[Item, T]) window(ctx context.Context, from, before int64) ([]entry[Item], error) {
	divisible := before-from > 1
	all := make(map[tiktokshop.ID]entry[Item])
	var previous reading
	for round := 1; ; round++ {
		read, err := r.readPages(ctx, from, before, divisible, all)
		if err != nil {
			return nil, err
		}
		again := round > 1 && maps.Equal(previous.ids, read.ids)
		switch {
		case read.cut && divisible, round == 3 && divisible:
			return nil, errDivide
		case read.cut && again && previous.cut && previous.total == read.total:
			// and not what came after its place was read
			return nil, &CutError{r.source.Name, time.Unix(from, 0), int64(len(read.ids)),
				read.total}
		case read.complete && !read.cut, again && !read.cut, round >= 3 && from >= r.settled:
			// the last is read again in any case
			return slices.SortedFunc(maps.Values(all), func(a, b entry[Item]) int {
				return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(string(a.id), string(b.id)))
			}), nil
		}
		previous = read
	}
}

// reading is what came of reading all pages of a window once.
type reading struct {
	ids      map[tiktokshop.ID]struct{}
	total    int64
	complete bool
	cut      bool // the list ended before it had shown as many as it counts
}

func (r *reader[Item, T]) readPages(
	ctx context.Context, from, before int64, divisible bool, all map[tiktokshop.ID]entry[Item],
) (read reading, err error) {
	read.ids = make(map[tiktokshop.ID]struct{})
	tokens := make(map[string]struct{})
	token, total := "", int64(0)
	for pages := 1; ; pages++ {
		p, err := r.list(ctx, from, before, token)
		switch {
		case err != nil && pages > 1 && divisible && refused(err):
			return read, errDivide // it does not show what is so far behind
		case err != nil:
			return read, err
		}
		if pages == 1 {
			total = p.Total
		}
		for _, e := range r.entries(p) {
			e.at = min(max(e.at, from), before-1) // the window that it was found in is what counts
			all[e.id] = e
			read.ids[e.id] = struct{}{}
		}
		if divisible && (p.Total > int64(r.opts.window) || len(all) > r.opts.window) {
			return read, errDivide
		}
		if p.last() {
			n := int64(len(read.ids))
			read.total = p.Total
			read.complete = pages == 1 || total > 0 && total == p.Total && n == total
			read.cut = n < p.Total && len(p.Items) >= r.source.PageSize
			return read, nil
		}
		if _, circle := tokens[p.Next]; circle {
			return read, fmt.Errorf("feed: %s: %w", r.source.Name, tiktokshop.ErrPageTokenRepeated)
		}
		tokens[p.Next] = struct{}{}
		token = p.Next
	}
}

// refused tells whether the platform did not want to answer a request that it understood.
func refused(err error) bool {
	var e *tiktokshop.APIError
	return errors.As(err, &e) && !e.Retryable() &&
		(e.HTTPStatus == http.StatusOK || errors.Is(err, tiktokshop.ErrInvalidRequest))
}

// emit puts an entry into the batch, unless it has been handed over as it is.
func (r *reader[Item, T]) emit(ctx context.Context, e entry[Item]) error {
	f, err := fingerprintOf(&e.item)
	if err != nil {
		return fmt.Errorf("feed: %s: %w", r.source.Name, err)
	}
	if _, done := r.cursor.seen[f]; done {
		return nil
	}
	r.cursor.seen[f] = e.at // saved with the batch, not before
	if i := slices.IndexFunc(r.batch,
		func(other entry[Item]) bool { return other.id == e.id }); i >= 0 {
		r.batch = slices.Delete(r.batch, i, i+1) // the later state is enough
	}
	r.batch = append(r.batch, e)
	if len(r.batch) < r.source.Batch {
		return nil
	}
	return r.flush(ctx)
}

// flush hands the batch over and saves the place after it.
func (r *reader[Item, T]) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	batch := r.batch
	r.batch = nil
	things, err := r.details(ctx, batch)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(things) > 0 {
		if err := r.handle(ctx, things); err != nil {
			return err
		}
	}
	r.cursor.advance(min(batch[len(batch)-1].at, r.settled))
	return r.save(ctx)
}

// details returns the details of a batch in its order.
func (r *reader[Item, T]) details(ctx context.Context, batch []entry[Item]) ([]T, error) {
	items := make([]Item, len(batch))
	for i, e := range batch {
		items[i] = e.item
	}
	got, err := r.source.Details(ctx, items)
	if err != nil || r.source.DetailID == nil {
		return got, err
	}
	found := make(map[tiktokshop.ID]T, len(got))
	note := func(got []T) {
		for i := range got {
			found[r.source.DetailID(&got[i])] = got[i]
		}
	}
	note(got)
	absent := func() (items []Item, ids []tiktokshop.ID) {
		for _, e := range batch {
			if _, ok := found[e.id]; !ok {
				items, ids = append(items, e.item), append(ids, e.id)
			}
		}
		return items, ids
	}
	if items, _ := absent(); len(items) > 0 {
		if got, err = r.source.Details(ctx, items); err != nil {
			return nil, err
		}
		note(got)
	}
	if _, ids := absent(); len(ids) > 0 {
		if r.opts.OnMissing == nil {
			return nil, &MissingError{r.source.Name, ids}
		}
		if err := r.opts.OnMissing(ctx, ids); err != nil {
			return nil, err
		}
	}
	things := make([]T, 0, len(batch))
	for _, e := range batch {
		if thing, ok := found[e.id]; ok {
			things = append(things, thing)
		}
	}
	return things, nil
}
