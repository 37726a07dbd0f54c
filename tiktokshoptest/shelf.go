package tiktokshoptest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// shelf is the records of one kind as values of their type in package api. Values are copies: what
// a caller does to one changes nothing before it is put back.
type shelf[T any] struct {
	*records
	kind string // in errors, such as "order"
	key  func(*T) recordKey
}

// recordKey is what a value is found by.
type recordKey struct {
	id               *tiktokshop.ID
	created, updated *tiktokshop.UnixTime
}

func newShelf[T any](kind string, key func(*T) recordKey) *shelf[T] {
	return &shelf[T]{newRecords(), kind, key}
}

// get is a value by its id.
func (sh *shelf[T]) get(id tiktokshop.ID) (v T, ok bool) {
	if sh == nil || sh.byID[id] == nil {
		return v, false
	}
	if err := json.Unmarshal(sh.byID[id].body, &v); err != nil {
		panic("tiktokshoptest: the " + sh.kind + " does not decode: " + err.Error())
	}
	return v, true
}

// put puts a value in place of the one with its id. A lack of an id gets one, that of a time the
// server's. s.mu is held.
func (sh *shelf[T]) put(s *Server, v *T) tiktokshop.ID {
	k := sh.key(v)
	if *k.id == "" {
		*k.id = s.newID()
	}
	*k.created = s.orNow(*k.created)
	if k.updated != k.created {
		*k.updated = s.orNow(*k.updated)
	}
	sh.records.put(record{id: *k.id, created: k.created.Unix(), updated: k.updated.Unix(),
		body: encodeRecord(v)})
	return *k.id
}

// changed is a value after change, not yet put. Its time of change is to be the server's unless
// change has set another one.
func (sh *shelf[T]) changed(id tiktokshop.ID, change func(*T)) (old, v T, err error) {
	old, ok := sh.get(id)
	if !ok {
		return old, v, fmt.Errorf("tiktokshoptest: the shop has no %s %s", sh.kind, id)
	}
	v, _ = sh.get(id) // again, as change may reach into what old refers to
	k := sh.key(&v)
	before := *k.updated
	change(&v)
	if *k.id != id {
		return old, v, fmt.Errorf("tiktokshoptest: %s %s cannot get another id", sh.kind, id)
	}
	if k.updated != k.created && *k.updated == before {
		*k.updated = tiktokshop.UnixTime{} // now
	}
	return old, v, nil
}

// newID makes an id up. s.mu is held.
func (s *Server) newID() tiktokshop.ID {
	s.ids++
	return tiktokshop.ID(strconv.Itoa(1729592969700000000 + s.ids))
}

// orNow is a time, the server's if it is not set.
func (s *Server) orNow(t tiktokshop.UnixTime) tiktokshop.UnixTime {
	if t.IsZero() {
		return s.thisSecond()
	}
	return t
}

func (s *Server) thisSecond() tiktokshop.UnixTime {
	return tiktokshop.NewUnixTime(s.now().Truncate(time.Second))
}

// or is a value, or another one if it is zero.
func or[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}
