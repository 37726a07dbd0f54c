package ttsredis

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// AccountIndex is an accounts.Index in Redis: a hash for each app, of up to some ten thousand
// accounts, as each list reads all of it. It is safe for concurrent use. An entry survives a crash
// of the server as a token of TokenStore does.
type AccountIndex struct{ shared }

var _ accounts.Index = (*AccountIndex)(nil)

// NewAccountIndex returns an index of accounts in Redis. The caller closes the client. Bad input is
// a *tiktokshop.InputError each.
func NewAccountIndex(client redis.UniversalClient, opts ...Option) (*AccountIndex, error) {
	s, err := newShared("AccountIndex", client, opts)
	if err != nil {
		return nil, err
	}
	return &AccountIndex{s}, nil
}

func (x *AccountIndex) appKey(app string) string { return x.key("accounts", escaped(app)) }

// List implements accounts.Index.
func (x *AccountIndex) List(
	ctx context.Context, appKey string,
) (entries []accounts.Entry, err error) {
	err = x.do(ctx, "list accounts", func() error {
		fields, err := x.client.HGetAll(ctx, x.appKey(appKey)).Result()
		for openID, data := range fields {
			entries = append(entries, accounts.Entry{
				Key: token.Key{AppKey: appKey, OpenID: openID}, Data: []byte(data),
			})
		}
		return err
	})
	return entries, err
}

// Save implements accounts.Index.
func (x *AccountIndex) Save(ctx context.Context, e accounts.Entry) error {
	return x.do(ctx, "save an account", func() error {
		return x.client.HSet(ctx, x.appKey(e.Key.AppKey), e.Key.OpenID, e.Data).Err()
	})
}

// Remove implements accounts.Index.
func (x *AccountIndex) Remove(ctx context.Context, key token.Key) error {
	return x.do(ctx, "remove an account", func() error {
		return x.client.HDel(ctx, x.appKey(key.AppKey), key.OpenID).Err()
	})
}
