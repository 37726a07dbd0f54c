package platform

import (
	"errors"
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	assert.Zero(t, ExitCode(nil))
	assert.Zero(t, ExitCode(fmt.Errorf("arguments: %w", flag.ErrHelp)))
	assert.Equal(t, 1, ExitCode(errors.New("no route to host")))
}
