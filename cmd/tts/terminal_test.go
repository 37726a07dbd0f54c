//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// terminal is a program in a pseudo-terminal: tts, or a shell.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File

	mu     sync.Mutex
	screen bytes.Buffer
	read   chan struct{} // closed when there is no more
}

// inTerminal starts tts in one. The test's environment has no credentials and no keyring.
func inTerminal(t *testing.T, env []string, args ...string) *terminal {
	t.Helper()
	own := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm-256color",
		"TTS_SECRETS=file"}
	return start(t, exec.Command("tts", args...), append(own, env...))
}

// start starts a program in a pseudo-terminal, with this environment alone.
func start(t *testing.T, cmd *exec.Cmd, env []string) *terminal {
	t.Helper()
	term := &terminal{t: t, cmd: cmd, read: make(chan struct{})}
	term.cmd.Env = env
	var err error
	term.file, err = pty.StartWithSize(term.cmd, &pty.Winsize{Rows: 24, Cols: 120})
	require.NoError(t, err)
	go func() {
		defer close(term.read)
		var piece [4096]byte
		for {
			n, err := term.file.Read(piece[:])
			term.mu.Lock()
			term.screen.Write(piece[:n])
			term.mu.Unlock()
			if err != nil { // EIO when the program has ended
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill()
		_ = term.file.Close()
	})
	return term
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.String()
}

// until waits for a text on the screen.
func (term *terminal) until(text string) {
	term.t.Helper()
	require.Eventually(term.t, func() bool { return strings.Contains(term.text(), text) },
		2*time.Minute, 10*time.Millisecond, "no %q", text)
}

// wait waits for the end and returns the exit code.
func (term *terminal) wait() int {
	term.t.Helper()
	err := term.cmd.Wait()
	<-term.read
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	require.NoError(term.t, err)
	return 0
}

// products writes a file of the fake's products.
func products(t *testing.T, n int) string {
	name := filepath.Join(t.TempDir(), "products.csv")
	content := []byte("product_id\n")
	for i := range n {
		content = fmt.Appendf(content, "%s\n", fakeshop.Product(i))
	}
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name
}

func rowsOf(t *testing.T, name string) int {
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return bytes.Count(content, []byte("\n")) - 1
}

func TestProgressBar(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "links.csv")
	term := inTerminal(t, nil, "--fake", "links", "--campaign", string(fakeshop.Campaign), "--in",
		products(t, 2000), "--out", out)
	assert.Equal(t, 4, term.wait())
	text := term.text()
	assert.Regexp(t, `2000/2000\s+100 ?%`, text)
	assert.Regexp(t, `\[=+\]`, text)
	assert.Regexp(t, `\d+/s, 20 failed, done`, text)
	assert.Contains(t, text, "\x1b[32m1980 linked\x1b[0m", "colours")
	assert.Contains(t, text, "An embedded fake TikTok Shop answers")
	assert.Equal(t, 2000, rowsOf(t, out))
}

func TestNoColor(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "links.csv")
	term := inTerminal(t, []string{"NO_COLOR=1"}, "--fake", "links", "--campaign",
		string(fakeshop.Campaign), "--in", products(t, 100), "--out", out)
	assert.Equal(t, 4, term.wait())
	assert.Contains(t, term.text(), "99 linked")
	assert.NotRegexp(t, `\x1b\[\d+m`, term.text())
}

// TestInterrupt presses Ctrl-C: what there is stays, the rest is counted, and the next run asks for
// nothing twice.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	srv, err := fakeshop.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	srv.FailNext(4, tiktokshoptest.Fault{Delay: time.Millisecond})
	srv.FailNext(1000, tiktokshoptest.Fault{Delay: time.Hour}) // until the run is interrupted
	env := credentials(srv)
	in, out := products(t, 1000), filepath.Join(t.TempDir(), "links.csv")
	args := []string{"links", "--campaign", string(fakeshop.Campaign), "--in", in, "--out", out,
		"--concurrency", "1"} // else the fifth call may overtake the fourth
	term := inTerminal(t, env, args...)
	term.until("200/1000")
	_, err = term.file.WriteString("\x03")
	require.NoError(t, err)
	assert.Equal(t, 130, term.wait())
	rows := rowsOf(t, out)
	assert.Equal(t, 200, rows)
	assert.Contains(t, term.text(), fmt.Sprintf("interrupted with %d products left", 1000-rows))
	assert.Contains(t, term.text(), "run the same command again")
}

// TestSecretAtATerminal: what is typed is not shown, and Ctrl-C ends the question.
func TestSecretAtATerminal(t *testing.T) {
	t.Parallel()
	url := "https://open-api.tiktokglobalshop.com/authorization/202309/shops?app_key=29a39d&timestamp=1623812664&sign=" +
		"b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
	term := inTerminal(t, nil, "sign", "--at", "2021-06-16T03:04:24Z", url)
	term.until("App secret: ")
	// until the terminal does not show what is typed; nothing tells
	time.Sleep(50 * time.Millisecond)
	_, err := term.file.WriteString("e59af819cc\r")
	require.NoError(t, err)
	assert.Equal(t, 0, term.wait())
	assert.Contains(t, term.text(), "Nothing is wrong with it")
	assert.NotContains(t, term.text(), "e59af819cc")

	term = inTerminal(t, nil, "sign", url)
	term.until("App secret: ")
	require.NoError(t, term.cmd.Process.Signal(syscall.SIGINT))
	assert.Equal(t, 130, term.wait())
}

// TestTable: on a terminal a table has a header, elsewhere it is tab-separated.
func TestTable(t *testing.T) {
	t.Parallel()
	term := inTerminal(t, nil, "ops", "order", "list")
	assert.Equal(t, 0, term.wait())
	assert.Regexp(t, regexp.MustCompile(`OPERATION +WHAT IT DOES \(\d+\)`), term.text())
	piped, err := exec.Command("tts", "ops", "order", "list").Output()
	require.NoError(t, err)
	assert.NotContains(t, string(piped), "OPERATION")
	assert.Contains(t, string(piped), "order.GetOrderList\t")
}

// TestOutageStops: ten calls in a row that do not get through end the run with a code of its own.
func TestOutageStops(t *testing.T) {
	t.Parallel()
	srv, err := fakeshop.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	// Refusals that are not repeated by the SDK, as a link may have been made.
	srv.FailNext(1_000, tiktokshoptest.Fault{Status: 503, Code: 36009003,
		Message: "Internal error."})
	out := filepath.Join(t.TempDir(), "links.csv")
	cmd := exec.Command("tts", "links", "--campaign", string(fakeshop.Campaign), "--in",
		products(t, 1000), "--out", out)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()},
		credentials(srv)...)
	var talk bytes.Buffer
	cmd.Stderr, cmd.Stdin = &talk, strings.NewReader("")
	stdout, err := cmd.Output()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 5, exit.ExitCode(), "%s%s", stdout, talk.String())
	assert.Contains(t, talk.String(), "stopped with 1000 products left")
	assert.Less(t, len(srv.Requests()), 20, "the rest is not asked for")
	assert.Zero(t, rowsOf(t, out))
}
