package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// DefaultOverlap is the Overlap of Options that name none.
const DefaultOverlap = 5 * time.Minute

// Options say where a feed begins and where it keeps its place. Name and Store are required.
type Options struct {
	// Name is what the cursor is stored under: one for each shop and each range, such as "orders of
	// 7495800011112222333".
	Name string
	// Store keeps the cursor.
	Store CursorStore
	// Since is where to begin while the store has no cursor of the Name; later it counts no more.
	Since time.Time
	// Until, if it is set, is where the feed ends, exclusive: a range of the past is read with a
	// Name of its own. It is done when it has been read once more after Overlap has gone by.
	Until time.Time
	// Overlap is how late the platform may show a change; each Run reads that much again, and hands
	// over what has changed since. 0 means DefaultOverlap.
	//
	// A list that can only be asked by the time of creation shows later changes of what was created
	// within the overlap: 30 days of it follow the affiliate orders of a month until they are
	// settled. The cursor remembers the last 10,000 things within it, 16 bytes each; with more of
	// them a restart hands the others over again.
	Overlap time.Duration
	// MaxRange bounds the time that the platform is asked for at once; 0 means what is known of the
	// list.
	MaxRange time.Duration
	// OnMissing is told the ids that the list has, and the details do not even when they are asked
	// for again. With nil that is an error, a *MissingError.
	OnMissing func(ctx context.Context, ids []tiktokshop.ID) error
	// OnError is told the error that ended a round of Follow. When it returns nil, Follow goes on
	// after the pause, from the saved place. With nil an error ends Follow.
	OnError func(error) error
	// Clock is time.Now unless a test sets another one.
	Clock func() time.Time

	window int // most entries held at a time, for tests
}

// MissingError tells that the details of entries of a list could not be had. The feed stays before
// them.
type MissingError struct {
	// Feed is the feed's name, such as "order.Changes".
	Feed string
	// IDs are those of the entries.
	IDs []tiktokshop.ID
}

// Error names the feed and the first of the ids.
func (e *MissingError) Error() string {
	return fmt.Sprintf("feed: %s: the platform lists %d things without details, the first is %s",
		e.Feed, len(e.IDs), e.IDs[0])
}

// CutError tells that a list ends although it has more entries, within a single second, so that
// they cannot be asked for in smaller pieces. The feed stays before them.
type CutError struct {
	// Feed is the feed's name, such as "order.Changes".
	Feed string
	// Second is the time of the entries.
	Second time.Time
	// Listed and Total are how many entries could be read, and how many there are.
	Listed, Total int64
}

// Error names the feed, the second and the numbers.
func (e *CutError) Error() string {
	return fmt.Sprintf("feed: %s: the platform lists %d of the %d things of %s", e.Feed, e.Listed,
		e.Total, e.Second.UTC().Format(time.RFC3339))
}

// Feed hands over what changed. It is made by New, or by the functions of the packages under api.
type Feed[T any] struct {
	opts         Options
	name, filter string
	running      sync.Mutex
	newReader    func(*cursor, func(context.Context, []T) error) passer
}

// passer reads once from its cursor to the present.
type passer interface {
	pass(ctx context.Context) error
}

