package feed

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// ErrForeignCursor is what a feed says to a cursor that another feed has saved under its name, or
// the same one with other filters. Give the feed a name of its own.
var ErrForeignCursor = errors.New("the stored cursor belongs to another feed or to other filters")

// fingerprint is a hash of all that a list says of a thing. 64 bits: of a million things that
// changed within the overlap, the odds that two look the same are one to thirty million.
type fingerprint [8]byte

// fingerprintOf is over the JSON of an entry and not over its id and time: a thing that changes
// twice in one second is a different one the second time.
func fingerprintOf(entry any) (fingerprint, error) {
	b, err := json.Marshal(entry)
	if err != nil {
		return fingerprint{}, fmt.Errorf("an entry of the list does not encode: %w", err)
	}
	sum := sha256.Sum256(b)
	return fingerprint(sum[:8]), nil
}

// cursor says where to go on: what changed before from is done with; of what changed later, seen is
// done with as it was then.
type cursor struct {
	from int64 // Unix seconds
	seen map[fingerprint]int64
}

// advance moves the place forward and forgets what lies before it.
func (c *cursor) advance(to int64) (moved bool) {
	if to <= c.from {
		return false
	}
	c.from = to
	maps.DeleteFunc(c.seen, func(_ fingerprint, at int64) bool { return at < to })
	return true
}

// cursorText is what is stored.
type cursorText struct {
	Version int       `json:"version"`
	Feed    string    `json:"feed"`
	Filter  string    `json:"filter,omitempty"`
	From    time.Time `json:"from"`
	// Seen is, for each thing, 8 bytes of fingerprint and 4 of seconds since From.
	Seen string `json:"seen,omitempty"`
}

const (
	cursorVersion = 1
	seenSize      = 12
	// mostSeen bounds what is stored; the things that are left out come again after a restart.
	mostSeen = 10_000
)

func (c *cursor) encode(feed, filter string) ([]byte, error) {
	all := slices.Collect(maps.Keys(c.seen))
	slices.SortFunc(all, func(a, b fingerprint) int {
		// the newest first
		return cmp.Or(cmp.Compare(c.seen[b], c.seen[a]), slices.Compare(a[:], b[:]))
	})
	seen := make([]byte, 0, seenSize*min(len(all), mostSeen))
	for _, f := range all[:min(len(all), mostSeen)] {
		seen = append(seen, f[:]...)
		seen = binary.BigEndian.AppendUint32(seen, uint32(min(c.seen[f]-c.from, math.MaxUint32)))
	}
	return json.Marshal(cursorText{
		cursorVersion, feed, filter, time.Unix(c.from, 0).UTC(),
		base64.StdEncoding.EncodeToString(seen),
	})
}

func decodeCursor(b []byte, feed, filter string) (*cursor, error) {
	var t cursorText
	if err := json.Unmarshal(b, &t); err != nil || t.Version < 1 {
		return nil, errors.New("the stored cursor is damaged")
	}
	if t.Version > cursorVersion {
		return nil, fmt.Errorf("the stored cursor has version %d, of a newer SDK", t.Version)
	}
	if t.Feed != feed || t.Filter != filter {
		return nil, ErrForeignCursor
	}
	seen, err := base64.StdEncoding.DecodeString(t.Seen)
	if err != nil || len(seen)%seenSize != 0 {
		return nil, errors.New("the stored cursor is damaged")
	}
	c := &cursor{from: t.From.Unix(), seen: make(map[fingerprint]int64, len(seen)/seenSize)}
	for one := range slices.Chunk(seen, seenSize) {
		c.seen[fingerprint(one[:8])] = c.from + int64(binary.BigEndian.Uint32(one[8:]))
	}
	return c, nil
}
