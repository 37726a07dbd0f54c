package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/cli"
)

// TestEveryCommandHasAPage also has every command that can be run give an example.
func TestEveryCommandHasAPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, write(dir))
	pages := 0
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" || c.IsAdditionalHelpTopicCommand() {
			return
		}
		page, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+
			".1"))
		if assert.NoError(t, err) {
			pages++
			for _, part := range []string{".SH NAME", ".SH SYNOPSIS", "--json"} {
				assert.Contains(t, string(page), part, c.CommandPath())
			}
		}
		if c.Runnable() && !c.HasSubCommands() {
			assert.NotEmpty(t, c.Example, c.CommandPath()+" has no example")
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(cli.Root())
	assert.GreaterOrEqual(t, pages, 2)
}
