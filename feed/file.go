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
	"runtime"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// FileStore is a CursorStore in a directory: a file for each name, which is replaced as a whole and
// is on the disk before Save returns. A crash leaves the old one or the new one.
type FileStore struct{ dir string }

const (
	suffixCursor = ".cursor"
	suffixNew    = ".new" // before it takes the place of the old one
	// leftover is the age at which a file of a save is one that a crash has left.
	leftover = time.Hour
)

// NewFileStore returns a store in dir, which is made if it is not there.
func NewFileStore(dir string) (*FileStore, error) {
	if dir == "" {
		return nil, &tiktokshop.InputError{Field: "directory", Reason: "is empty"}
	}
	abs, err := filepath.Abs(dir) // whatever becomes of the working directory
	if err == nil {
		err = os.MkdirAll(abs, 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("feed: directory: %w", err)
	}
	s := &FileStore{dir: abs}
	s.clean()
	return s, nil
}

// clean removes what crashes have left.
func (s *FileStore) clean() {
	left, _ := filepath.Glob(filepath.Join(s.dir, "*"+suffixNew))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > leftover {
			_ = os.Remove(path)
		}
	}
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
	return filepath.Join(s.dir, readable[:min(len(readable), 60)]+"-"+hex.EncodeToString(sum[:8])+suffixCursor)
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
	if err := s.replace(s.path(name), cursor); err != nil {
		return fmt.Errorf("feed: file: %w", err)
	}
	return nil
}

// replace writes a file of its own beside the old one and renames over it.
func (s *FileStore) replace(path string, b []byte) (err error) {
	f, err := os.CreateTemp(s.dir, "*"+suffixNew)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// syncDir makes a rename durable. A directory cannot be flushed on Windows, where the file system's
// journal keeps renames.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
