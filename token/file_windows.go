package token

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

const (
	fileLocks  = true
	lockToRead = true // a file that is open for reading cannot be renamed over
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

func tryLockFile(f *os.File) (bool, error) {
	const (
		failImmediately = 1
		exclusive       = 2
		lockViolation   = syscall.Errno(33)
	)
	var overlapped syscall.Overlapped
	ok, _, err := lockFileEx.Call(f.Fd(), failImmediately|exclusive, 0, 1, 0,
		uintptr(unsafe.Pointer(&overlapped)))
	switch {
	case ok != 0:
		return true, nil
	case errors.Is(err, lockViolation), errors.Is(err, syscall.ERROR_IO_PENDING):
		return false, nil
	}
	return false, err
}

// syncDir has nothing to do: a directory cannot be flushed on Windows, where the file system's
// journal keeps renames.
func syncDir(string) error { return nil }
