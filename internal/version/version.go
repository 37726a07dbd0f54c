// Package version tells the version of the SDK that a program was built with.
package version

import (
	"runtime/debug"
	"sync"
)

// Module is how a program's build names this SDK.
const Module = "github.com/tiktokshop-go/tiktokshop"

// OfSDK is the version in the build of the program, "(devel)" if it does not tell.
var OfSDK = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return devel
	}
	return in(info)
})

const devel = "(devel)"

func in(info *debug.BuildInfo) string {
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == Module && m.Replace == nil && m.Version != "" {
			return m.Version
		}
	}
	return devel
}
