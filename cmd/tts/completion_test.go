//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shell is one that completes, and how a session of it is started whose files are in a folder.
type shell struct {
	name  string
	needs string            // a command of the shell that fails where it cannot complete at all
	files map[string]string // by name, what the session reads at its start
	args  func(dir string) []string
}

// Each session loads what `tts completion` prints, as a user's does, and has one key of its own:
// Ctrl-X p prints the line as it stands, so that no test has to read a screen.
var shells = []shell{
	{
		name: "bash",
		// The script wants the package bash-completion, and a bash younger than that of macOS.
		needs: `[ "${BASH_VERSINFO[0]}" -ge 4 ] && [ -r /usr/share/bash-completion/bash_completion ]`,
		files: map[string]string{"bashrc": `. /usr/share/bash-completion/bash_completion
source <(tts completion bash)
show_line() { printf '\nLINE<%s>\n' "$READLINE_LINE"; }
bind -x '"\C-xp": show_line'
PS1='READY> '
`},
		args: func(dir string) []string {
			return []string{"--noprofile", "--rcfile", filepath.Join(dir, "bashrc"), "-i"}
		},
	},
	{
		name:  "zsh",
		needs: "true",
		files: map[string]string{".zshrc": `autoload -Uz compinit && compinit -u -d "$HOME/zcompdump"
source <(tts completion zsh)
show-line() { print -r -- $'\n'"LINE<$BUFFER>" }
zle -N show-line
bindkey -e
bindkey '^Xp' show-line
PS1='READY> '
`},
		// -d: nothing of the machine's own
		args: func(string) []string { return []string{"-d", "-i"} },
	},
	{
		name:  "fish",
		needs: "true",
		files: map[string]string{".config/fish/config.fish": `tts completion fish | source
set -g fish_greeting
function fish_prompt; printf 'READY> '; end
bind \cxp 'printf "\nLINE<%s>\n" (commandline)'
`},
		args: func(string) []string { return []string{"-i"} },
	},
}

// inShell starts a session in a pseudo-terminal. Without the shell the test is skipped, but for CI.
func inShell(t *testing.T, s shell) *terminal {
	t.Helper()
	if err := exec.Command(s.name, "-c", s.needs).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not there, or cannot complete: %v; .ci/shells installs what is missing",
				s.name, err)
		}
		t.Skipf("%s is not there, or cannot complete: %v", s.name, err)
	}
	home := t.TempDir()
	for name, content := range s.files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(home, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(home, name), []byte(content), 0o600))
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "ZDOTDIR=" + home,
		"XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"TERM=xterm-256color", "LC_ALL=C.UTF-8", "TTS_SECRETS=file",
	}
	return start(t, exec.Command(s.name, s.args(home)...), env)
}

var lineShown = regexp.MustCompile(`LINE<([^>\r\n]*)>`)

// complete types a line and Tab, and returns the line that the shell has made of it.
func (term *terminal) complete(typed string) string {
	term.t.Helper()
	before := len(lineShown.FindAllString(term.text(), -1))
	_, err := term.file.WriteString(typed + "\t\x18p")
	require.NoError(term.t, err)
	var shown [][]string
	require.Eventually(term.t, func() bool {
		shown = lineShown.FindAllStringSubmatch(term.text(), -1)
		return len(shown) > before
	}, time.Minute, 10*time.Millisecond, "nothing was completed for %q", typed)
	_, err = term.file.WriteString("\x15") // Ctrl-U empties the line
	require.NoError(term.t, err)
	return shown[before][1]
}

// TestCompletion presses Tab in each shell.
func TestCompletion(t *testing.T) {
	t.Parallel()
	lines := []struct{ name, typed, want string }{
		{"command", "tts doc", "tts doctor"},
		{"beginning that two commands share", "tts ex", "tts explain"},
		{"operation", "tts call order.GetOrderL", "tts call order.GetOrderList"},
		{"flag of the operation", "tts call order.GetOrderList --order-st",
			"tts call order.GetOrderList --order-status"},
		{"value", "tts call order.GetOrderList --order-status AWAITING_SH",
			"tts call order.GetOrderList --order-status AWAITING_SHIPMENT"},
		{"value of a fixed flag", "tts sign --content-type mul",
			"tts sign --content-type multipart/form-data"},
	}
	for _, s := range shells {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			term := inShell(t, s)
			term.until("READY> ")
			for _, l := range lines {
				// A space or = behind what is complete is a shell's own.
				assert.Equal(t, l.want, strings.TrimRight(term.complete(l.typed), " ="), l.name)
			}
			if t.Failed() {
				t.Logf("%q", term.text())
			}
		})
	}
}
