package cli

import (
	"context"
	"os"

	"golang.org/x/term"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
)

// readStdin reads stdin to its end, or until the run is interrupted: a pipe may stay open for ever.
func (a *App) readStdin(ctx context.Context) ([]byte, error) {
	return interruptible(ctx, func() ([]byte, error) { return textfile.ReadAll(a.In) })
}

// piped is what was piped in; nothing if stdin is a terminal.
func (a *App) piped(ctx context.Context) ([]byte, error) {
	if f, ok := a.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return nil, nil
	}
	return a.readStdin(ctx)
}

// interruptible reads something that knows no context.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		got T
		err error
	}
	done := make(chan result, 1)
	go func() {
		got, err := read()
		done <- result{got, err}
	}()
	select {
	case r := <-done:
		return r.got, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// input is a file, or stdin if there is none, byte for byte.
func (a *App) input(ctx context.Context, names []string) ([]byte, error) {
	if len(names) == 0 {
		return a.readStdin(ctx)
	}
	return textfile.Read(names[0])
}
