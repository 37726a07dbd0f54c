package token_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	refused := token.RefusedError{Key: someKey, At: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	said, lost, inDoubt := refused, refused, refused
	said.Err = errors.New("code 36004005")
	lost.Lost = true
	inDoubt.InDoubt, inDoubt.Lost, inDoubt.Err = true, true, said.Err
	const begin = "token: the refresh token of open id open-1 was refused at 2026-06-01T12:00:00Z"
	for _, tc := range []struct {
		err  error
		text string
	}{
		{&token.InputError{Field: "store", Reason: "is nil"}, "token: store is nil"},
		{&token.UnsavedError{Token: sampleToken(), Err: errStoreDown},
			"token: a refreshed token is not stored yet: store down"},
		{&refused, begin + ": refresh token invalid, the account must authorize the app again"},
		{&said, begin + ": code 36004005"},
		{&lost, begin + "; the answer to an earlier refresh was lost, and with it perhaps the new pair: " +
			"refresh token invalid, the account must authorize the app again"},
		{&inDoubt, begin + "; another process had used it and may still store the new pair"},
	} {
		assert.EqualError(t, tc.err, tc.text)
	}
	assert.ErrorIs(t, &said, said.Err)
	assert.NotErrorIs(t, &inDoubt, said.Err)
	assert.NotErrorIs(t, &said, token.ErrInDoubt)
	assert.NotErrorIs(t, &refused, errStoreDown)
}
