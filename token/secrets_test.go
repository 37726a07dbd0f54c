package token_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// talkative is a store whose errors repeat the record, in the words of say.
type talkative struct {
	token.Store
	say    func(record []byte) error
	breaks bool // loads fail
	also   bool // and return the record
	saves  bool // fail, too
}

func (s *talkative) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	// it does not say that the context ended
	data, version, err := s.Store.Load(context.WithoutCancel(ctx), key)
	switch {
	case err != nil || !s.breaks:
		return data, version, err
	case s.also:
		return data, version, s.say(data)
	}
	return nil, 0, s.say(data)
}

func (s *talkative) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	if !s.saves {
		return s.Store.Save(ctx, key, data, version)
	}
	stored, _, err := s.Store.Load(ctx, key)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w in place of %w", s.say(data), s.say(stored))
}

// wordings are the ways in which an error may quote.
var wordings = []struct {
	name  string
	known bool // only a pair that is known can be recognised
	say   func([]byte) error
}{
	{"as it is", false, func(b []byte) error { return fmt.Errorf("%w: row %s", errStoreDown, b) }},
	{"in quotes", false, func(b []byte) error { return fmt.Errorf("%w: row %q", errStoreDown, b) }},
	{"joined", false,
		func(b []byte) error { return errors.Join(errStoreDown, errors.New(string(b))) }},
	{"hidden", false,
		func(b []byte) error { return hiding{fmt.Errorf("%w: %s", errStoreDown, b)} }},
	{"in hexadecimal", true,
		func(b []byte) error { return fmt.Errorf("%w: row %x", errStoreDown, b) }},
	{"as numbers", true, func(b []byte) error { return fmt.Errorf("%w: row %v", errStoreDown, b) }},
	{"in base64", true, func(b []byte) error {
		return fmt.Errorf("%w: row %s", errStoreDown, base64.StdEncoding.EncodeToString(b))
	}},
}

// hiding says nothing of what it wraps.
type hiding struct{ err error }

func (hiding) Error() string   { return "something went wrong" }
func (h hiding) Unwrap() error { return h.err }

// assertHidden looks for the tokens of the tests, which begin so, in an error, in those it wraps,
// in the state and in the log.
func assertHidden(b *bubble, s *token.RefreshingSource, err error) {
	b.Helper()
	require.ErrorIs(b, err, errStoreDown)
	var secrets []string
	for n := range 4 {
		for _, kind := range []string{"access", "refresh"} {
			secret := fmt.Sprintf("%s-%d", kind, n)
			secrets = append(secrets, secret,
				base64.RawStdEncoding.EncodeToString([]byte(secret))[:10])
		}
	}
	var walk func(error)
	walk = func(err error) {
		secrettest.AssertHides(b, err, secrets...)
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		}
	}
	walk(err)
	secrettest.AssertHides(b, s.State(), secrets...)
	for _, secret := range secrets {
		assert.NotContains(b, b.logged.String(), secret)
	}
}

// TestStoreQuotesTheRecord: the errors of a store that repeats what it has, or what it was given,
// show no token.
func TestStoreQuotesTheRecord(t *testing.T) {
	t.Parallel()
	for _, w := range wordings {
		t.Run("load, "+w.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				store := &talkative{Store: b.store.Store, say: w.say, breaks: true}
				if w.known { // a source that has seen the pair
					store.breaks = false
				}
				source := b.newSource(withStore(store))
				if w.known {
					b.access(source)
					store.breaks = true
				}
				_, err := b.expired(source, "access-1")
				assertHidden(b, source, err)
				require.NoError(b, source.Close(b.Context()))
			})
		})
		t.Run("load that returns the record as well, "+w.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				source := b.newSource(withStore(
					&talkative{Store: b.store.Store, say: w.say, breaks: true, also: true}))
				_, err := source.AccessToken(b.Context())
				assertHidden(b, source, err)
				assertHidden(b, source, source.Put(b.Context(), b.platform.authorize()))
				assertHidden(b, source, source.Forget(b.Context()))
			})
		})
		t.Run("save, "+w.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				store := &talkative{Store: b.store.Store, say: w.say}
				source := b.newSource(withStore(store))
				b.access(source)
				store.saves = true
				_, err := b.expired(source, "access-1")
				assertHidden(b, source, err)
				assertHidden(b, source, source.Put(b.Context(), b.platform.authorize()))
				assertHidden(b, source, source.Forget(b.Context()))
			})
		})
	}
}

// TestStoreQuotesAPairThatIsNotStored: its save failed, and may have had an effect nevertheless.
func TestStoreQuotesAPairThatIsNotStored(t *testing.T) {
	for _, w := range wordings {
		t.Run(w.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				fresh := token.Token{AccessToken: token.NewSecret("north-7731-hill"),
					RefreshToken: token.NewSecret("south-9942-lake")}
				store := &talkative{Store: b.store, say: func([]byte) error {
					return w.say([]byte(
						`{"access_token":"north-7731-hill","refresh_token":"south-9942-lake"}`))
				}}
				source, err := token.NewRefreshingSource(token.RefresherFunc(func(
					context.Context, token.Secret,
				) (*token.Token, error) {
					return &fresh, nil
				}), token.SourceOptions{AppKey: someKey.AppKey, OpenID: someKey.OpenID, Store: store})
				require.NoError(b, err)
				b.store.failSaves(2)
				_, err = b.expired(source, "access-1")
				require.ErrorIs(b, err, errStoreDown)
				store.breaks = true
				ended, cancel := context.WithCancel(b.Context())
				cancel()
				var unsaved *token.UnsavedError
				require.ErrorAs(b, source.Close(ended), &unsaved)
				assertHidden(b, source, unsaved.Err)
				for _, part := range []string{"7731", "9942"} {
					secrettest.AssertHides(b, unsaved.Err, part,
						base64.RawStdEncoding.EncodeToString([]byte(" " + part))[2:])
				}
			})
		})
	}
}

// TestRefresherQuotesAForgottenToken: while it worked the source forgot the token.
func TestRefresherQuotesAForgottenToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) {
			p.delay, p.fail = time.Second, fmt.Errorf("%w: sent refresh-1", errStoreDown)
		})
		done := b.inBackground(b.source, "access-1")
		require.NoError(b, b.source.Forget(b.Context()))
		assertHidden(b, b.source, (<-done).err)
	})
}

// TestRefresherQuotesTheToken: a Refresher of the program's own that repeats what it was given, and
// what it got.
func TestRefresherQuotesTheToken(t *testing.T) {
	for _, w := range wordings {
		for _, kind := range []struct {
			name string
			kind error
			is   error
		}{{"refused", token.ErrRefused, token.ErrRefused}, {"another failure", nil, nil}} {
			t.Run(w.name+", "+kind.name, func(t *testing.T) {
				inBubble(t, func(b *bubble) {
					said := w.say([]byte("refresh-1"))
					if !w.known {
						said = w.say([]byte(
							`{"refresh_token":"refresh-1"} is {"access_token":"access-2"}`))
					}
					b.platform.set(func(p *platform) {
						p.fail = errors.Join(said, &platformError{text: "refresh-1 again",
							kind: kind.kind})
					})
					_, err := b.expired(b.source, "access-1")
					assertHidden(b, b.source, err)
					if kind.is != nil {
						require.ErrorIs(b, err, kind.is)
						assert.Equal(b, token.StatusRefused, b.source.State().Status)
					}
					assert.False(b, b.stored().Unanswered, "it said that it had no effect")
				})
			})
		}
	}
}
