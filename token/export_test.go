package token

import (
	"context"
	"time"
)

// StoredState is what a record says, for tests that look into a store.
type StoredState struct {
	Token      Token
	Leased     bool
	Unanswered bool
	TakenOver  bool
	RefusedAt  time.Time
}

// DecodeStored reads what a source has stored.
func DecodeStored(data []byte) (StoredState, error) {
	rec, err := decodeRecord(data)
	if err != nil {
		return StoredState{}, err
	}
	return StoredState{rec.Token, rec.Lease != nil, rec.Unanswered, rec.TakenOver, rec.RefusedAt},
		nil
}

// SetLease shortens the time that others wait for a process that died.
func (s *RefreshingSource) SetLease(d time.Duration) { s.leaseDuration = d }

// InternalValues are values of the unexported types that hold a token.
func InternalValues(t Token) []any {
	return []any{
		t.stored(), record{Token: t}, storedRecord{Token: t.stored()},
		currentToken{token: t}, unsavedPair{token: t, from: t.RefreshToken},
		refusal{token: t.RefreshToken},
		sourceState{current: &currentToken{token: t}, refusal: &refusal{token: t.RefreshToken}},
		memoryEntry{data: t.AccessToken}, tokenFile{Data: storedSecret{t.AccessToken}},
	}
}

// RenewsIn tells in how long a source's token is due.
func RenewsIn(s *RefreshingSource) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.current.renewAt.Sub(s.opts.Now())
}

// ReplaceFile writes a file as a save does.
func ReplaceFile(path string, b []byte) error { return replaceFile(path, b) }

// Lock takes the lock of a key.
func (s *FileStore) Lock(ctx context.Context, key Key) (unlock func(), err error) {
	return s.lock(ctx, key)
}

// CommitFile and SyncDir are steps of it, TryLockFile one of Lock.
var (
	TryLockFile = tryLockFile
	CommitFile  = commitFile
	SyncDir     = syncDir
)
