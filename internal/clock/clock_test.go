package clock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSkewLearnsWhatIsNews(t *testing.T) {
	t.Parallel()
	var s Skew
	assert.False(t, s.Learn(10*time.Second-1))
	assert.Zero(t, s.Get())
	assert.True(t, s.Learn(10*time.Second))
	assert.Equal(t, 10*time.Second, s.Get())
	assert.False(t, s.Learn(10*time.Second), "another call has learned it")
	assert.False(t, s.Learn(1))
	assert.True(t, s.Learn(0), "the clock was set right")
	assert.Zero(t, s.Get())
}
