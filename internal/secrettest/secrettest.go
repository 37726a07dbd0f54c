// Package secrettest looks for secrets in whatever a value can be turned into.
package secrettest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// AssertHides prints, logs and encodes a value in every usual way, by itself and inside others, and
// looks for the secrets.
func AssertHides(t testing.TB, v any, secrets ...string) {
	t.Helper()
	AssertPrintsNo(t, v, secrets...)
	for _, value := range around(v) {
		var out bytes.Buffer
		b, _ := json.Marshal(value) // an error is as good as a mask
		out.Write(b)
		b, _ = xml.Marshal(value)
		out.Write(b)
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil),
			slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("m", "v", value)
		}
		assertNone(t, v, "encoded or logged", out.String(), secrets)
	}
}

// AssertPrintsNo is the part of AssertHides that holds for the types that are made to be encoded.
func AssertPrintsNo(t testing.TB, v any, secrets ...string) {
	t.Helper()
	for _, value := range around(v) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			assertNone(t, v, verb, fmt.Sprintf(verb, value), secrets)
		}
	}
}

// around returns a value by itself and inside others.
func around(v any) []any {
	type exported struct{ V any }
	type hidden struct{ v any }
	return []any{v, &v, exported{v}, &exported{v}, hidden{v}, []any{v}, map[string]any{"k": v}}
}

func assertNone(t testing.TB, v any, how, out string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		numbers := fmt.Sprint([]byte(s))
		for _, form := range []string{s, fmt.Sprintf("%x", s), fmt.Sprintf("%X", s),
			numbers[1 : len(numbers)-1]} {
			if strings.Contains(out, form) {
				t.Errorf("%T shows %q, %s", v, s, how)
			}
		}
	}
}
