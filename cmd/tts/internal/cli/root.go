package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
)

// root makes the tree of commands. args are those of the run: `tts call` has a command for the
// operation that they name.
func (a *App) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tts",
		Short: "TikTok Shop in a terminal",
		Long: `tts does with TikTok Shop's Open API what takes a program otherwise.

Credentials come from a profile (tts auth login) or from the environment: TIKTOK_APP_KEY,
TIKTOK_APP_SECRET, TIKTOK_APP_ACCESS_KEY, TIKTOK_SHOP_CIPHER, TIKTOK_CATEGORY_ASSET_CIPHER (where only
TIKTOK_SHOP_CIPHER is set, it stands for both ciphers). The environment counts unless --profile is given. With
--fake an embedded fake TikTok Shop answers and no credentials are needed.

Results go to stdout, talk goes to stderr. ` + "`tts help exit-codes` and `tts help environment`" + ` have what scripts need.`,
		Example: `  tts --fake links --campaign 7362840009596339923 --in products.csv --out links.csv
  tts --fake call order.GetOrderList --page-size 5
  tts ops order list
  tts explain-error 106001`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          helpOfGroup,
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetHelpFunc(a.help(root.HelpFunc()))
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.BoolVar(&a.JSON, "json", false, "print JSON to stdout, and errors as JSON to stderr")
	flags.BoolVar(&a.fake, "fake", false, "call an embedded fake TikTok Shop, without credentials")
	flags.StringVar(&a.profile, "profile", "",
		"the profile whose credentials to use (default: TTS_PROFILE, the environment's credentials, or the current one)")
	flags.StringVar(&a.configDir, "config-dir", "",
		"the folder of profiles (default: TTS_CONFIG_DIR, or tts in the user's configuration)")
	cobra.CheckErr(root.RegisterFlagCompletionFunc("profile", a.completeProfiles))
	cobra.CheckErr(root.MarkPersistentFlagDirname("config-dir"))

	root.AddCommand(
		a.linksCommand(),
		a.callCommand(args),
		a.opsCommand(),
		a.explainCommand(),
		a.explainErrorCommand(),
		a.signCommand(),
		a.fakeCommand(),
		a.authCommand(),
		a.webhookCommand(),
		a.syncCommand(),
		a.doctorCommand(),
		a.verifyCommand(),
		a.mcpCommand(),
		a.versionCommand(),
		exitCodesTopic(), environmentTopic(),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	a.strict(root)
	return root
}

func (a *App) completeProfiles(
	*cobra.Command, []string, string,
) ([]cobra.Completion, cobra.ShellCompDirective) {
	store, err := a.Profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names, err := store.Names()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// orUsage makes a mistake in a file of an error, unless the run was interrupted.
func orUsage(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &output.UsageError{Err: err}
}

// usagef is for mistakes in the command line.
func usagef(format string, args ...any) error { return output.Usagef(format, args...) }

// Root is the tree of commands, for programs that write about it.
func Root() *cobra.Command { return new(App).root(nil) }
