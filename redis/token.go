package ttsredis

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// TokenStore is a token.Store in Redis. It is safe for concurrent use. The data holds tokens in
// plain text; wrap the store with token.Encrypt where the server must not see them.
//
// A token survives a crash of the server only if that writes before it answers: appendonly yes and
// appendfsync always. With everysec, the default of an append-only file, a crash may take back the
// last second of saves; with snapshots only, minutes; so may a failover to a replica. A refresh
// token that was replaced in that time is lost, and the account must be authorized anew. Have
// maxmemory-policy noeviction where tokens are: they have no expiry, but allkeys policies do not
// ask.
type TokenStore struct{ shared }

var _ token.Store = (*TokenStore)(nil)

// NewTokenStore returns a store of tokens in Redis. The caller closes the client. Bad input is a
// *tiktokshop.InputError each.
func NewTokenStore(client redis.UniversalClient, opts ...Option) (*TokenStore, error) {
	s, err := newShared("TokenStore", client, opts)
	if err != nil {
		return nil, err
	}
	return &TokenStore{s}, nil
}

func (s *TokenStore) tokenKey(key token.Key) string {
	return s.key("token", escaped(key.AppKey, key.OpenID))
}

// Load implements token.Store.
func (s *TokenStore) Load(
	ctx context.Context, key token.Key,
) (data []byte, version int64, err error) {
	err = s.do(ctx, "load a token", func() error {
		fields, err := s.client.HMGet(ctx, s.tokenKey(key), "version", "data").Result()
		if err != nil || len(fields) != 2 || fields[0] == nil {
			return err
		}
		text, _ := fields[0].(string)
		stored, _ := fields[1].(string)
		if version, err = strconv.ParseInt(text, 10, 64); err != nil {
			return errors.New("what is stored is no token's record") // and is in no error
		}
		data = []byte(stored)
		return nil
	})
	return data, version, err
}

// saveToken replaces a version by the next one. A client that lost the answer asks again; it is
// known by what it calls its save, as its version is no longer the stored one.
var saveToken = redis.NewScript(`
local stored = redis.call('HMGET', KEYS[1], 'version', 'save')
if (stored[1] or '0') == ARGV[1] then
	redis.call('HSET', KEYS[1], 'version', ARGV[2], 'data', ARGV[3], 'save', ARGV[4])
	return 1
end
if stored[1] == ARGV[2] and stored[2] == ARGV[4] then
	return 1
end
return 0`)

// Save implements token.Store.
func (s *TokenStore) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	saved := 0
	err := s.do(ctx, "save a token", func() (err error) {
		saved, err = saveToken.Run(ctx, s.client, []string{s.tokenKey(key)},
			strconv.FormatInt(version, 10), strconv.FormatInt(version+1, 10), data,
			rand.Text()).Int()
		return err
	})
	if err == nil && saved == 0 {
		return token.ErrConflict
	}
	return err
}
