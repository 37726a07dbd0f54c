// Package platform gives the example programs a TikTok Shop to talk to.
package platform

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Connect returns a client for the real platform if the environment has credentials, else for
// a fake one, which seed fills. The variable cipherName is given to withCipher. Half a set of
// credentials is a mistake. Call done at the end.
func Connect(
	getenv func(string) string, out io.Writer, cipherName string,
	withCipher func(string) tiktokshop.Option,
	seed func(*tiktokshoptest.Server),
) (client *tiktokshop.Client, done func(), err error) {
	names := []string{"TIKTOK_APP_KEY", "TIKTOK_APP_SECRET", "TIKTOK_APP_ACCESS_KEY", cipherName}
	var values, missing []string
	for _, name := range names {
		values = append(values, getenv(name))
		if getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		client, err := tiktokshop.NewClient(values[0], values[1],
			tiktokshop.WithAccessToken(values[2]),
			withCipher(values[3]))
		return client, func() {}, err
	case len(names):
		fmt.Fprintln(out, "No credentials in the environment: using an embedded fake TikTok Shop.")
		srv, err := tiktokshoptest.Start()
		if err != nil {
			return nil, nil, err
		}
		seed(srv)
		return srv.Client(), srv.Close, nil
	}
	return nil, nil, fmt.Errorf("some credentials are set, but not %s", strings.Join(missing, ", "))
}

// Parse reads the arguments of a program that takes flags alone.
func Parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: %s takes flags only, see -h", flags.Arg(0),
			flags.Name())
	}
	return nil
}

// NoFlags is Parse for a program that takes none.
func NoFlags(name string, args []string) error {
	return Parse(flag.NewFlagSet(name, flag.ContinueOnError), args)
}

// ExitCode is what a program whose run ended with err exits with: 0 after a help text was asked
// for.
func ExitCode(err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	return 1
}

// Visit is a browser: it follows redirects, keeps cookies, and returns the page it ends at and that
// page's path.
func Visit(ctx context.Context, address string) (path string, page []byte, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, err
	}
	res, err := (&http.Client{Jar: jar}).Do(req)
	if err != nil {
		return "", nil, err
	}
	defer res.Body.Close()
	page, err = io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return "", nil, err
	}
	if res.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("the site answered %s: %s", res.Status, page)
	}
	return res.Request.URL.Path, page, nil
}
