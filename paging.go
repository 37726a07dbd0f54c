package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/tiktokshop-go/tiktokshop/internal/circle"
)

// ErrPageTokenRepeated ends a list whose pages lead back to a page already read.
var ErrPageTokenRepeated = errors.New("the platform repeated a page token")

// lastPageToken is what some operations send instead of an empty token after the last page.
const lastPageToken = "0"

// Pages iterates over the items of all pages of a list, as the methods of the generated packages
// named ...All do. It begins at the page that req asks for and sends one request per page, when its
// first item is wanted; list is the method for one page, token where its request keeps the page
// token, and page what an answer holds: the items, and the token of the next page ("" or "0" if
// there is none). page may change the request it is given, from which that of the next page is
// made. req is copied and may be nil. Each range over it starts afresh. An error is the last
// element, and is ErrPageTokenRepeated if the platform's tokens lead in a circle.
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
		seen := circle.New(*token(&r))
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
			if seen.Closes(next) {
				yield(none, fmt.Errorf("tiktokshop: list: %w", ErrPageTokenRepeated))
				return
			}
			*token(&r) = next
		}
	}
}
