package wire

import (
	"sync"
	"time"
)

// limit ends something after a time, which is the longer by a grace if the process stood still: an
// answer that came meanwhile waits in the socket and is read before a timer that is overdue may end
// the wait for it.
type limit struct {
	mu     sync.Mutex
	timer  *time.Timer // nil if there is no limit, or no more
	due    time.Time   // of the timer
	last   time.Time   // when the time is up
	grace  time.Duration
	graces int
}

const (
	mostGrace  = 2 * time.Second
	mostGraces = 3
	late       = 50 * time.Millisecond // a timer that is, was held up
)

// start sets the limit; fire is called when its timer ends.
func (l *limit) start(after time.Duration, fire func()) {
	now := time.Now()
	l.last, l.grace = now.Add(after), min(after/4, mostGrace)
	l.due = l.last.Add(-l.grace) // to notice a standstill that ends just before the time is up
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(after-l.grace, fire)
}

// up reports whether the time is up; if not, it sets the timer again.
func (l *limit) up() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer == nil {
		return false
	}
	now := time.Now()
	if now.Sub(l.due) > min(late, l.grace/4) && l.graces < mostGraces {
		l.graces++
		if last := now.Add(l.grace); last.After(l.last) {
			l.last = last
		}
	}
	if !now.Before(l.last) {
		l.timer = nil
		return true
	}
	l.due = l.last
	l.timer.Reset(l.last.Sub(now))
	return false
}

func (l *limit) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}
