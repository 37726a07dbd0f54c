//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/cli"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// commands are all that have something to run.
func commands(c *cobra.Command) (all []*cobra.Command) {
	for _, below := range c.Commands() {
		all = append(all, commands(below)...)
	}
	if c.Runnable() && !c.Hidden {
		all = append(all, c)
	}
	return all
}

// exampleCodes are what examples exit with against the fake, where that is not 0; the first that is
// in the line counts.
var exampleCodes = []struct {
	part string
	code int
}{
	{"links.csv --dry-run", 0},
	{"links --campaign", 4},         // one product of the sample is not approved
	{"--paste", 2},                  // nothing is pasted
	{"--use", 2},                    // the fake has no profile to keep it in
	{"--id 7327", 2},                // no such event was received
	{"--fake sign", 1},              // … is no signature
	{"pbpaste", 1},                  // nor is that of the line
	{"product.Update*", 0},          // stdin ends at once
	{"@product.json", 0},            // made below
	{"--json --fake completion", 2}, // a script is no JSON
	{"sqlite3 orders.db", 42},       // a stand-in, as are npm and pbpaste
}

// runnable is an example as it is run: against the fake, at free ports and at a receiver of the
// test.
func runnable(line, receiver string) string {
	line = strings.TrimSpace(line)
	if !strings.Contains(line, "fake") {
		line = strings.Replace(line, "tts ", "tts --fake ", 1)
	}
	line = strings.NewReplacer("http://127.0.0.1:3000/events", receiver, "shop1", "seller",
		"--rate 1", "--rate 0").Replace(line)
	switch {
	case strings.Contains(line, "fake serve"):
		before, command, ok := strings.Cut(line, " -- ")
		line = before + " --addr 127.0.0.1:0"
		if ok {
			line += " -- " + command
		}
	case strings.Contains(line, "webhook listen"):
		line += " --addr 127.0.0.1:0"
	case strings.Contains(line, "webhook trigger") && !strings.Contains(line, "--to"):
		line += " --to " + receiver
	}
	return line
}

// TestExamples: what the help of a command shows does work, and prints nothing but JSON with
// --json.
func TestExamples(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	seen := make(map[string]bool)
	for _, c := range commands(cli.Root()) {
		assert.NotEmpty(t, c.Example, "%s has no example", c.CommandPath())
		for line := range strings.Lines(c.Example) {
			line = runnable(line, receiver.URL)
			if seen[line] {
				continue
			}
			seen[line] = true
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				runExample(t, line)
			})
			if slow := strings.Contains(line, "verify") &&
				!strings.Contains(line, "--modules"); slow || strings.Contains(line, "--json") ||
				!strings.Contains(line, "tts ") || strings.HasPrefix(line, "source") {
				continue
			}
			withJSON := strings.Replace(line, "tts ", "tts --json ", 1)
			t.Run(withJSON, func(t *testing.T) {
				t.Parallel()
				out, errs := runExample(t, withJSON)
				for text := range strings.Lines(out + errs) {
					require.True(t, json.Valid([]byte(text)), "not JSON: %s", text)
				}
			})
		}
	}
}

func runExample(t *testing.T, line string) (stdout, stderr string) {
	t.Helper()
	dir := exampleFolder(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", "exec "+line)
	if strings.ContainsAny(line, "|(") {
		cmd.Args[2] = line
	}
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH"), "HOME=" + dir,
		"TTS_SECRETS=file"}
	var out, errs lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	interrupted := false
	for waiting := true; waiting; {
		select {
		case err = <-ended:
			waiting = false
		case <-time.After(10 * time.Millisecond):
			if said := errs.String(); !interrupted &&
				(strings.Contains(said, "Ctrl-C ends it") ||
					strings.Contains(line, "--follow") && out.String() != "") {
				interrupted = true
				require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
			}
		}
	}
	want := 0
	for _, c := range exampleCodes {
		if strings.Contains(line, c.part) {
			want = c.code
			break
		}
	}
	if strings.Contains(line, "--follow") {
		want = 130
	}
	require.Equal(t, want, cmd.ProcessState.ExitCode(), "%v\n%s%s", err, out.String(),
		errs.String())
	require.NotContains(t, errs.String(), "panic")
	return out.String(), errs.String()
}

// exampleFolder has the files that examples name, and stand-ins of other programs.
func exampleFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(content), mode))
	}
	products, err := os.ReadFile("sample/products.csv")
	require.NoError(t, err)
	write("products.csv", string(products), 0o600)
	write("sample/products.csv", string(products), 0o600)
	write("shop.json", `{"orders": [{"id": "576461413038785999", "status": "AWAITING_SHIPMENT"}]}`,
		0o600)
	write("product.json", productJSON, 0o600)
	const body = `{"type":1,"data":{"order_id":"1"}}`
	signer, err := webhook.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	head := "Host: example.test\nAuthorization: " + signer.Sign([]byte(body)) + "\n"
	write("body.json", body, 0o600)
	write("headers.txt", head, 0o600)
	write("delivery.http", "POST / HTTP/1.1\n"+head+"\n"+body, 0o600)
	write("bin/npm", "#!/bin/sh\ntest \"$1\" = test && test -n \"$TIKTOK_BASE_URL\"\n", 0o700)
	write("bin/pbpaste",
		"#!/bin/sh\necho \"curl 'http://127.0.0.1:1/order/202309/orders?app_key=29a39d&sign=00'\"\n", 0o700)
	write("bin/sqlite3", "#!/bin/sh\nexit 42\n", 0o700)
	return dir
}

const productJSON = `{"title": "A tea pot", "description": "For tea", "category_id": "600001",
"main_images": [{"uri": "tos-1"}], "skus": [{"price": {"amount": "1.5", "currency": "USD"}, "inventory": [{"warehouse_id": "1", "quantity": 1}]}]}`

// lockedBuffer is a buffer that a process writes and a test reads meanwhile.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
