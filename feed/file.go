package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/dirfile"
)

// FileStore is a CursorStore in a directory: a file for each name, which is replaced as a whole and
// is on the disk before Save returns. A crash leaves the old one or the new one.
type FileStore struct{ dir string }

const suffixCursor = ".cursor"

// NewFileStore returns a store in dir, which is made if it is not there.
func NewFileStore(dir string) (*FileStore, error) {
	if dir == "" {
		return nil, &tiktokshop.InputError{Field: "directory", Reason: "is empty"}
	}
	abs, err := dirfile.Open(dir, 0o755)
	if err != nil {
		return nil, fmt.Errorf("feed: directory: %w", err)
	}
	return &FileStore{dir: abs}, nil
}

// path returns the file of a name: what of it makes a good file name, for people, and a hash, so
// that no two are the same.
func (s *FileStore) path(name string) string {
	readable := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, name)
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(s.dir, readable[:min(len(readable), 60)]+"-"+hex.EncodeToString(sum[:8])+
		suffixCursor)
}

// Load implements CursorStore.
func (s *FileStore) Load(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("feed: file: %w", err)
	}
	return b, nil
}

// Save implements CursorStore.
func (s *FileStore) Save(ctx context.Context, name string, cursor []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := dirfile.Replace(s.path(name), cursor); err != nil {
		return fmt.Errorf("feed: file: %w", err)
	}
	return nil
}
