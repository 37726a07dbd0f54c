package ttsredis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop/feed"
)

// CursorStore is a feed.CursorStore in Redis. It is safe for concurrent use. A crash of the server
// may bring an older cursor back, or none, unless it has appendonly yes and appendfsync always;
// then things come again and none is lost.
type CursorStore struct{ shared }

var _ feed.CursorStore = (*CursorStore)(nil)

// NewCursorStore returns a store of cursors in Redis. The caller closes the client. Bad input is a
// *tiktokshop.InputError each.
func NewCursorStore(client redis.UniversalClient, opts ...Option) (*CursorStore, error) {
	s, err := newShared("CursorStore", client, opts)
	if err != nil {
		return nil, err
	}
	return &CursorStore{s}, nil
}

func (s *CursorStore) cursorKey(name string) string { return s.key("cursor", escaped(name)) }

// Load implements feed.CursorStore.
func (s *CursorStore) Load(ctx context.Context, name string) (cursor []byte, err error) {
	err = s.do(ctx, "load a cursor", func() (err error) {
		cursor, err = s.client.Get(ctx, s.cursorKey(name)).Bytes()
		if errors.Is(err, redis.Nil) {
			cursor, err = nil, nil
		}
		return err
	})
	return cursor, err
}

// Save implements feed.CursorStore.
func (s *CursorStore) Save(ctx context.Context, name string, cursor []byte) error {
	return s.do(ctx, "save a cursor", func() error {
		return s.client.Set(ctx, s.cursorKey(name), cursor, 0).Err()
	})
}
