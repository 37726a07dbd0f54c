// Command tts brings TikTok Shop to a terminal: links in bulk, any operation, what operations and
// codes mean, signatures checked, accounts, webhooks, orders in a file, and a fake to try it all
// against. `tts help` has the commands.
package main

import (
	"os"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/cli"
)

func main() { os.Exit(cli.Main()) }
