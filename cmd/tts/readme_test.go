//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// transcript is a command that the README shows, and what it prints.
type transcript struct {
	command string
	lines   []string
}

// transcripts are those of commands that begin as asked for.
func transcripts(t *testing.T, prefixes ...string) (found []transcript) {
	t.Helper()
	content, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, block := range regexp.MustCompile(
		"(?s)```console\n(.*?)```").FindAllStringSubmatch(string(content), -1) {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			lines := strings.Split(strings.TrimRight(part, "\n"), "\n")
			for _, prefix := range prefixes {
				if strings.HasPrefix(lines[0], prefix) {
					found = append(found, transcript{lines[0], lines[1:]})
				}
			}
		}
	}
	return found
}

var (
	styles = regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`)
	// differ from run to run: figures, times, ports, links
	changing = regexp.MustCompile(`share/\w+|\d+`)
	spaces   = regexp.MustCompile(`\s+`)
)

// form is a line without what is different in each run.
func form(line string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(
		changing.ReplaceAllString(styles.ReplaceAllString(line, ""), "N"), " "))
}

// shows runs a command in a terminal and holds it against its transcript: each line comes, in this
// order.
func shows(t *testing.T, dir string, env []string, want transcript) {
	t.Helper()
	cmd := exec.Command("bash", "-c", want.command)
	cmd.Dir = dir
	term := start(t, cmd,
		append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=xterm-256color",
			"TTS_SECRETS=file"}, env...))
	_ = term.wait()
	var forms []string
	for line := range strings.SplitSeq(strings.ReplaceAll(term.text(), "\r", "\n"), "\n") {
		forms = append(forms, form(line))
	}
	at := 0
	for _, line := range want.lines {
		i := 0
		for at+i < len(forms) && forms[at+i] != form(line) {
			i++
		}
		if at+i == len(forms) {
			assert.Fail(t, "the README shows what is not printed", "$ %s\n%s\nprinted:\n%s",
				want.command, line, styles.ReplaceAllString(term.text(), ""))
			return
		}
		at += i + 1
	}
}

// TestTranscripts: what the README shows of commands is what they print.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	dir := t.TempDir()
	sample, err := os.ReadFile("sample/products.csv")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "products.csv"), sample, 0o600))
	all := transcripts(t, "tts --fake links", "tts --fake call", "tts explain-error", "head ")
	require.Len(t, all, 5)
	for _, one := range all { // in this order: head shows what links wrote
		shows(t, dir, nil, one)
	}
}

// TestTranscriptOfDoctor: that of a profile, at a fake.
func TestTranscriptOfDoctor(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	srv, err := fakeshop.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	own := []string{"TTS_PASSPHRASE=a-passphrase-of-tests"}
	login := exec.Command("tts", "auth", "login", "--service-id", tiktokshoptest.ServiceID,
		"--consent", "--name", "tea-house")
	login.Env = append(append(credentials(srv), "PATH="+os.Getenv("PATH"), "HOME="+dir,
		"TTS_SECRETS=file"), own...)
	out, err := login.CombinedOutput()
	require.NoError(t, err, "%s", out)
	all := transcripts(t, "tts doctor")
	require.Len(t, all, 1)
	shows(t, dir, own, all[0])
}
