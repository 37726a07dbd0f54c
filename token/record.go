package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// record is what is stored for a key: the token, and who is about to replace it.
//
// A refresh is three saves at most: the lease, which says that the refresh token is about to be used; then the
// new token, without a lease; or, if the refresh failed, the old one without a lease. A lease that stays is a process
// that died in between.
type record struct {
	Token Token
	// Lease is of the process that refreshes, nil if none does.
	Lease *lease
	// Unanswered is set if the refresh token was sent and what became of it is not known.
	Unanswered bool
}

// lease keeps others from refreshing. It has a duration but no time: the clocks of machines differ, so whoever
// waits for it measures how long the record stays the same.
type lease struct {
	Owner    string        `json:"owner"`
	Duration time.Duration `json:"duration_ns"`
}

// recordFormat is the version of the encoding.
const recordFormat = 1

type storedRecord struct {
	Format     int         `json:"format"`
	Token      storedToken `json:"token"`
	Lease      *lease      `json:"lease,omitempty"`
	Unanswered bool        `json:"unanswered,omitempty"`
}

func (r *record) encode() ([]byte, error) {
	return json.Marshal(&storedRecord{recordFormat, r.Token.stored(), r.Lease, r.Unanswered})
}

// decodeRecord reads a record. Its errors quote nothing of it.
func decodeRecord(b []byte) (*record, error) {
	var st storedRecord
	if err := json.Unmarshal(b, &st); err != nil {
		return nil, errors.New("token: what is stored is not a token record; is it encrypted?")
	}
	if st.Format != recordFormat {
		return nil, fmt.Errorf("token: the stored token has format %d, this version of the SDK reads %d", st.Format, recordFormat)
	}
	r := &record{Token: st.Token.token(), Lease: st.Lease, Unanswered: st.Unanswered}
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
	data, version, err := s.opts.Store.Load(ctx, s.key)
	if err != nil {
		return nil, 0, fmt.Errorf("token: load: %w", err)
	}
	return data, version, nil
}

// save stores a record, nothing for nil. The store's error is cleaned of what it may quote.
func (s *RefreshingSource) save(ctx context.Context, rec *record, version int64) error {
	var data []byte
	var err error
	var secrets []string
	if rec != nil {
		if data, err = rec.encode(); err != nil {
			return err
		}
		secrets = []string{rec.Token.AccessToken.Reveal(), rec.Token.RefreshToken.Reveal()}
	}
	if err = s.opts.Store.Save(ctx, s.key, data, version); err != nil {
		return fmt.Errorf("token: save: %w", masked(err, secrets...))
	}
	return nil
}

// replace stores a record, or nothing for nil, whatever is there.
func (s *RefreshingSource) replace(ctx context.Context, rec *record) error {
	for {
		_, version, err := s.loadRaw(ctx)
		if err == nil {
			err = s.save(ctx, rec, version)
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if err := sleep(ctx, jittered(lockPoll)); err != nil {
			return err
		}
	}
}
