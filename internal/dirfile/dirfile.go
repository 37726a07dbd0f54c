// Package dirfile keeps files in a directory that are replaced as a whole: a crash leaves the old
// one or the new one.
package dirfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

const (
	suffixNew = ".new" // before it takes the place of the old one
	// leftover is the age at which a file of a save is one that a crash has left.
	leftover = time.Hour
)

// Open makes a directory if it is not there, removes what crashes have left in it, and returns its
// absolute path: whatever becomes of the working directory.
func Open(dir string, mode fs.FileMode) (string, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, mode)
	}
	if err != nil {
		return "", err
	}
	left, _ := filepath.Glob(filepath.Join(abs, "*"+suffixNew))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > leftover {
			_ = os.Remove(path)
		}
	}
	return abs, nil
}

// Replace writes a file of its own beside the old one and renames over it. It is on the disk when
// Replace returns.
func Replace(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "*"+suffixNew)
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
	if err = whileRead(func() error { return os.Rename(f.Name(), path) }); err != nil {
		return err
	}
	return syncDir(dir)
}

// Remove removes a file for good. One that is not there is no error.
func Remove(path string) error {
	err := whileRead(func() error { return os.Remove(path) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// whileRead tries a change of a file again: Windows refuses it while somebody reads the file, which
// takes no time.
func whileRead(change func() error) error {
	err := change()
	for range 100 {
		if runtime.GOOS != "windows" || err == nil || errors.Is(err, fs.ErrNotExist) {
			break
		}
		time.Sleep(5 * time.Millisecond)
		err = change()
	}
	return err
}

// syncDir makes a change of the directory durable. A directory cannot be flushed on Windows, where
// the file system's journal keeps it.
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
