package cli

import (
	"context"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/mcpserver"
)

func (a *App) mcpCommand() *cobra.Command {
	var allow []string
	c := &cobra.Command{
		Use:   "mcp",
		Short: "Serve the operations to language models (Model Context Protocol, stdio)",
		Long: `Serve the platform's operations to language models over stdin and stdout, by the Model Context Protocol. A model can
search all operations, read about them and about error codes, and call those that change nothing: each GET, and each
search that is sent as POST and comes in pages. Others are called only if --allow names them.`,
		Example: `  tts mcp --profile shop1
  tts --fake mcp --allow affiliatepartner.GenerateMultiProductLink
  tts mcp --allow 'product.Update*'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := mcpserver.CheckAllow(allow); err != nil {
				return err
			}
			srv := mcpserver.New(mcpserver.Options{Version: Version(), Client: a.oneClient(),
				Allow: allow, Masked: a.Masked})
			return srv.Run(cmd.Context(), &mcp.IOTransport{Reader: io.NopCloser(a.In),
				Writer: nopCloser{a.Out}})
		},
	}
	c.Flags().StringSliceVar(&allow, "allow", nil,
		"operations that may be called although they change something; * stands for any letters")
	cobra.CheckErr(c.RegisterFlagCompletionFunc("allow",
		func(
			c *cobra.Command, _ []string, typed string,
		) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeOperations(c, nil, typed)
		}))
	return c
}

// oneClient makes the client when it is first asked for, and the same for all calls. A failure is
// tried again.
func (a *App) oneClient() func(context.Context) (*tiktokshop.Client, error) {
	var mu sync.Mutex
	var client *tiktokshop.Client
	return func(ctx context.Context) (*tiktokshop.Client, error) {
		mu.Lock()
		defer mu.Unlock()
		if client != nil {
			return client, nil
		}
		c, err := a.Client(ctx)
		if err == nil {
			client = c
		}
		return c, err
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