// New returns a feed of a source. Mistakes in the options are *tiktokshop.InputErrors, all in one
// error.
func New[Item, T any](source Source[Item, T], opts Options) (*Feed[T], error) {
	var errs []error
	mistake := func(wrong bool, field, reason string) {
		if wrong {
			errs = append(errs, &tiktokshop.InputError{Operation: source.Name, Field: field,
				Reason: reason})
		}
	}
	mistake(opts.Name == "", "Name", "is required")
	mistake(opts.Store == nil, "Store", "is required")
	mistake(opts.Overlap < 0, "Overlap", "is negative")
	mistake(opts.MaxRange < 0 || opts.MaxRange > 0 && opts.MaxRange < time.Second, "MaxRange",
		"is less than a second")
	mistake(!opts.Until.IsZero() && !opts.Since.Before(opts.Until), "Until", "is not after Since")
	mistake(source.Name == "", "Source.Name", "is required")
	mistake(source.List == nil || source.ID == nil || source.Time == nil || source.Details == nil,
		"Source", "needs List, ID, Time and Details")
	mistake(source.Batch < 1, "Source.Batch", "is less than 1")
	mistake(source.PageSize < 1, "Source.PageSize", "is less than 1")
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if opts.Overlap == 0 {
		opts.Overlap = DefaultOverlap
	}
	if opts.MaxRange == 0 {
		opts.MaxRange = source.MaxRange
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.window == 0 {
		opts.window = mostOfWindow
	}
	f := &Feed[T]{opts: opts, name: source.Name, filter: source.Filter}
	f.newReader = func(c *cursor, handle func(context.Context, []T) error) passer {
		return &reader[Item, T]{source: &source, opts: &f.opts, cursor: c, handle: handle,
			save: func(ctx context.Context) error {
				return f.save(ctx, c)
			}}
	}
	return f, nil
}

// Run hands over what changed between the saved place and the present, in batches, and returns. The
// place is saved each time the handler returns nil; the handler's error ends Run and is returned as
// it is. Of several Runs of one Feed at a time the later ones wait.
func (f *Feed[T]) Run(
	ctx context.Context, handle func(ctx context.Context, changed []T) error,
) error {
	if handle == nil {
		return &tiktokshop.InputError{Operation: f.name, Field: "handle", Reason: "is nil"}
	}
	f.running.Lock()
	defer f.running.Unlock()
	c, err := f.load(ctx)
	if err != nil {
		return err
	}
	return f.newReader(c, handle).pass(ctx)
}

// Follow is Run again and again, with a pause in between, until ctx is done, whose error it
// returns, or until an error occurs that Options.OnError does not take. With Options.Until it
// returns nil when the range is done.
func (f *Feed[T]) Follow(
	ctx context.Context, pause time.Duration, handle func(ctx context.Context, changed []T) error,
) error {
	var errs []error
	if pause <= 0 {
		errs = append(errs, &tiktokshop.InputError{Operation: f.name, Field: "pause",
			Reason: "is not positive"})
	}
	if handle == nil {
		errs = append(errs, &tiktokshop.InputError{Operation: f.name, Field: "handle",
			Reason: "is nil"})
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	f.running.Lock()
	defer f.running.Unlock()
	var c *cursor
	var r passer
	for {
		var err error
		if r == nil {
			if c, err = f.load(ctx); err == nil {
				r = f.newReader(c, handle)
			}
		}
		if err == nil {
			err = r.pass(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && f.done(c):
			return nil
		case err != nil:
			r = nil // what it remembers as handed over may not be
			if f.opts.OnError == nil {
				return err
			}
			if err := f.opts.OnError(err); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Position is the saved place: what changed before it has been handed over. It is Since while
// nothing is saved. It stays behind the present by the overlap.
func (f *Feed[T]) Position(ctx context.Context) (time.Time, error) {
	c, err := f.load(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(c.from, 0), nil
}

// Done reports whether the range that ends at Options.Until has been handed over.
func (f *Feed[T]) Done(ctx context.Context) (bool, error) {
	c, err := f.load(ctx)
	return err == nil && f.done(c), err
}

func (f *Feed[T]) done(c *cursor) bool {
	return !f.opts.Until.IsZero() && c.from >= f.opts.Until.Unix()
}

func (f *Feed[T]) load(ctx context.Context) (*cursor, error) {
	b, err := f.opts.Store.Load(ctx, f.opts.Name)
	if err != nil {
		return nil, fmt.Errorf("feed: %s: load the cursor: %w", f.name, err)
	}
	if b == nil {
		if f.opts.Since.IsZero() {
			return nil, &tiktokshop.InputError{Operation: f.name, Field: "Since",
				Reason: "is required, as the store has no cursor of this name"}
		}
		return &cursor{from: f.opts.Since.Unix(), seen: make(map[fingerprint]int64)}, nil
	}
	c, err := decodeCursor(b, f.name, f.filter)
	if err != nil {
		return nil, fmt.Errorf("feed: %s: %w", f.name, err)
	}
	return c, nil
}

// saveTimeout bounds the save of a batch that was handled before ctx was done.
const saveTimeout = 10 * time.Second

func (f *Feed[T]) save(ctx context.Context, c *cursor) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	b, err := c.encode(f.name, f.filter)
	if err == nil {
		err = f.opts.Store.Save(ctx, f.opts.Name, b)
	}
	if err != nil {
		return fmt.Errorf("feed: %s: save the cursor: %w", f.name, err)
	}
	return nil
}
