package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// record is what is stored for a key: the token, and who is about to replace it.
//
// A refresh is two saves: the lease, which says that the refresh token is about to be used; then
// the new token, without a lease, or, if the refresh failed, the old one without a lease and with
// what is to be known of the failure. A lease that stays is a process that died in between, or one
// that cannot reach the store.
type record struct {
	Token Token
	// Lease is of the process that refreshes, nil if none does.
	Lease *lease
	// Unanswered is set if the refresh token was sent, and its sender does not know what became of
	// it.
	Unanswered bool
	// TakenOver is set if the refresh token was under a lease whose holder did not come back. It
	// may be dead, or have the new pair and wait for the store.
	TakenOver bool
	// RefusedAt is when the platform refused the refresh token, zero if it did not.
	RefusedAt time.Time
}

// lease keeps others from refreshing. It has a duration but no time: the clocks of machines differ,
// so whoever waits for it measures how long the record stays the same.
type lease struct {
	// Owner is the source that has it, and Number which of its leases it is: a version alone would
	// not tell a lease from one of an earlier life of the store, which was emptied and filled
	// again.
	Owner    string        `json:"owner"`
	Number   int64         `json:"number"`
	Duration time.Duration `json:"duration_ns"`
}

// recordFormat is the version of the encoding.
const recordFormat = 1

type storedRecord struct {
	Format     int         `json:"format"`
	Token      storedToken `json:"token"`
	Lease      *lease      `json:"lease,omitempty"`
	Unanswered bool        `json:"unanswered,omitempty"`
	TakenOver  bool        `json:"taken_over,omitempty"`
	RefusedAt  unixTime    `json:"refused_at"`
}

func (r *record) encode() []byte {
	b, _ := json.Marshal(&storedRecord{ // texts and numbers always encode
		recordFormat, r.Token.stored(), r.Lease, r.Unanswered, r.TakenOver, unixTime{r.RefusedAt},
	})
	return b
}

// decodeRecord reads a record. Its errors quote nothing of it.
func decodeRecord(b []byte) (*record, error) {
	var st storedRecord
	if err := json.Unmarshal(b, &st); err != nil {
		return nil, errors.New("token: what is stored is not a token record; is it encrypted?")
	}
	if st.Format != recordFormat {
		return nil, fmt.Errorf("token: the stored token has format %d, this version of the SDK reads %d",
			st.Format, recordFormat)
	}
	r := &record{
		Token: st.Token.token(), Lease: st.Lease,
		Unanswered: st.Unanswered, TakenOver: st.TakenOver, RefusedAt: st.RefusedAt.Time,
	}
	if err := r.Token.problem(); err != nil {
		return nil, fmt.Errorf("token: the stored token is damaged: %w", err)
	}
	return r, nil
}

// storeTimeout bounds one access to the store.
const storeTimeout = 10 * time.Second

// load reads the record. Nothing stored is ErrNone.
func (s *RefreshingSource) load(ctx context.Context) (*record, int64, error) {
	data, version, err := s.loadRaw(ctx)
	if err != nil {
		return nil, 0, err
	}
	if len(data) == 0 {
		if version != 0 { // forgotten on purpose; a store that lost its content is another matter
			s.mu.Lock()
			s.state.current = nil
			s.mu.Unlock()
		}
		return nil, version, fmt.Errorf("token: open id %s: %w", s.key.OpenID, ErrNone)
	}
	rec, err := decodeRecord(data)
	return rec, version, err
}

func (s *RefreshingSource) loadRaw(ctx context.Context) ([]byte, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	data, version, err := s.opts.Store.Load(ctx, s.key)
	if err != nil {
		return nil, 0, fmt.Errorf("token: load: %w", s.mask(err, data))
	}
	return data, version, nil
}

// mask cleans the error of a store or a Refresher of the secrets that it may quote: those that the
// source knows, of which some are in data or given, and what looks like one.
func (s *RefreshingSource) mask(err error, data []byte, given ...Secret) error {
	var quoted storedRecord
	if json.Unmarshal(data, &quoted) == nil {
		given = append(given, quoted.Token.AccessToken.Secret, quoted.Token.RefreshToken.Secret)
	}
	s.mu.Lock()
	if cur := s.state.current; cur != nil {
		given = append(given, cur.token.AccessToken, cur.token.RefreshToken)
	}
	if u := s.state.unsaved; u != nil {
		given = append(given, u.token.AccessToken, u.token.RefreshToken)
	}
	s.mu.Unlock()
	secrets := make([]string, len(given))
	for i := range given {
		secrets[i] = given[i].Reveal()
	}
	return scrub.Foreign(err, secrets...)
}

// save stores a record, nothing for nil.
func (s *RefreshingSource) save(
	ctx context.Context, rec *record, version int64, limit time.Duration,
) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var data []byte
	if rec != nil {
		data = rec.encode()
	}
	if err := s.opts.Store.Save(ctx, s.key, data, version); err != nil {
		return fmt.Errorf("token: save: %w", s.mask(err, data))
	}
	return nil
}

// replace stores a record, or nothing for nil, whatever is there, and returns its version.
func (s *RefreshingSource) replace(ctx context.Context, rec *record) (int64, error) {
	for p := (pauses{most: time.Second}); ; {
		_, version, err := s.loadRaw(ctx)
		if err == nil {
			err = s.save(ctx, rec, version, storeTimeout)
		}
		if !errors.Is(err, ErrConflict) {
			return version + 1, err
		}
		if waitErr := p.wait(ctx); waitErr != nil {
			return 0, fmt.Errorf("%w: %w", waitErr, err)
		}
	}
}
