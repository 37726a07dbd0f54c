package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/errorcodes"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
)

func (a *App) explainErrorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain-error CODE [message]",
		Short: "Say what an error code means and what to do",
		Long: `Say what an error code of the platform means, whether the call may be repeated, what to do, and which operations
have it in their tables. Some codes, such as 36009004, mean something only with their message: give it as well.`,
		Example: `  tts explain-error 106001
  tts explain-error 36009004 "Invalid timestamp. The value must not be earlier than 5 minutes"`,
		Args: arguments(1, 0, "a code, such as 106001"),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := strconv.Atoi(args[0])
			if err != nil {
				return usagef("a code is a number, such as 106001, not %q", args[0])
			}
			c, known, err := errorcodes.Explain(cmd.Context(), code, strings.Join(args[1:], " "))
			if err != nil {
				return usagef("%w", err)
			}
			if !known {
				return &output.CodeError{
					Code: output.Failure, Err: usagef("code %d is not known here", code),
					Hint: "the platform's support can tell, by the request id of the call",
				}
			}
			return a.showCode(c)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// shownCode is a code with what to do about it.
type shownCode struct {
	*errorcodes.Code
	Do string `json:"do,omitzero"`
}

func (a *App) showCode(c *errorcodes.Code) error {
	shown := shownCode{c, output.Hint(c.Err)}
	if strings.Contains(shown.Do, "explain-error") {
		shown.Do = "" // which is where we are
	}
	return a.Show(shown, func() error {
		a.Println("%s  %s", a.Bold(strconv.Itoa(c.Code)),
			orElse(c.Meaning, "An error of the operation's own: its message tells."))
		if c.Kind != "" {
			a.Println("kind      tiktokshop.%s", c.Kind)
		}
		repeat := "no: it would fail the same way"
		switch {
		case c.Retryable && c.MayHaveTakenEffect:
			repeat = "if doing it twice does no harm: it may have been done"
		case c.Retryable:
			repeat = "yes, after a while"
		case c.Kind == "":
			repeat = "not known"
		}
		a.Println("repeat    %s", repeat)
		if shown.Do != "" {
			a.Println("do        %s", shown.Do)
		}
		const most = 10
		for i, name := range c.Operations {
			if i == most {
				a.Println("          … and %d more (--json has all)", len(c.Operations)-most)
				break
			}
			a.Println("%-9s %s", map[bool]string{true: "in"}[i == 0], name)
		}
		return nil
	})
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
