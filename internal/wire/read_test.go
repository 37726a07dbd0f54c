package wire

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
)

func TestReadBoundedKeepsWhatCame(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 200)
	broken := errors.New("broken")
	for _, tt := range []struct {
		name        string
		r           io.Reader
		size, limit int64
		want        string
		err         error
	}{
		{"fits exactly", strings.NewReader(long), int64(len(long)), int64(len(long)), long, nil},
		{"fits, of unknown size", strings.NewReader(long), -1, 1 << 20, long, nil},
		{"byte by byte", iotest.OneByteReader(strings.NewReader(long)), -1, 1 << 20, long, nil},
		{"the end comes with the data", iotest.DataErrReader(strings.NewReader(long)), -1, 1 << 20, long, nil},
		{"a byte too much", strings.NewReader(long), int64(len(long)), int64(len(long)) - 1, long[:len(long)-1], ErrTooLarge},
		{"the announced size is wrong", strings.NewReader(long), 3, 1 << 20, long, nil},
		{"breaks", io.MultiReader(strings.NewReader("part"), iotest.ErrReader(broken)), -1, 1 << 20, "part", broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readBounded(tt.r, tt.size, tt.limit)
			assert.Equal(t, tt.err, err)
			assert.Equal(t, tt.want, string(got))
		})
	}
}
