package tiktokshop

import (
	"context"
	"net/http"
	"time"
)

// StoredState is what a record says, for tests that look into a store.
type StoredState struct {
	Token      Token
	Leased     bool
	Unanswered bool
}

// DecodeStored reads what a token source has stored.
func DecodeStored(data []byte) (StoredState, error) {
	rec, err := decodeRecord(data)
	if err != nil {
		return StoredState{}, err
	}
	return StoredState{rec.Token, rec.Lease != nil, rec.Unanswered}, nil
}

// SetLease shortens the time that others wait for a process that died.
func (s *RefreshingTokenSource) SetLease(d time.Duration) { s.lease.Duration = d }

// InternalTokenValues are values of the unexported types that hold a token.
func InternalTokenValues(t Token) []any {
	return []any{
		t.stored(), tokenRecord{Token: t}, storedRecord{Token: t.stored()}, currentToken{token: t}, unsavedToken{token: t, from: t.RefreshToken},
		staticToken{t.AccessToken}, invocation{token: t.AccessToken}, memoryEntry{data: newSecret(t.AccessToken.Reveal())},
		tokenFile{Data: storedSecret{t.AccessToken}},
	}
}

// RenewsIn tells in how long a source's token is due.
func RenewsIn(s *RefreshingTokenSource) time.Duration {
	return s.current.Load().renewAt.Sub(s.cfg.now())
}

// prepareParams makes a call of Do's ready.
func (c *Client) prepareParams(op *Operation, params Params) (*invocation, error) {
	return c.prepare(context.Background(), op, nil, func(inv *invocation) error { return inv.encode(&params) })
}

// DefaultTransport is the transport of a client that was given none.
func DefaultTransport() *http.Transport { return defaultTransport().(*http.Transport) }
