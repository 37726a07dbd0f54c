package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

func (a *App) opsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ops [words]",
		Short: "List or search the platform's operations, offline",
		Long: `List the platform's operations, or those that have all the words in their name, path, summary or description. Those that
have them in their name come first.`,
		Example: `  tts ops return refund
  tts ops webhook --json`,
		RunE: func(_ *cobra.Command, words []string) error {
			found, err := catalog.Search(words...)
			if err != nil {
				return err
			}
			lines := make([]catalog.Line, len(found))
			rows := make([][]string, len(found))
			for i, e := range found {
				lines[i] = e.Line()
				retired := ""
				if e.Retired != "" {
					retired = " (stops " + e.Retired + ")"
				}
				rows[i] = []string{e.Name, e.Summary + retired}
			}
			if len(found) == 0 {
				a.Note("no operation has all of: %s", strings.Join(words, ", "))
			}
			return a.Show(lines, func() error {
				if err := a.Table([]string{"OPERATION",
					fmt.Sprintf("WHAT IT DOES (%d)", len(rows))}, rows); err != nil {
					return err
				}
				return nil
			})
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}
