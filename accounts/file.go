package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/dirfile"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// FileIndex is an Index in a directory, for one machine and any number of its processes: a file
// for each account, which is replaced as a whole and is on the disk before Save returns. A crash
// leaves the old one or the new one. It is meant for some thousand accounts; List reads each file.
type FileIndex struct{ dir string }

const suffixAccount = ".account"

// accountFile is the content of a file.
type accountFile struct {
	AppKey string          `json:"app_key"`
	OpenID string          `json:"open_id"`
	Data   json.RawMessage `json:"data"`
}

// NewFileIndex returns an index in dir, which is made, with mode 0700, if it is not there.
func NewFileIndex(dir string) (*FileIndex, error) {
	if dir == "" {
		return nil, &tiktokshop.InputError{Field: "directory", Reason: "is empty"}
	}
	abs, err := dirfile.Open(dir, 0o700)
	if err != nil {
		return nil, fmt.Errorf("accounts: directory: %w", err)
	}
	return &FileIndex{dir: abs}, nil
}

// path returns the file of a key: any key makes a good file name, and no two the same.
func (x *FileIndex) path(key token.Key) string {
	b, _ := json.Marshal([2]string{key.AppKey, key.OpenID}) // strings always encode
	sum := sha256.Sum256(b)
	return filepath.Join(x.dir, hex.EncodeToString(sum[:])+suffixAccount)
}

// List implements Index.
func (x *FileIndex) List(ctx context.Context, appKey string) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(x.dir)
	if err != nil {
		return nil, fmt.Errorf("accounts: directory: %w", err)
	}
	var entries []Entry
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(file.Name(), suffixAccount) {
			continue
		}
		path := filepath.Join(x.dir, file.Name())
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("accounts: file: %w", err)
		}
		var f accountFile
		if err := json.Unmarshal(b, &f); err != nil {
			return nil, fmt.Errorf("accounts: file %s is damaged", path)
		}
		if f.AppKey == appKey {
			entries = append(entries, Entry{token.Key{AppKey: f.AppKey, OpenID: f.OpenID}, f.Data})
		}
	}
	return entries, nil
}

// Save implements Index.
func (x *FileIndex) Save(ctx context.Context, e Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := json.Marshal(accountFile{e.Key.AppKey, e.Key.OpenID, e.Data})
	if err == nil {
		err = dirfile.Replace(x.path(e.Key), b)
	}
	if err != nil {
		return fmt.Errorf("accounts: file: %w", err)
	}
	return nil
}

// Remove implements Index.
func (x *FileIndex) Remove(ctx context.Context, key token.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := dirfile.Remove(x.path(key)); err != nil {
		return fmt.Errorf("accounts: file: %w", err)
	}
	return nil
}

// Format prints the directory.
func (x *FileIndex) Format(f fmt.State, _ rune) {
	if x == nil {
		_, _ = fmt.Fprint(f, "accounts.FileIndex(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "accounts.FileIndex{%s}", x.dir)
}
