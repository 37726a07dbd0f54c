package calllog

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// value is one of an answer that prints itself.
type value string

func (v value) String() string { return string(v) }

// newCall returns a call whose records from a level on are in the buffer, without their times.
func newCall(level slog.Level, attempt int) (Call, *bytes.Buffer) {
	b := new(bytes.Buffer)
	log := slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{
		Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	return Call{Log: log, Operation: "Things.Get", Method: "GET", Path: "/things/{id}",
		Attempt: attempt}, b
}

const names = `operation=Things.Get method=GET path=/things/{id}`

var records = []struct {
	name  string
	write func(t *testing.T, c Call)
	level slog.Level
	want  string
}{
	{
		"attempt without an answer",
		func(t *testing.T, c Call) {
			c.Ended(t.Context(), Ended{Duration: time.Second, Wait: 2 * time.Second,
				Err: errors.New("broken")})
		},
		slog.LevelDebug, `msg="tiktokshop: attempt" ` + names +
			` attempt=2 duration=1s wait=2s error=broken`,
	},
	{
		"attempt with an answer and bodies",
		func(t *testing.T, c Call) {
			c.Ended(t.Context(), Ended{
				Duration: time.Second, Status: 429, Code: 36009002, RequestID: "id",
				Err:         errors.New("throttled"),
				RequestBody: []byte("asked"), AnswerBody: []byte("said"),
			})
		},
		slog.LevelDebug, `msg="tiktokshop: attempt" ` + names +
			` attempt=2 duration=1s wait=0s status=429 code=36009002 request_id=id error=throttled request_body=asked answer_body=said`,
	},
	{
		"success",
		func(t *testing.T, c Call) {
			c.Ended(t.Context(), Ended{Duration: time.Second, Status: 200, RequestID: "id"})
		},
		slog.LevelDebug, `msg="tiktokshop: attempt" ` + names +
			` attempt=2 duration=1s wait=0s status=200 code=0 request_id=id`,
	},
	{
		"the first of many mismatches",
		func(t *testing.T, c Call) {
			Mismatches(t.Context(), c, "id", []value{"a", "b", "c", "d", "e", "f"})
		},
		slog.LevelWarn, `msg="tiktokshop: values of the answer are not of the form expected" ` +
			names +
			` attempt=2 request_id=id mismatches=6 first="[a b c d e]"`,
	},
	{
		"one mismatch",
		func(t *testing.T, c Call) { Mismatches(t.Context(), c, "id", []value{"a"}) },
		slog.LevelWarn, `msg="tiktokshop: values of the answer are not of the form expected" ` +
			names +
			` attempt=2 request_id=id mismatches=1 first=[a]`,
	},
	{
		"given up",
		func(t *testing.T, c Call) {
			c.GivenUp(t.Context(), "no attempts left", time.Minute, errors.New("throttled"))
		},
		slog.LevelWarn, `msg="tiktokshop: gave up" ` + names +
			` attempt=2 wait=1m0s reason="no attempts left" error=throttled`,
	},
	{
		"wrong clock",
		func(t *testing.T, c Call) { c.WrongClock(t.Context(), -time.Hour) },
		slog.LevelWarn,
		`msg="tiktokshop: the clock of this machine is wrong; requests are signed with the platform's time" ` +
			names + ` attempt=2 offset=-1h0m0s`,
	},
	{
		"panic",
		func(t *testing.T, c Call) { c.Panicked(t.Context(), "oh") },
		slog.LevelError, `msg="tiktokshop: an observer panicked" ` + names + ` attempt=2 panic=oh`,
	},
}

func TestRecords(t *testing.T) {
	t.Parallel()
	for _, tt := range records {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, b := newCall(tt.level, 2)
			tt.write(t, call)
			assert.Equal(t, "level="+tt.level.String()+" "+tt.want+"\n", b.String())
			call, b = newCall(tt.level+1, 2)
			tt.write(t, call)
			assert.Empty(t, b.String(), "the logger does not take the level")
			tt.write(t, Call{Operation: "without a logger"})
		})
	}
}

func TestRecordsOfNothing(t *testing.T) {
	t.Parallel()
	call, b := newCall(slog.LevelDebug, 0)
	Mismatches(t.Context(), call, "id", []value(nil))
	assert.Empty(t, b.String())
	call.Panicked(t.Context(), "oh")
	assert.NotContains(t, b.String(), "attempt", "there was none yet")
}

func TestDebugs(t *testing.T) {
	t.Parallel()
	call, _ := newCall(slog.LevelDebug, 1)
	assert.True(t, call.Debugs(t.Context()))
	call, _ = newCall(slog.LevelInfo, 1)
	assert.False(t, call.Debugs(t.Context()))
	assert.False(t, Call{}.Debugs(t.Context()))
}

func TestRetired(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 8, 15, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, day, successor string
		now                  time.Time
		want                 string
	}{
		{"none", "", "", end, ""},
		{"no day", "soon", "", end, ""},
		{"more than 60 days ahead", "2026-08-15", "", end.AddDate(0, 0, -60).Add(-1), ""},
		{"60 days ahead", "2026-08-15", "Things.Get202601", end.AddDate(0, 0, -60),
			" retired=2026-08-15 successor=Things.Get202601"},
		{"over, and nothing follows", "2026-08-15", "", end.AddDate(1, 0, 0),
			" retired=2026-08-15"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			retired := func(level slog.Level, path string) string {
				call, b := newCall(level, 0)
				call.Path = path + tt.name // each is told of once
				call.Retired(t.Context(), tt.day, tt.successor, func() time.Time { return tt.now })
				return b.String()
			}
			assert.Empty(t, retired(slog.LevelError, "/a/"))
			got := retired(slog.LevelWarn, "/a/")
			if tt.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Contains(t, got,
				`level=WARN msg="tiktokshop: the platform stops this version of the operation"`)
			assert.True(t, strings.HasSuffix(got, tt.want+"\n"), got)
			assert.Empty(t, retired(slog.LevelWarn, "/a/"), "once in a process")
			assert.NotEmpty(t, retired(slog.LevelWarn, "/b/"), "another operation")
		})
	}
}
