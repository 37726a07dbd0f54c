package bulk_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/bulk"
)

func TestBatches(t *testing.T) {
	t.Parallel()
	upTo := func(n int) iter.Seq[int] {
		return func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		}
	}
	for _, tt := range []struct {
		name  string
		n     int
		size  int
		sizes []int
	}{
		{"none", 0, 3, nil},
		{"less than one batch", 2, 3, []int{2}},
		{"whole batches", 6, 3, []int{3, 3}},
		{"a rest", 7, 3, []int{3, 3, 1}},
		{"large batches", 5000, 4096, []int{4096, 904}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var sizes, all []int
			var kept [][]int
			for batch := range bulk.Batches(upTo(tt.n), tt.size) {
				sizes, all, kept = append(sizes, len(batch)), append(all, batch...),
					append(kept, batch)
			}
			assert.Equal(t, tt.sizes, sizes)
			assert.Equal(t, slices.Collect(upTo(tt.n)), all)
			assert.Equal(t, all, slices.Concat(kept...), "a batch stays as it was")
		})
	}
	read := 0
	for range bulk.Batches(func(yield func(int) bool) {
		for yield(read) {
			read++
		}
	}, 10) {
		break
	}
	assert.Equal(t, 9, read, "no more is read than is wanted")
	assert.Panics(t, func() { bulk.Batches(upTo(1), 0) })
}
