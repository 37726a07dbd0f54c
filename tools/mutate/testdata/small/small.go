// Package small is made up: what becomes of its mutants is known.
package small

import "errors"

// Max has a mutant that no test can kill: with equal numbers it does not matter which is returned.
func Max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// Fill is tested by its error alone, so nobody notices if fill is not called.
func Fill(b []byte) error {
	if err := fill(b); err != nil {
		return err
	}
	return nil
}

var errEmpty = errors.New("empty")

func fill(b []byte) error {
	if len(b) == 0 {
		return errEmpty
	}
	b[0] = 1
	return nil
}

// Count never ends if it counts the other way.
func Count(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += 2
	}
	return sum
}

// Unused is in no test.
func Unused(ok bool) bool { return !ok }

// Close is deferred and checked.
type Closer struct{ Closed bool }

func (c *Closer) Close() { c.Closed = true }

func (c *Closer) Use() {
	defer c.Close()
}

// Child runs in a process that a test starts.
func Child(n int) int { return n + 3 }

// Sum has types that only the function knows.
func Sum[T ~int | ~float64](numbers ...T) T {
	type local int
	var calls local
	var sum T
	for _, n := range numbers {
		sum = sum + n
		calls = calls + 1
	}
	if calls != local(len(numbers)) {
		return -1
	}
	return sum
}

// Table has constants that must stay constants.
func Table(i int) int {
	table := [...]int{2: 7}
	return table[i]
}

// IsLast compares with the largest number, after which there is none.
func IsLast(n int64) bool { return n == 1<<63-1 }
