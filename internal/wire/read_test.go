package wire

import (
	"errors"
	"io"
	"net/http"
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
		{"the end comes with the data", iotest.DataErrReader(strings.NewReader(long)), -1, 1 << 20,
			long, nil},
		{"a byte too much", strings.NewReader(long), int64(len(long)), int64(len(long)) - 1,
			long[:len(long)-1], ErrTooLarge},
		{"the announced size is wrong", strings.NewReader(long), 3, 1 << 20, long, nil},
		{"breaks", io.MultiReader(strings.NewReader("part"), iotest.ErrReader(broken)), -1, 1 << 20,
			"part", broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readBounded(tt.r, tt.size, tt.limit)
			assert.Equal(t, tt.err, err)
			assert.Equal(t, tt.want, string(got))
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	breaking := func(s string) io.Reader {
		return io.MultiReader(strings.NewReader(s), iotest.ErrReader(broken))
	}
	for _, tt := range []struct {
		name  string
		r     io.Reader
		limit int64
		want  string
		err   error
	}{
		{"whole", strings.NewReader(`{"code":0}`), 100, `{"code":0}`, nil},
		{"not JSON", strings.NewReader("<html>"), 100, "<html>", nil},
		{"whole, and then it breaks", breaking(` {"code":0}`), 100, ` {"code":0}`, nil},
		{"breaks in the middle", breaking(`{"code":0`), 100, `{"code":0`, broken},
		{"breaks behind something else", breaking(`"text"`), 100, `"text"`, broken},
		{"breaks behind HTML", breaking("<html></html>"), 100, "<html></html>", broken},
		{"too large", strings.NewReader(`{"code":0}`), 9, `{"code":0`, ErrTooLarge},
		{"too large, though what was read is whole", strings.NewReader(`{"code":0} `), 10,
			`{"code":0}`, ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Read(&http.Response{Body: io.NopCloser(tt.r), ContentLength: -1}, tt.limit)
			assert.Equal(t, tt.err, err)
			assert.Equal(t, tt.want, string(got))
		})
	}
}

// TestReadDrains: the connection of an answer that is too large is used again, if the rest is not
// large either.
func TestReadDrains(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ size, left int }{{50_000, 0}, {100 + maxDrain + 1, 0},
		{100 + maxDrain + 10, 9}} {
		r := strings.NewReader(strings.Repeat("x", tt.size))
		_, err := Read(&http.Response{Body: io.NopCloser(r), ContentLength: int64(tt.size)}, 100)
		assert.Equal(t, ErrTooLarge, err)
		assert.Equal(t, tt.left, r.Len(), tt.size)
	}
}
