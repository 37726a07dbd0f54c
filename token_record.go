package tiktokshop

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// tokenRecord is what is stored for a key: the token, and who is about to replace it.
//
// A refresh is three saves at most: the lease, which says that the refresh token is about to be used; then the
// new token, without a lease; or, if the refresh failed, the old one without a lease. A lease that stays is a process
// that died in between.
type tokenRecord struct {
	Token Token
	// Lease is of the process that refreshes, nil if none does.
	Lease *tokenLease
	// Unanswered is set if the refresh token was sent and what became of it is not known.
	Unanswered bool
}

// tokenLease keeps others from refreshing. It has a duration but no time: the clocks of machines differ, so whoever
// waits for it measures how long the record stays the same.
type tokenLease struct {
	Owner    string        `json:"owner"`
	Duration time.Duration `json:"duration_ns"`
}

// recordFormat is the version of the encoding.
const recordFormat = 1

type storedRecord struct {
	Format     int         `json:"format"`
	Token      storedToken `json:"token"`
	Lease      *tokenLease `json:"lease,omitempty"`
	Unanswered bool        `json:"unanswered,omitempty"`
}

func (r *tokenRecord) encode() ([]byte, error) {
	return json.Marshal(&storedRecord{recordFormat, r.Token.stored(), r.Lease, r.Unanswered})
}

// decodeRecord reads a record. Its errors quote nothing of it.
func decodeRecord(b []byte) (*tokenRecord, error) {
	var st storedRecord
	if err := json.Unmarshal(b, &st); err != nil {
		return nil, errors.New("tiktokshop: what is stored is not a token record; is it encrypted?")
	}
	if st.Format != recordFormat {
		return nil, fmt.Errorf("tiktokshop: the stored token has format %d, this version of the SDK reads %d", st.Format, recordFormat)
	}
	r := &tokenRecord{Token: st.Token.token(), Lease: st.Lease, Unanswered: st.Unanswered}
	if field, reason := r.Token.problem(); reason != "" {
		return nil, fmt.Errorf("tiktokshop: the stored token is damaged: %s %s", field, reason)
	}
	return r, nil
}
