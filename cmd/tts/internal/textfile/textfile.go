// Package textfile reads the files that people give to commands: of a size that fits, in UTF-8, and
// without the marks that editors put before a text.
package textfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf16"
)

// Most is how large a file may be that is read as a whole.
const Most = 64 << 20

var (
	// ErrTooLarge: there is more than Most.
	ErrTooLarge = fmt.Errorf("is larger than %d MiB", Most>>20)
	// ErrUTF16: some editors and shells of Windows write so.
	ErrUTF16 = errors.New(
		"is UTF-16, as some editors and shells of Windows write: save it as UTF-8")
)

// ReadAll reads to the end, or fails with ErrTooLarge.
func ReadAll(r io.Reader) ([]byte, error) { return readAll(r, Most) }

func readAll(r io.Reader, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		return nil, ErrTooLarge
	}
	return content, err
}

// Read reads a file byte for byte. The errors name it.
func Read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > Most {
		return nil, fmt.Errorf("%s %w", name, ErrTooLarge)
	}
	content, err := ReadAll(f)
	if errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("%s %w", name, err)
	}
	return content, err
}

var mark = []byte("\xef\xbb\xbf")

// Text is a content without the byte order mark of UTF-8. UTF-16 is an error.
func Text(content []byte) ([]byte, error) {
	if UTF16(content) {
		return nil, ErrUTF16
	}
	return bytes.TrimPrefix(content, mark), nil
}

// FromUTF16 is a text of UTF-16 in UTF-8, without its mark.
func FromUTF16(content []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(content, []byte("\xfe\xff")) || len(content) > 0 && content[0] == 0 {
		order = binary.BigEndian
	}
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	return bytes.TrimPrefix([]byte(string(utf16.Decode(units))), mark)
}

// UTF16 tells a text in UTF-16 by its mark, or by the zeros that Latin letters have in it.
func UTF16(content []byte) bool {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) ||
		bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return true
	}
	return len(content) >= 4 && (content[0] == 0) != (content[1] == 0) &&
		content[0] == 0 == (content[2] == 0) && content[1] == 0 == (content[3] == 0)
}
