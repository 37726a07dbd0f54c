package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// Source is a list of the platform's with a filter by time, and where the details of its entries
// come from. The packages under api have one for each list that can be followed; New makes a feed
// of a source of one's own.
type Source[Item, T any] struct {
	// Name is the feed's, such as "order.Changes". It is in errors and in cursors: a cursor of one
	// feed is refused by another one.
	Name string
	// List returns a page of the list. It asks for the largest page, and in ascending order of time
	// if the platform sorts at all.
	List func(ctx context.Context, q Query) (Page[Item], error)
	// ID and Time tell an entry's id, and the time that the list is filtered by.
	ID   func(*Item) tiktokshop.ID
	Time func(*Item) time.Time
	// Sorted tells that List sorts by Time, ascending. Then only first pages are read, each from
	// where the one before ended, and what moves while it is read can hide nothing. A page that is
	// not sorted all the same is noticed.
	Sorted bool
	// Details returns what the handler gets for entries; [AsListed] hands over the entries
	// themselves.
	Details func(ctx context.Context, items []Item) ([]T, error)
	// DetailID tells the id of what Details returned. With it, an entry that has no details is
	// noticed; nil leaves that out.
	DetailID func(*T) tiktokshop.ID
	// PageSize is how many entries a page of List has that is full.
	PageSize int
	// Batch is how many entries Details takes at most.
	Batch int
	// MaxRange is the longest time that List can be asked for at once; 0 means any.
	MaxRange time.Duration
	// Filter stands for the filters that List sends, see [FilterID]. A cursor belongs to one
	// filter.
	Filter string
}

// Query asks for a page of a list.
type Query struct {
	// From and Before bound the time, in whole seconds: from the first one on, before the second
	// one.
	From, Before time.Time
	// PageToken is "" for the first page.
	PageToken string
}

// Page is a page of a list.
type Page[Item any] struct {
	Items []Item
	// Next is the token of the next page; "" and "0" mean that there is none.
	Next string
	// Total is how many entries the list has, 0 if the platform does not tell.
	Total int64
	// ServedAt is the platform's time, from the answer's Date header; zero if it is not known.
	ServedAt time.Time
}

// AsListed is a Source's Details that hands the entries over as they are.
func AsListed[Item any](_ context.Context, items []Item) ([]Item, error) { return items, nil }

// ServedAt is the platform's time in an answer, for a [Page].
func ServedAt[T any](resp *tiktokshop.Response[T]) time.Time {
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// FilterID returns a text that stands for the values of filters, "" if all of them are nothing.
func FilterID(values ...any) string {
	b, err := json.Marshal(values)
	if err != nil {
		return ""
	}
	switch string(b) {
	case "[]", "[null]", "[{}]", `[""]`:
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
