package ttsredis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop"
)

// DefaultPrefix is what all keys begin with, unless WithPrefix says something else.
const DefaultPrefix = "tiktokshop"

// Option sets one thing that all parts of the package have.
type Option func(*shared) error

// WithPrefix sets what all keys begin with, before a colon. Programs that share limits, tokens or
// marks have the same; a test has one of its own. It is not empty and has no braces, which would
// say where on a cluster a key lies.
func WithPrefix(prefix string) Option {
	return func(s *shared) error {
		if prefix == "" {
			return &tiktokshop.InputError{Field: "prefix", Reason: "is empty"}
		}
		for _, r := range prefix {
			if r == '{' || r == '}' {
				return &tiktokshop.InputError{Field: "prefix", Reason: "has a brace"}
			}
		}
		s.prefix = prefix
		return nil
	}
}

// shared is what all parts have.
type shared struct {
	part   string // of the package, for printing and in errors
	client redis.UniversalClient
	prefix string
}

func newShared(part string, client redis.UniversalClient, opts []Option) (shared, error) {
	s := shared{part: part, client: client, prefix: DefaultPrefix}
	var errs []error
	switch c := client.(type) {
	case nil:
		errs = append(errs, &tiktokshop.InputError{Field: "client", Reason: "is nil"})
	case *redis.ClusterClient:
		if c != nil && c.Options().ReadOnly {
			errs = append(errs, &tiktokshop.InputError{
				Field: "client",
				Reason: "reads from replicas (ReadOnly, RouteByLatency or RouteRandomly), " +
					"which may be out of date",
			})
		}
	}
	if v := reflect.ValueOf(client); v.Kind() == reflect.Pointer && v.IsNil() {
		errs = append(errs, &tiktokshop.InputError{Field: "client", Reason: "is nil"})
	}
	for _, opt := range opts {
		if opt != nil {
			errs = append(errs, opt(&s))
		}
	}
	return s, errors.Join(errs...)
}

// key names a thing of a kind. On a cluster its place follows from what is in the braces.
func (s *shared) key(kind, name string) string { return s.prefix + ":" + kind + ":{" + name + "}" }

// escaped makes one name of several parts, so that no two lists of parts have the same, for people
// to read all the same.
func escaped(parts ...string) string {
	var name string
	for i, part := range parts {
		if i > 0 {
			name += ":"
		}
		name += url.QueryEscape(part) // leaves no colon and no brace
	}
	return name
}

// do runs one command, unless the context has ended.
func (s *shared) do(ctx context.Context, what string, run func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := run(); err != nil {
		return fmt.Errorf("ttsredis: %s: %w", what, err)
	}
	return nil
}

// Format prints the part and the prefix, and nothing of the client, which may know a password.
func (s *shared) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = fmt.Fprint(f, "ttsredis(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "ttsredis.%s{%s}", s.part, s.prefix)
}
