package bind

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	type inner struct{ Amount string }
	type request struct {
		First  string
		Second []inner
		Third  *inner
	}
	in := func(fields ...string) (all []Mistake) {
		for _, f := range fields {
			all = append(all, Mistake{f, "is wrong"})
		}
		return all
	}
	for _, tc := range []struct {
		name             string
		byTag, own, want []Mistake
	}{
		{"its own alone", nil, in("Third.Amount", "First"), in("First", "Third.Amount")},
		{"in the order of the fields", in("Second[10].Amount"), in("Third", "Second[2]", "First"),
			in("First", "Second[2]", "Second[10].Amount", "Third")},
		{"the same field", in("First"), in("First", "Third"), in("First", "Third")},
		{"inside what was refused", in("Second", "Third"), in("Second[1].Amount", "Third.Amount"),
			in("Second", "Third")},
		{"a field whose name begins alike", in("First"), in("Firsts"), in("First", "Firsts")},
		{"the request as a whole comes last", in("Third"), in("request"), in("Third", "request")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, Merge(reflect.TypeFor[request](), tc.byTag, tc.own))
		})
	}
}
