package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func printer() (p *Printer, out, talk *bytes.Buffer) {
	out, talk = new(bytes.Buffer), new(bytes.Buffer)
	return &Printer{Out: out, Err: talk}, out, talk
}

func TestTable(t *testing.T) {
	t.Parallel()
	p, out, _ := printer()
	rows := [][]string{{"一二", "x\x1b[2J"}, {"abcde", "y\tz"}}
	require.NoError(t, p.Table([]string{"NAME", "VALUE"}, rows))
	assert.Equal(t, "一二\tx [2J\nabcde\ty z\n", out.String())
	out.Reset()
	p.Terminal, p.NoColor = true, true
	require.NoError(t, p.Table([]string{"NAME", "VALUE"}, rows))
	assert.Equal(t, "NAME   VALUE\n一二   x [2J\nabcde  y z\n", out.String(),
		"wide letters take two columns")
	out.Reset()
	p.NoColor = false
	require.NoError(t, p.Table([]string{"NAME"}, nil))
	assert.Equal(t, "\x1b[1mNAME\x1b[0m\n", out.String())
	p.JSON = true
	assert.Equal(t, "x", p.Red("x"))
}

func TestMasked(t *testing.T) {
	t.Parallel()
	p, out, talk := printer()
	p.Hide("the-app-secret", "", "abc")
	assert.Equal(t, Failure, p.Error(errors.New("signed with the-app-secret abc")))
	assert.Equal(t, "error: signed with [redacted] abc\n", talk.String())
	talk.Reset()
	p.JSON = true
	p.Error(errors.New("signed with the-app-secret"))
	assert.Equal(t, `{"error":{"message":"signed with [redacted]","exit_code":1}}`+"\n",
		talk.String())
	assert.Empty(t, out.String(), "errors are no results")
}

// refusal is what the SDK makes of an answer of the platform's.
func refusal(t *testing.T, f tiktokshoptest.Fault) error {
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	srv.FailNext(10, f)
	op := &tiktokshop.Operation{Name: "order.X", Method: http.MethodGet,
		Path: "/authorization/202309/shops"}
	_, err := tiktokshop.Do[struct{}](t.Context(), srv.Client(tiktokshop.WithoutRetry()), op,
		tiktokshop.Params{})
	require.Error(t, err)
	return err
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	fault := func(status, code int) error {
		return refusal(t, tiktokshoptest.Fault{Status: status, Code: code, Message: "m"})
	}
	for _, c := range []struct {
		name string
		err  error
		want int
		hint string
	}{
		{"nothing", nil, OK, ""},
		{"anything", errors.New("x"), Failure, ""},
		{"usage", Usagef("x"), Usage, ""},
		{"input", fmt.Errorf("y: %w", &tiktokshop.InputError{Field: "f", Reason: "r"}), Usage, ""},
		{"expired", fault(401, 105002), Unauthorized, "tts auth refresh"},
		{"withdrawn", fault(401, 105001), Unauthorized, "tts auth login"},
		{"scope", fault(403, 105005), Unauthorized, "grant the scope"},
		{"partial", &tiktokshop.PartialError{Operation: "x"}, Partial, ""},
		{"throttled", fault(429, 36009002), Outage, "wait"},
		{"down", fault(503, 36009003), Outage, "later"},
		{"dropped", refusal(t, tiktokshoptest.Fault{Drop: true}), Outage, "network"},
		{"signature", fault(401, 106001), Failure, "tts sign"},
		{"business", fault(200, 12345678), Failure, "tts explain-error 12345678"},
		{"interrupted", fmt.Errorf("x: %w", context.Canceled), Interrupted, ""},
		{"own", &CodeError{Code: Partial, Err: errors.New("x"), Hint: "h"}, Partial, "h"},
	} {
		assert.Equal(t, c.want, ExitCode(c.err), c.name)
		if c.hint == "" {
			assert.Empty(t, Hint(c.err), c.name)
		} else {
			assert.Contains(t, Hint(c.err), c.hint, c.name)
		}
	}
}

// TestStyledTable: styles neither count for the width of a column, nor are they taken for what the
// platform sent.
func TestStyledTable(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"a", "ok", "x"}, {"b\x1b[2J", "warning", "y"}}
	for _, c := range []struct {
		terminal bool
		want     string
	}{
		{true, "\x1b[1mA      STATE    C\x1b[0m\na      \x1b[32mok\x1b[0m       x\nb [2J  warning  y\n"},
		{false, "a\tok\tx\nb [2J\twarning\ty\n"},
	} {
		var out bytes.Buffer
		p := &Printer{Out: &out, Terminal: c.terminal}
		require.NoError(t, p.StyledTable([]string{"A", "STATE", "C"}, rows,
			func(column int, cell string) string {
				if column == 1 && cell == "ok" {
					return p.Green(cell)
				}
				return cell
			}))
		require.Equal(t, c.want, out.String())
	}
}

// full is a disk without room.
type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

func TestKept(t *testing.T) {
	t.Parallel()
	lost := errors.New("no space")
	k := &Kept{Writer: full{lost}}
	require.NoError(t, k.Failed())
	p := &Printer{Out: k}
	p.Println("gone")
	require.ErrorIs(t, k.Failed(), lost)
}

// TestJSONTalk: with JSON, what goes to stderr is an object a line.
func TestJSONTalk(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	p := &Printer{Err: &errs, JSON: true}
	p.Hide("secret-of-app")
	p.Note("with %s\nin it", "secret-of-app")
	require.Equal(t, Interrupted, p.Error(fmt.Errorf("call: %w", context.Canceled)))
	require.Equal(t, `{"note":"with [redacted]\nin it"}`+"\n"+
		`{"error":{"message":"interrupted","exit_code":130}}`+"\n", errs.String())
}
