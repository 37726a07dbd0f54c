package cli

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDoctorClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		skew  time.Duration
		state string
	}{
		{"right", 0, wellState},
		{"a little ahead", 20 * time.Second, wellState},
		{"ahead", 2 * time.Minute, warnState},
		{"too far ahead", 6 * time.Minute, failedState},
		{"too far behind", -6 * time.Minute, failedState},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &doctorRun{a: new(App)}
			d.clock(now.Format(http.TimeFormat), now.Add(c.skew), now.Add(c.skew+time.Second))
			require.Len(t, d.findings, 1)
			assert.Equal(t, c.state, d.findings[0].State, d.findings[0].Found)
			assert.Equal(t, c.state == failedState, len(d.errs) == 1)
		})
	}
}
