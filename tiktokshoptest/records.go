package tiktokshoptest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// records are the things of one kind that the shop has, such as its orders: found by id, and listed
// by the times at which they were created and last changed.
type records struct {
	byID             map[tiktokshop.ID]*record
	created, updated timeline
	// most is how many a list shows, 0 for all; refuses tells that it refuses the pages behind
	// them, where it would otherwise end as if there were no more.
	most    int
	refuses bool
}

// record is one of them.
type record struct {
	id               tiktokshop.ID
	created, updated int64 // Unix seconds
	body             json.RawMessage
}

func newRecords() *records { return &records{byID: make(map[tiktokshop.ID]*record)} }

// put adds a record, in place of the one with its id.
func (rs *records) put(r record) {
	rs.remove(r.id)
	rs.byID[r.id] = &r
	rs.created.insert(&r, (*record).createTime)
	rs.updated.insert(&r, (*record).updateTime)
}

// remove takes a record away.
func (rs *records) remove(id tiktokshop.ID) {
	if old := rs.byID[id]; old != nil {
		rs.created.remove(old, (*record).createTime)
		rs.updated.remove(old, (*record).updateTime)
		delete(rs.byID, id)
	}
}

func (r *record) createTime() int64 { return r.created }
func (r *record) updateTime() int64 { return r.updated }

// timeline is records in the order of a time; those of one second are in that of their ids.
type timeline []*record

// place is where a record is, or belongs.
func (t timeline) place(r *record, at func(*record) int64) (int, bool) {
	return slices.BinarySearchFunc(t, r, func(a, b *record) int {
		return cmp.Or(cmp.Compare(at(a), at(b)), strings.Compare(string(a.id), string(b.id)))
	})
}

func (t *timeline) insert(r *record, at func(*record) int64) {
	i, _ := t.place(r, at)
	*t = slices.Insert(*t, i, r)
}

func (t *timeline) remove(r *record, at func(*record) int64) {
	if i, found := t.place(r, at); found {
		*t = slices.Delete(*t, i, i+1)
	}
}

// between are the records from one second, to another one exclusive. A bound that is nil does not
// bound them.
func (t timeline) between(from, before *int64, at func(*record) int64) timeline {
	first := func(second int64) int {
		i, _ := slices.BinarySearchFunc(t, second,
			func(r *record, s int64) int { return cmp.Compare(at(r), s) })
		return i
	}
	start, end := 0, len(t)
	if from != nil {
		start = first(*from)
	}
	if before != nil {
		end = max(start, first(*before))
	}
	return t[start:end]
}

// listing is a list that a call asks for.
type listing struct {
	// field is the records' name in the answer.
	field string
	// times are the bounds that the call sets.
	times timeBounds
	// wanted tells whether the fields of a record pass the other filters; nil means that there are
	// none.
	wanted func(json.RawMessage) bool
	// view is a record as the list has it; nil means that it has all of it.
	view func(json.RawMessage) any
	// byCreation are the values of sort_field that mean the time of creation, if others than
	// create_time.
	byCreation []string
	// ascending is the order where the call asks for none.
	ascending bool
	// withoutTotal leaves total_count out, which some lists do not have.
	withoutTotal bool
}

// timeBounds are Unix seconds from which on, and before which, records were created and changed;
// nil does not bound.
type timeBounds struct {
	CreatedFrom   *int64 `json:"create_time_ge"`
	CreatedBefore *int64 `json:"create_time_lt"`
	UpdatedFrom   *int64 `json:"update_time_ge"`
	UpdatedBefore *int64 `json:"update_time_lt"`
}

// search answers a list with the page that the query asks for.
func (rs *records) search(c *call, l listing) reply {
	f := l.times
	byUpdate := c.query["sort_field"] == "update_time"
	names := append([]string{"", "create_time"}, l.byCreation...)
	if s := c.query["sort_field"]; !byUpdate && !slices.Contains(names, s) {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. The list cannot be sorted by this 'sort_field'.")
	}
	ascending := c.query["sort_order"] == "ASC"
	switch c.query["sort_order"] {
	case "ASC", "DESC":
	case "":
		ascending = l.ascending
	default:
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. 'sort_order' must be ASC or DESC.")
	}
	found := rs.created.between(f.CreatedFrom, f.CreatedBefore, (*record).createTime)
	if byUpdate {
		found = rs.updated.between(f.UpdatedFrom, f.UpdatedBefore, (*record).updateTime)
	}
	covers := func(r *record) bool {
		return (f.UpdatedFrom == nil || r.updated >= *f.UpdatedFrom) &&
			(f.UpdatedBefore == nil || r.updated < *f.UpdatedBefore)
	}
	filtered := f.UpdatedFrom != nil || f.UpdatedBefore != nil
	if byUpdate {
		covers = func(r *record) bool {
			return (f.CreatedFrom == nil || r.created >= *f.CreatedFrom) &&
				(f.CreatedBefore == nil || r.created < *f.CreatedBefore)
		}
		filtered = f.CreatedFrom != nil || f.CreatedBefore != nil
	}
	if filtered || l.wanted != nil {
		found = slices.DeleteFunc(slices.Clone(found), func(r *record) bool {
			return !covers(r) || l.wanted != nil && !l.wanted(r.body)
		})
	}
	return rs.page(c, l, found, ascending)
}

// page answers with a page of what was found, which is in ascending order.
func (rs *records) page(c *call, l listing, found timeline, ascending bool) reply {
	shown := len(found)
	if rs.most > 0 {
		shown = min(shown, rs.most)
	}
	offset, _ := pageOffset(c.query["page_token"])
	if rs.refuses && offset >= shown && offset > 0 {
		return refuse(http.StatusBadRequest, 36009004,
			fmt.Sprintf("Invalid parameter. A list has at most %d elements.", rs.most))
	}
	// The positions are paged, and the few records taken after that. What has become shorter since
	// the page before ends.
	positions, next, rep := paginate(make([]struct{}, max(shown, offset)), c.query, 100)
	if rep != nil {
		return *rep
	}
	positions = positions[:min(len(positions), max(0, shown-offset))]
	if rs.refuses && next == "" && shown < len(found) {
		next = pageToken(shown)
	}
	bodies := make([]any, 0, len(positions))
	for i := range positions {
		at := offset + i
		if !ascending {
			at = len(found) - 1 - at
		}
		if l.view != nil {
			bodies = append(bodies, l.view(found[at].body))
		} else {
			bodies = append(bodies, found[at].body)
		}
	}
	data := map[string]any{l.field: bodies, "next_page_token": next, "total_count": len(found)}
	if l.withoutTotal {
		delete(data, "total_count")
	}
	return success(data)
}

// encodeRecord is the JSON of a record, without the fields that are zero.
func encodeRecord(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("tiktokshoptest: the record does not encode: " + err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var fields any
	if err := d.Decode(&fields); err != nil {
		panic("tiktokshoptest: the record does not decode: " + err.Error())
	}
	b, _ = json.Marshal(withoutZeros(fields)) // what was decoded encodes
	return b
}

// withoutZeros leaves out the fields of objects that say nothing, nil if nothing is left.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if kept := withoutZeros(value); kept == nil {
				delete(v, name)
			} else {
				v[name] = kept
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i, value := range v {
			if kept := withoutZeros(value); kept != nil {
				v[i] = kept
			}
		}
	case string:
		if v == "" {
			return nil
		}
	case json.Number:
		if v == "0" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}
