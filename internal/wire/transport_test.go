package wire

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestDialIsGivenUpBeforeAnAttemptIs looks at the time that a dial has when it begins.
func TestDialIsGivenUpBeforeAnAttemptIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("seen enough")
		var left time.Duration
		dialer := newDialer()
		dialer.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
			end, _ := ctx.Deadline()
			left = time.Until(end)
			return enough
		}
		_, err := dialer.DialContext(t.Context(), "tcp", "127.0.0.1:1")
		assert.ErrorIs(t, err, enough)
		assert.Equal(t, 10*time.Second, left)
	})
}
