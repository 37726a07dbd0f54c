// Package links makes the links of a file of products and writes them to another, which a later run
// goes on with.
package links

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
)

// Input is a CSV file with a column of product ids.
type Input struct {
	name, column string

	err error // why the last reading ended early
}

// Counts are what is in an Input.
type Counts struct {
	// Rows are those with an id, Asked those of them that are to be asked for.
	Rows, Asked int
	// Duplicates are ids that have come before, Answered those that have an answer already.
	Duplicates, Answered int
	// Bad are ids that cannot be any, with the lines they are in.
	Bad []BadID
}

// BadID is an id that cannot be one.
type BadID struct {
	Line   int
	Reason string
}

// OpenInput looks at the head of the file. An empty column is product_id, or the only one there is.
func OpenInput(name, column string) (*Input, error) {
	in := &Input{name: name, column: column}
	f, _, _, err := in.open()
	if err != nil {
		return nil, err
	}
	return in, f.Close()
}

// open opens the file and reads its header. The reader stands before the first id.
func (in *Input) open() (f *os.File, rows *csv.Reader, column int, err error) {
	if err := regular(in.name); err != nil {
		return nil, nil, 0, err
	}
	if f, err = os.Open(in.name); err != nil {
		return nil, nil, 0, err
	}
	fail := func(err error) (*os.File, *csv.Reader, int, error) {
		return nil, nil, 0, errors.Join(fmt.Errorf("%s: %w", in.name, err), f.Close())
	}
	content := bufio.NewReader(f)
	mark, _ := content.Peek(4)
	if textfile.UTF16(mark) {
		return fail(textfile.ErrUTF16)
	}
	if strings.HasPrefix(string(mark), "\ufeff") {
		_, _ = content.Discard(3) // spreadsheets write a byte order mark
	}
	rows = csv.NewReader(content)
	rows.FieldsPerRecord = -1 // a row with too few is found where it matters
	header, err := rows.Read()
	if err == io.EOF {
		return fail(errors.New("is empty; it needs a column product_id"))
	}
	if err != nil {
		return fail(err)
	}
	if strings.ContainsFunc(strings.Join(header, ""),
		func(r rune) bool { return r < ' ' && !unicode.IsSpace(r) || r == utf8.RuneError }) {
		return fail(errors.New("is no text: it needs a CSV file"))
	}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		return fail(errors.New(
			"has its columns separated by something else than commas: save it as CSV with commas"))
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	wanted := in.column
	if wanted == "" {
		wanted = "product_id"
	}
	if column = slices.Index(header, wanted); column < 0 {
		return fail(fmt.Errorf("has no column %s, but %s: name it with --column", wanted,
			strings.Join(header, ", ")))
	}
	rows.ReuseRecord = true
	return f, rows, column, nil
}

// regular refuses what is no file: pipes and devices cannot be read twice, or gone on with.
func regular(name string) error {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s: is a folder", name)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: must be a file, not a pipe or a device: it is read more than once",
			name)
	}
	return nil
}

// all yields the ids of the file with their lines. Empty rows are left out.
func (in *Input) all() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		f, rows, column, err := in.open()
		if err != nil {
			in.err = err
			return
		}
		defer f.Close()
		for {
			row, err := rows.Read()
			if err == io.EOF {
				return
			}
			if err != nil {
				in.err = fmt.Errorf("%s: %w", in.name, err)
				return
			}
			if column >= len(row) {
				continue
			}
			line, _ := rows.FieldPos(column)
			if id := strings.TrimSpace(row[column]); id != "" && !yield(line, strings.Clone(id)) {
				return
			}
		}
	}
}

// Count reads the file to its end. have tells which ids have an answer.
func (in *Input) Count(have func(tiktokshop.ID) bool) (Counts, error) {
	var c Counts
	seen := make(map[string]bool)
	in.err = nil
	for line, id := range in.all() {
		c.Rows++
		switch reason := badID(id); {
		case reason != "":
			c.Bad = append(c.Bad, BadID{line, reason})
		case seen[id]:
			c.Duplicates++
		case have(tiktokshop.ID(id)):
			c.Answered++
		default:
			c.Asked++
		}
		seen[id] = true
	}
	return c, in.err
}

// IDs yields each id that is to be asked for, once, as it is wanted.
func (in *Input) IDs(have func(tiktokshop.ID) bool) iter.Seq[tiktokshop.ID] {
	return func(yield func(tiktokshop.ID) bool) {
		seen := make(map[string]bool)
		in.err = nil
		for _, id := range in.all() {
			if badID(id) != "" || seen[id] || have(tiktokshop.ID(id)) {
				continue
			}
			seen[id] = true
			if !yield(tiktokshop.ID(id)) {
				return
			}
		}
	}
}

// Err is why IDs ended before the file did, nil if it did not.
func (in *Input) Err() error { return in.err }

// badID tells why a text cannot be a product's id, "" if it can.
func badID(id string) string {
	if strings.Trim(id, "0123456789") == "" && len(id) <= 20 {
		return ""
	}
	if strings.ContainsAny(id, "eE.") && strings.Trim(id, "0123456789eE+.") == "" {
		return fmt.Sprintf(
			"%q was written by a spreadsheet, which has lost its last digits: format the column as text and enter it again", short(id))
	}
	return fmt.Sprintf("%q is no product id, which has decimal digits only", short(id))
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
