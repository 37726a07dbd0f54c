package textfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// zeros is a reader without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestReadAllEnds(t *testing.T) {
	t.Parallel()
	_, err := readAll(zeros{}, 10)
	require.ErrorIs(t, err, ErrTooLarge)
	got, err := readAll(strings.NewReader("all"), 3)
	require.NoError(t, err)
	require.Equal(t, "all", string(got))
}

func TestReadNamesTheFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	require.NoError(t, os.Truncate(name, Most+1))
	_, err := Read(name)
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, name)
}

func TestFromUTF16(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"\xff\xfea\x00\xe9\x00=\xd8\x00\xde",
		"\xfe\xff\x00a\x00\xe9\xd8=\xde\x00", "a\x00\xe9\x00=\xd8\x00\xde",
		"\x00a\x00\xe9\xd8=\xde\x00"} {
		require.Equal(t, "aé😀", string(FromUTF16([]byte(content))))
	}
	require.Empty(t, FromUTF16(nil))
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, content, want string
		utf16               bool
	}{
		{name: "empty"},
		{name: "plain", content: "{}\n", want: "{}\n"},
		{name: "mark of UTF-8", content: "\xef\xbb\xbf{}", want: "{}"},
		{name: "UTF-16, little end first", content: "\xff\xfe{\x00}\x00", utf16: true},
		{name: "UTF-16, big end first", content: "\xfe\xff\x00{\x00}", utf16: true},
		{name: "UTF-16 without a mark", content: "{\x00}\x00", utf16: true},
		{name: "UTF-16 without a mark, big end first", content: "\x00{\x00}", utf16: true},
		{name: "zeros", content: "\x00\x00\x00\x00", want: "\x00\x00\x00\x00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Text([]byte(tt.content))
			if tt.utf16 {
				require.ErrorIs(t, err, ErrUTF16)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, string(got))
		})
	}
}
