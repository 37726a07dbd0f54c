package token

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

// FileStore is a Store in a directory, for one machine and any number of its processes: one file,
// mode 0600, for each key. A file is replaced as a whole and is on the disk before Save returns; a
// crash leaves the old one or the new one, which the next process puts in place. Network file
// systems seldom keep these promises: use a database there.
type FileStore struct{ dir string }

// tokenFile is the content of a file. Its key is there for people, and against files that were
// swapped.
type tokenFile struct {
	AppKey  string       `json:"app_key"`
	OpenID  string       `json:"open_id"`
	Version int64        `json:"version"`
	Data    storedSecret `json:"data"` // base64
}

// NewFileStore returns a store in dir, which is made, with mode 0700, if it is not there. On a
// system without file locks (neither Unix nor Windows) the error is errors.ErrUnsupported.
func NewFileStore(dir string) (*FileStore, error) {
	if dir == "" {
		return nil, &InputError{"directory", "is empty"}
	}
	if !fileLocks {
		return nil, fmt.Errorf("token: directory: file locks: %w", errors.ErrUnsupported)
	}
	abs, err := filepath.Abs(dir) // whatever becomes of the working directory
	if err == nil {
		err = os.MkdirAll(abs, 0o700)
	}
	if err == nil {
		err = syncDir(filepath.Dir(abs))
	}
	if err != nil {
		return nil, fmt.Errorf("token: directory: %w", err)
	}
	return &FileStore{dir: abs}, nil
}

// path returns the file of a key: any key makes a good file name, and no two the same.
func (s *FileStore) path(key Key) string {
	b, _ := json.Marshal([2]string{key.AppKey, key.OpenID}) // strings always encode
	sum := sha256.Sum256(b)
	return filepath.Join(s.dir, hex.EncodeToString(sum[:])+".token")
}

// Load implements Store.
func (s *FileStore) Load(ctx context.Context, key Key) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	if _, err := os.Lstat(s.path(key) + suffixNext); err == nil || lockToRead {
		unlock, err := s.lock(ctx, key)
		if err != nil {
			return nil, 0, err
		}
		defer unlock()
		s.finish(key)
	}
	return readTokenFile(s.path(key), key)
}

// finish completes the save of a process that died after it had written the new file: the pair in
// it may be the only copy. It holds the lock, so the file is nobody's work in progress. What is no
// whole file is left to be overwritten.
func (s *FileStore) finish(key Key) {
	path := s.path(key)
	_, next, _ := readTokenFile(path+suffixNext, key) // version 0 if it is not whole
	if _, version, err := readTokenFile(path, key); err == nil && next == version+1 {
		_ = commitFile(path)
	}
}

// readTokenFile returns what a file of a key holds, version 0 if it is not there.
func readTokenFile(path string, key Key) ([]byte, int64, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("token: file: %w", err)
	}
	var f tokenFile
	switch err := json.Unmarshal(b, &f); {
	case err != nil || f.Version < 1:
		return nil, 0, fmt.Errorf("token: file %s is damaged", path)
	case f.AppKey != key.AppKey || f.OpenID != key.OpenID:
		return nil, 0, fmt.Errorf("token: file %s belongs to another app or account", path)
	}
	data, err := base64.StdEncoding.DecodeString(f.Data.Reveal())
	if err != nil {
		return nil, 0, fmt.Errorf("token: file %s is damaged", path)
	}
	return data, f.Version, nil
}

// Save implements Store.
func (s *FileStore) Save(ctx context.Context, key Key, data []byte, version int64) error {
	unlock, err := s.lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	s.finish(key)
	_, stored, err := readTokenFile(s.path(key), key)
	if err != nil {
		return err
	}
	if stored != version {
		return ErrConflict
	}
	encoded := NewSecret(base64.StdEncoding.EncodeToString(data))
	b, err := json.Marshal(&tokenFile{key.AppKey, key.OpenID, version + 1, storedSecret{encoded}})
	if err == nil {
		err = replaceFile(s.path(key), b)
	}
	if err != nil {
		return fmt.Errorf("token: file: %w", err)
	}
	return nil
}

// suffixNext makes the name of the file that is written before it takes the place of the old one.
// It is always the same, so that a crash leaves one behind at most, for finish or to be
// overwritten.
const suffixNext = ".new"

// replaceFile writes beside the file and renames over it. The caller holds the lock.
func replaceFile(path string, b []byte) error {
	f, err := os.OpenFile(path+suffixNext, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600) // of a file that was there before
	if err == nil {
		_, err = f.Write(b)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = commitFile(path)
	}
	if err != nil {
		_ = os.Remove(path + suffixNext) // else a save that failed could be finished later
	}
	return err
}

// commitFile makes the new file durable and puts it in its place.
func commitFile(path string) error {
	f, err := os.OpenFile(path+suffixNext, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+suffixNext, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// lockPoll is the pause between two tries for a lock, which is held for the time of a write.
const lockPoll = 2 * time.Millisecond

// lock takes the lock of a key, among processes and within this one. The system frees it when a
// process dies.
func (s *FileStore) lock(ctx context.Context, key Key) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.path(key)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("token: file: %w", err)
	}
	for {
		locked, err := tryLockFile(f)
		if locked {
			return func() { _ = f.Close() }, nil // which frees the lock
		}
		if err == nil {
			err = sleep(ctx, lockPoll)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("token: lock the file: %w", err), f.Close())
		}
	}
}

// Format prints the directory.
func (s *FileStore) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = io.WriteString(f, "token.FileStore(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "token.FileStore{%s}", s.dir)
}
