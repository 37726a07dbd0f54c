package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
)

// ErrPageTokenRepeated ends a list whose pages lead back to a page already read.
var ErrPageTokenRepeated = errors.New("the platform repeated a page token")

// lastPageToken is what some operations send instead of an empty token after the last page.
const lastPageToken = "0"

// Pages iterates over the items of all pages of a list, as the methods of the generated packages named ...All do. It begins
// at the page that req asks for and sends one request per page, when its first item is wanted; list is the method for one
// page, token where its request keeps the page token, and page what an answer holds: the items, and the token of the next page
// ("" or "0" if there is none). page may change the request it is given, from which that of the next page is made. req is
// copied and may be nil. Each range over it starts afresh. An error is the last element, and is ErrPageTokenRepeated if the
// platform's tokens lead in a circle.
func Pages[Req, Data, Item any](
	ctx context.Context, req *Req,
	list func(context.Context, *Req, ...Option) (*Response[Data], error),
	token func(*Req) *string, page func(*Req, *Data) (items []Item, next string), opts ...Option,
) iter.Seq2[Item, error] {
	var first Req
	if req != nil {
		first = *req
	}
	return func(yield func(Item, error) bool) {
		r := first
		var none Item
		circle := newCircleDetector(*token(&r))
		for {
			sent := r // a method may change what it is given
			resp, err := list(ctx, &sent, opts...)
			if err != nil {
				yield(none, err)
				return
			}
			items, next := page(&r, &resp.Data)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" || next == lastPageToken {
				return
			}
			if circle.closes(next) {
				yield(none, fmt.Errorf("tiktokshop: list: %w", ErrPageTokenRepeated))
				return
			}
			*token(&r) = next
		}
	}
}

// Batches cuts a sequence into pieces of n values, the last of which may be shorter, for operations
// that take several at once. The sequence is read as pieces are wanted, and a piece is the
// consumer's to keep. It panics if n is less than 1, as slices.Chunk does. Package bulk does more:
// it makes the calls, and has one result for each value.
func Batches[T any](seq iter.Seq[T], n int) iter.Seq[[]T] {
	if n < 1 {
		panic("tiktokshop: Batches: n must be at least 1")
	}
	return func(yield func([]T) bool) {
		var batch []T
		for v := range seq {
			if batch == nil {
				batch = make([]T, 0, min(n, 1024))
			}
			if batch = append(batch, v); len(batch) < n {
				continue
			}
			if !yield(batch) {
				return
			}
			batch = nil
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// recentTokens is how many page tokens are remembered.
const recentTokens = 1024

// circleDetector finds out that page tokens lead in a circle, in 8 KiB at most however many there are. A circle of up to
// recentTokens pages is found when its first token comes again, by the hashes of the last ones. A larger one is found by the
// algorithm of Brent, which compares with one token that it moves to ever later places, before three rounds are over.
type circleDetector struct {
	seed   maphash.Seed
	recent []uint64 // a ring
	at     int

	mark       string
	steps, lap uint64
}

func newCircleDetector(first string) *circleDetector {
	d := &circleDetector{seed: maphash.MakeSeed(), mark: first, lap: 1}
	d.recent = append(d.recent, maphash.String(d.seed, first))
	return d
}

// closes reports whether a token has come before, and remembers it.
func (d *circleDetector) closes(token string) bool {
	hash := maphash.String(d.seed, token)
	if token == d.mark || slices.Contains(d.recent, hash) {
		return true
	}
	if len(d.recent) < recentTokens {
		d.recent = append(d.recent, hash)
	} else {
		d.recent[d.at] = hash
		d.at = (d.at + 1) % recentTokens
	}
	if d.steps++; d.steps == d.lap {
		d.mark, d.steps, d.lap = token, 0, 2*d.lap
	}
	return false
}
