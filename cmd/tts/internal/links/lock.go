package links

import (
	"errors"
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// ErrInUse: another run writes the output.
var ErrInUse = errors.New("another run of tts links is writing it")

// outputLock is a file beside an output, locked while a run writes that. A run that was killed
// leaves the file, unlocked.
type outputLock struct{ file *flock.Flock }

func lockFor(name string) (*outputLock, error) {
	for {
		file := flock.New(name+".lock", flock.SetPermissions(0o600))
		ok, err := file.TryLock()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, ErrInUse), file.Close())
		}
		locked, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if there, err := os.Stat(file.Path()); err == nil && os.SameFile(locked, there) {
			return &outputLock{file}, nil
		}
		if err := file.Close(); err != nil { // the run before has removed it in between
			return nil, err
		}
	}
}

// release removes the file while it is locked, so that nobody locks one that is not there any more.
func (l *outputLock) release() error {
	_ = os.Remove(l.file.Path()) // Windows removes no open files; it stays there
	return l.file.Close()
}
