//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package token

import (
	"errors"
	"os"
)

const (
	fileLocks  = false
	lockToRead = false
)

func tryLockFile(*os.File) (bool, error) { return false, errors.ErrUnsupported }
func syncDir(string) error               { return nil }
