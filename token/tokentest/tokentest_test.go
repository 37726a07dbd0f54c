package tokentest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/token/tokentest"
)

// recorder is a test that fails without failing this one.
type recorder struct{ failed bool }

func (r *recorder) Helper()        {}
func (r *recorder) Cleanup(func()) {}
func (r *recorder) Fatalf(string, ...any) {
	r.failed = true
	panic(r)
}

func passes(open func() token.Store) (ok bool) {
	r := new(recorder)
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		}
		ok = !r.failed
	}()
	tokentest.CheckStore(r, open)
	return
}

// A store that answers with its own mistakes; what is nil is the inner store's.
type mistaken struct {
	token.Store
	save func(ctx context.Context, inner token.Store, key token.Key, data []byte, version int64) error
	key  func(token.Key) token.Key
}

func (m mistaken) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	if m.key != nil {
		key = m.key(key)
	}
	return m.Store.Load(ctx, key)
}

func (m mistaken) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	if m.key != nil {
		key = m.key(key)
	}
	if m.save != nil {
		return m.save(ctx, m.Store, key, data, version)
	}
	return m.Store.Save(ctx, key, data, version)
}

func TestCheckStoreFindsMistakes(t *testing.T) {
	t.Parallel()
	type save = func(ctx context.Context, inner token.Store, key token.Key, data []byte, version int64) error
	sharing := func(save save, key func(token.Key) token.Key) func() token.Store {
		inner := token.NewMemoryStore()
		return func() token.Store { return mistaken{inner, save, key} }
	}
	assert.True(t, passes(sharing(nil, nil)))
	for name, open := range map[string]func() token.Store{
		"nothing shared": func() token.Store { return token.NewMemoryStore() },
		"the last save wins": sharing(func(
			ctx context.Context, inner token.Store, key token.Key, data []byte, _ int64,
		) error {
			_, version, _ := inner.Load(ctx, key)
			return inner.Save(ctx, key, data, version)
		}, nil),
		"another error for a conflict": sharing(func(
			ctx context.Context, inner token.Store, key token.Key, data []byte, version int64,
		) error {
			if err := inner.Save(ctx, key, data, version); err != nil {
				return errors.New("conflict")
			}
			return nil
		}, nil),
		"a conflict goes unnoticed": sharing(func(
			ctx context.Context, inner token.Store, key token.Key, data []byte, version int64,
		) error {
			_ = inner.Save(ctx, key, data, version)
			return nil
		}, nil),
		"empty data is not stored": sharing(func(
			ctx context.Context, inner token.Store, key token.Key, data []byte, version int64,
		) error {
			if len(data) == 0 {
				return nil
			}
			return inner.Save(ctx, key, data, version)
		}, nil),
		"keys run together": sharing(nil, func(k token.Key) token.Key {
			return token.Key{AppKey: k.AppKey + k.OpenID}
		}),
		"deaf to the context": sharing(func(
			_ context.Context, inner token.Store, key token.Key, data []byte, version int64,
		) error {
			return inner.Save(context.Background(), key, data, version)
		}, nil),
	} {
		assert.False(t, passes(open), name)
	}
}
