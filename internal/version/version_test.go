package version

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIn(t *testing.T) {
	t.Parallel()
	dep := func(version string, replace *debug.Module) *debug.Module {
		return &debug.Module{Path: Module, Version: version, Replace: replace}
	}
	other := &debug.Module{Path: Module + "/otel", Version: "v9.9.9"}
	for _, tc := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"a dependency", debug.BuildInfo{Deps: []*debug.Module{other, dep("v1.2.3", nil)}},
			"v1.2.3"},
		{"the program itself",
			debug.BuildInfo{Main: *dep("v1.2.3-0.20261125000000-0123456789ab", nil)},
			"v1.2.3-0.20261125000000-0123456789ab"},
		{"a checkout", debug.BuildInfo{Main: *dep("(devel)", nil)}, "(devel)"},
		{"replaced by a checkout",
			debug.BuildInfo{Deps: []*debug.Module{dep("v0.0.0", dep("", nil))}}, "(devel)"},
		{"a build that tells nothing", debug.BuildInfo{Main: *dep("", nil)}, "(devel)"},
		{"another module", debug.BuildInfo{Deps: []*debug.Module{other}}, "(devel)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, in(&tc.info))
		})
	}
}
