package webhooktest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/webhooktest"
)

// memorySink is a right Sink, but for its durability, with steps that can be made wrong.
type memorySink struct {
	mu   sync.Mutex
	kept []webhook.Delivery

	key         func(string) string
	body        func([]byte) []byte
	same        func(a, b string) bool
	ignores     bool // the end of its context
	loses       func(key string) bool
	refusesTwin bool
}

func (s *memorySink) Accept(ctx context.Context, d *webhook.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil && !s.ignores {
		return ctx.Err()
	}
	for _, old := range s.kept {
		if s.same(old.Key, d.Key) {
			if s.refusesTwin {
				return errors.New("duplicate key")
			}
			return nil
		}
	}
	if s.loses(d.Key) || ctx.Err() != nil && s.loses("late") {
		return nil
	}
	s.kept = append(s.kept, webhook.Delivery{Key: s.key(d.Key), Body: s.body(d.Body)})
	return nil
}

func newMemorySink() *memorySink {
	return &memorySink{
		key:   func(k string) string { return k },
		body:  bytes.Clone,
		same:  func(a, b string) bool { return a == b },
		loses: func(string) bool { return false },
	}
}

func TestCheckSinkFindsMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(*memorySink)
		right bool
	}{
		{"none", func(*memorySink) {}, true},
		{"keeps what came too late", func(s *memorySink) { s.ignores = true }, true},
		{"keeps duplicates",
			func(s *memorySink) { s.same = func(string, string) bool { return false } }, false},
		{"refuses duplicates", func(s *memorySink) { s.refusesTwin = true }, false},
		{"takes keys for the same", func(s *memorySink) { s.same = strings.EqualFold }, false},
		{"loses one",
			func(s *memorySink) { s.loses = func(k string) bool { return k == "app:99:1" } },
			false},
		{"loses one of many at once",
			func(s *memorySink) {
				s.loses = func(k string) bool { return k == "app:1:contended-7" }
			}, false},
		{"loses what came too late", func(s *memorySink) {
			s.ignores = true
			s.loses = func(k string) bool { return k == "late" }
		}, false},
		{"changes bodies",
			func(s *memorySink) {
				s.body = func(b []byte) []byte { return bytes.ToValidUTF8(b, nil) }
			}, false},
		{"cuts bodies",
			func(s *memorySink) {
				s.body = func(b []byte) []byte { return bytes.Clone(b[:min(len(b), 65535)]) }
			}, false},
		{"changes keys", func(s *memorySink) { s.key = strings.ToLower }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sink, found := newMemorySink(), new(complaints)
			tt.spoil(sink)
			func() {
				defer func() {
					if p := recover(); p != nil && p != any(stopped{}) {
						panic(p)
					}
				}()
				webhooktest.CheckSink(found, sink,
					func() ([]webhook.Delivery, error) { return sink.kept, nil })
			}()
			assert.Equal(t, tt.right, found.n == 0, fmt.Sprint(found.n, " complaints"))
		})
	}
}
