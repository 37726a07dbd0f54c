package links

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
)

// TestOneRunHasAnOutput: two that write one file would write over each other.
func TestOneRunHasAnOutput(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "links.csv")
	first, err := OpenOutput(name, "1", false)
	require.NoError(t, err)
	for _, again := range []bool{false, true} {
		_, err = OpenOutput(name, "1", again)
		require.ErrorIs(t, err, ErrInUse)
		require.ErrorContains(t, err, name)
	}
	require.NoError(t, first.Close())
	require.NoFileExists(t, name+".lock")

	// What a killed run leaves, and one that failed, is in nobody's way.
	require.NoError(t, os.WriteFile(name+".lock", nil, 0o600))
	_, err = OpenOutput(name, "2", false)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name+"x", []byte("not of tts\n"), 0o600))
	_, err = OpenOutput(name+"x", "1", false)
	require.Error(t, err)
	require.NoFileExists(t, name+"x.lock")
}

func TestInputThatIsNoText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, content, 0o600))
		return name
	}
	wide := []byte("\xff\xfe")
	for _, unit := range utf16.Encode([]rune("product_id\r\n7362840009596400000\r\n")) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	_, err := OpenInput(write("wide.csv", wide), "")
	require.ErrorIs(t, err, textfile.ErrUTF16)
	_, err = OpenInput(write("picture.csv", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")), "")
	require.ErrorContains(t, err, "is no text")
	_, err = OpenInput(dir, "")
	require.ErrorContains(t, err, "is a folder")
	_, err = OpenOutput(dir, "1", false)
	require.ErrorContains(t, err, "is a folder")

	in, err := OpenInput(write("sheet.csv", []byte(
		"\xef\xbb\xbf\"name\",product_id\r\n\"a, \"\"b\"\"\r\nc\",7362840009596400000\r\n")), "")
	require.NoError(t, err)
	for id := range in.IDs(func(id tiktokshop.ID) bool { return false }) {
		require.EqualValues(t, "7362840009596400000", id)
	}
	require.NoError(t, in.Err())
}
