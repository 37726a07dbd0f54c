package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tts": main})
}

// TestScripts runs what is in testdata/script, each against a fake of its own and with a folder of profiles of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/.config")
			e.Setenv("TTS_SECRETS", "file") // whatever keyring the machine has is none of theirs
			return nil
		},
		RequireUniqueNames: true,
	})
}
