package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// askPassphrase takes the passphrase of the encrypted file from TTS_PASSPHRASE_FILE or
// TTS_PASSPHRASE, or asks for it on a terminal. There is no flag for it: arguments are seen by
// everybody on the machine, and kept in the shell's history.
func (a *App) askPassphrase(ctx context.Context, isNew bool) (token.Secret, error) {
	if name := a.Getenv("TTS_PASSPHRASE_FILE"); name != "" {
		content, err := textfile.Read(name)
		if err != nil {
			return token.Secret{}, output.Usagef("TTS_PASSPHRASE_FILE: %w", err)
		}
		return a.secret(strings.TrimRight(string(content), "\r\n")), nil
	}
	if text := a.Getenv("TTS_PASSPHRASE"); text != "" {
		return a.secret(text), nil
	}
	prompt := "Passphrase of the encrypted file: "
	if isNew {
		prompt = "New passphrase for the encrypted file: "
	}
	first, err := a.AskSecret(ctx, prompt)
	if errors.Is(err, errNoTerminal) {
		return token.Secret{}, &output.CodeError{
			Code: output.Usage,
			Err: errors.New(
				"the encrypted file needs its passphrase, and there is no terminal to ask at"),
			Hint: "set TTS_PASSPHRASE_FILE or TTS_PASSPHRASE",
		}
	}
	if err != nil || !isNew {
		return first, err
	}
	again, err := a.AskSecret(ctx, "The same again: ")
	if err == nil && !again.Equal(first) {
		err = output.Usagef("the passphrases differ")
	}
	return first, err
}

var errNoTerminal = errors.New("there is no terminal to ask at")

// AskSecret asks on the terminal for something that is not shown while it is typed. Without a
// terminal it fails.
func (a *App) AskSecret(ctx context.Context, prompt string) (token.Secret, error) {
	in, ok := a.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return token.Secret{}, errNoTerminal
	}
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return token.Secret{}, err
	}
	_, _ = a.Err.Write([]byte(prompt))
	text, err := interruptible(ctx,
		func() ([]byte, error) { return term.ReadPassword(int(in.Fd())) })
	_, _ = a.Err.Write([]byte("\n"))
	if ctx.Err() != nil { // Ctrl-C; the terminal must show what is typed again
		return token.Secret{}, errors.Join(ctx.Err(), term.Restore(int(in.Fd()), before))
	}
	return a.secret(string(text)), err
}

// secret keeps a text out of everything that is printed.
func (a *App) secret(text string) token.Secret {
	a.Hide(text)
	return token.NewSecret(text)
}
