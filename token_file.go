package tiktokshop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// FileTokenStore is a TokenStore in a directory, for one machine and any number of its processes: one file, mode 0600,
// for each key. A file is replaced as a whole and is on the disk before Save returns; a
// crash leaves the old one or the new one. Network file systems seldom keep these promises: use a database there.
type FileTokenStore struct{ dir string }

// tokenFile is the content of a file. Its key is there for people, and against files that were swapped.
type tokenFile struct {
	AppKey  string       `json:"app_key"`
	OpenID  string       `json:"open_id"`
	Version int64        `json:"version"`
	Data    storedSecret `json:"data"` // base64
}

// NewFileTokenStore returns a store in dir, which is made, with mode 0700, if it is not there. On a system without
// file locks (neither Unix nor Windows) the error is errors.ErrUnsupported.
func NewFileTokenStore(dir string) (*FileTokenStore, error) {
	if dir == "" {
		return nil, &InputError{Field: "token directory", Reason: "is empty"}
	}
	if !fileLocks {
		return nil, fmt.Errorf("tiktokshop: token directory: file locks: %w", errors.ErrUnsupported)
	}
	abs, err := filepath.Abs(dir) // whatever becomes of the working directory
	if err == nil {
		err = os.MkdirAll(abs, 0o700)
	}
	if err == nil {
		err = syncDir(filepath.Dir(abs))
	}
	if err != nil {
		return nil, fmt.Errorf("tiktokshop: token directory: %w", err)
	}
	return &FileTokenStore{dir: abs}, nil
}

// path returns the file of a key: any key makes a good file name, and no two the same.
func (s *FileTokenStore) path(key TokenKey) string {
	b, _ := json.Marshal([2]string{key.AppKey, key.OpenID}) // strings always encode
	sum := sha256.Sum256(b)
	return filepath.Join(s.dir, hex.EncodeToString(sum[:])+".token")
}

// Load implements TokenStore.
func (s *FileTokenStore) Load(ctx context.Context, key TokenKey) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	if lockToRead {
		unlock, err := s.lock(ctx, key)
		if err != nil {
			return nil, 0, err
		}
		defer unlock()
	}
	return s.read(key)
}

func (s *FileTokenStore) read(key TokenKey) ([]byte, int64, error) {
	b, err := os.ReadFile(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("tiktokshop: token file: %w", err)
	}
	var f tokenFile
	switch err := json.Unmarshal(b, &f); {
	case err != nil || f.Version < 1:
		return nil, 0, fmt.Errorf("tiktokshop: token file %s is damaged", s.path(key))
	case f.AppKey != key.AppKey || f.OpenID != key.OpenID:
		return nil, 0, fmt.Errorf("tiktokshop: token file %s belongs to another app or account", s.path(key))
	}
	data, err := base64.StdEncoding.DecodeString(f.Data.Reveal())
	if err != nil {
		return nil, 0, fmt.Errorf("tiktokshop: token file %s is damaged", s.path(key))
	}
	return data, f.Version, nil
}

// Save implements TokenStore.
func (s *FileTokenStore) Save(ctx context.Context, key TokenKey, data []byte, version int64) error {
	unlock, err := s.lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	_, stored, err := s.read(key)
	if err != nil {
		return err
	}
	if stored != version {
		return ErrTokenConflict
	}
	b, err := json.Marshal(&tokenFile{key.AppKey, key.OpenID, version + 1, storedSecret{NewSecret(base64.StdEncoding.EncodeToString(data))}})
	if err == nil {
		err = replaceFile(s.path(key), b)
	}
	if err != nil {
		return fmt.Errorf("tiktokshop: token file: %w", err)
	}
	return nil
}

// replaceFile writes beside the file and renames over it. The caller holds the lock: the name of the new file is
// always the same, so that a crash leaves one behind at most, to be overwritten.
func replaceFile(path string, b []byte) (err error) {
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(0o600)) // of a file that was there before
	err = errors.Join(err, f.Sync())
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return syncDir(filepath.Dir(path))
}

// lockPoll is the pause between two tries for a lock, which is held for the time of a write.
const lockPoll = 2 * time.Millisecond

// lock takes the lock of a key, among processes and within this one. The system frees it when a process dies.
func (s *FileTokenStore) lock(ctx context.Context, key TokenKey) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.path(key)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("tiktokshop: token file: %w", err)
	}
	for {
		locked, err := tryLockFile(f)
		if locked {
			return func() { _ = f.Close() }, nil // which frees the lock
		}
		if err == nil {
			err = pause(ctx, lockPoll)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("tiktokshop: lock the token file: %w", err), f.Close())
		}
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Format prints the directory.
func (s *FileTokenStore) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = io.WriteString(f, "tiktokshop.FileTokenStore(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "tiktokshop.FileTokenStore{%s}", s.dir)
}
