// Package circle finds out that page tokens lead in a circle.
package circle

import (
	"hash/maphash"
	"slices"
)

// recentTokens is how many page tokens are remembered.
const recentTokens = 1024

// Detector finds out that page tokens lead in a circle, in 8 KiB at most however many there are. A
// circle of up to recentTokens pages is found when its first token comes again, by the hashes of
// the last ones. A larger one is found by the algorithm of Brent, which compares with one token
// that it moves to ever later places, before three rounds are over.
type Detector struct {
	seed   maphash.Seed
	recent []uint64 // a ring
	at     int

	mark       string
	steps, lap uint64
}

func New(first string) *Detector {
	d := &Detector{seed: maphash.MakeSeed(), mark: first, lap: 1}
	d.recent = append(d.recent, maphash.String(d.seed, first))
	return d
}

// Closes reports whether a token has come before, and remembers it.
func (d *Detector) Closes(token string) bool {
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
