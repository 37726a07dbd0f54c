package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// released is the version that a release build sets with -ldflags "-X …".
var released string

// Version is that of the command: what the release set, or what go install noted, or "(devel)".
func Version() string {
	if released != "" {
		return released
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// version is what `tts version` shows.
type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitzero"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  tts version --json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			v := version{Version: Version(), Go: runtime.Version(),
				Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						v.Revision = s.Value
					}
				}
			}
			return a.Show(v, func() error {
				a.Println("tts %s (%s, %s)", v.Version, v.Go, v.Platform)
				return nil
			})
		},
	}
}
