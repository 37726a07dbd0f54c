package bulk

import "iter"

// Batches cuts a sequence into pieces of n values, the last of which may be shorter, for operations
// that take several at once. The sequence is read as pieces are wanted, and a piece is the
// consumer's to keep. It panics if n is less than 1, as slices.Chunk does. Run does more: it makes
// the calls, and has one result for each value.
func Batches[T any](seq iter.Seq[T], n int) iter.Seq[[]T] {
	if n < 1 {
		panic("bulk: Batches: n must be at least 1")
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
