package cli

import "github.com/spf13/cobra"

// exitCodesTopic is help without a command.
func exitCodesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What tts exits with",
		Long: `tts exits with

  0    done
  1    failed for a reason that has no code of its own
  2    a mistake in the command, a file or the environment; nothing was sent
  3    credentials are missing or not enough: somebody must authorize the app, or grant a scope
  4    done in part: some items failed, and the output says which
  5    the platform or the network failed, or throttled: the same command may succeed later
  130  interrupted, by Ctrl-C or SIGTERM; what was done is kept`,
	}
}

func environmentTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "environment",
		Short: "The variables that tts reads",
		Long: `tts reads these variables of the environment:

  TIKTOK_APP_KEY, TIKTOK_APP_SECRET   the app
  TIKTOK_APP_ACCESS_KEY               the access token
  TIKTOK_SHOP_CIPHER                  the shop's cipher, or the category asset's if the next one is not set
  TIKTOK_CATEGORY_ASSET_CIPHER        the category asset's cipher
  TIKTOK_BASE_URL                     a fake to call instead of TikTok Shop, such as http://127.0.0.1:8080
  TIKTOK_AUTH_BASE_URL                the same for tokens

  TTS_PROFILE                         the profile to use
  TTS_CONFIG_DIR                      the folder of profiles
  TTS_SECRETS                         keyring or file: where the first secret goes, and all after it
  TTS_PASSPHRASE_FILE, TTS_PASSPHRASE the passphrase of the encrypted file of secrets; it is asked for otherwise

  NO_COLOR                            no colours on a terminal either`,
	}
}
