package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
)

// openPipe is a stdin that nobody writes to. Whoever reads it is interrupted.
type openPipe struct {
	interrupt context.CancelFunc
	closed    chan struct{}
}

func (p *openPipe) Read([]byte) (int, error) {
	p.interrupt()
	<-p.closed
	return 0, context.Canceled
}

// TestInterruptWhileReading: Ctrl-C ends every command that waits for stdin.
func TestInterruptWhileReading(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"sign", "sign http://127.0.0.1/a?sign=1", "call order.GetOrderList --data -",
		"webhook verify", "auth login --paste",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			in := &openPipe{cancel, make(chan struct{})}
			t.Cleanup(func() { close(in.closed) })
			var out, errs bytes.Buffer
			a := &App{In: in, Getenv: func(string) string { return "" }, Now: time.Now}
			a.Out, a.Err = &out, &errs
			ended := make(chan int, 1)
			go func() { ended <- a.Run(ctx, append([]string{"--fake"}, strings.Fields(line)...)) }()
			select {
			case code := <-ended:
				require.Equal(t, output.Interrupted, code, "%s%s", out.String(), errs.String())
				assert.Contains(t, errs.String(), "error: interrupted")
				assert.NotContains(t, errs.String(), "context")
			case <-time.After(time.Minute):
				require.Fail(t, "it goes on waiting")
			}
		})
	}
}
