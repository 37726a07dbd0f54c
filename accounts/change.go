package accounts

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// change is a change of what is wrong with an account, which the hook has not been told of.
type change struct {
	health Health
	isNew  bool // something has turned bad
}

// reach is how far a problem is known.
type reach int

const (
	// everywhere: all machines see it alike.
	everywhere reach = iota
	// perOptions: what a machine sees depends on its Options.
	perOptions
	// here: it is this Manager's own.
	here
)

func (k ProblemKind) reach() reach {
	switch k {
	case ProblemMissingScopes, ProblemExpiring:
		return perOptions
	case ProblemRefreshFailing, ProblemNotLookedUp:
		return here
	}
	return everywhere
}

// toldKey names a problem of an authorization, so that the same one is told once. What the next
// authorization has is another.
type toldKey struct {
	authorized int64
	kind       ProblemKind
	detail     string
}

func keyOf(r *record, p Problem) toldKey {
	k := toldKey{r.AuthorizedAt.Unix(), p.Kind, string(p.Shop)}
	if p.Kind == ProblemMissingScopes {
		k.detail = p.Reason
	}
	return k
}

func (k toldKey) String() string {
	return strconv.FormatInt(k.authorized, 10) + "/" + string(k.kind) + "/" + k.detail
}

func parseToldKey(s string) toldKey {
	parts := append(strings.SplitN(s, "/", 3), "", "")
	authorized, _ := strconv.ParseInt(parts[0], 10, 64)
	return toldKey{authorized, ProblemKind(parts[1]), parts[2]}
}

// evaluate examines an account and notes what is to be told: what is wrong that nobody has been
// told of, here or by another machine, and what is well again that somebody was told of. m.mu is
// held; the caller calls tell.
func (m *Manager) evaluate(openID string, a *account, r *record) Health {
	h := m.examine(openID, a, r)
	if len(h.Problems) == 0 && len(r.Told.Keys) == 0 && (a.extra == nil || len(a.extra.told) == 0) {
		return h // as nearly all are
	}
	more := a.more()
	var now []string
	var isNew, isWell bool
	shared := slices.Clone(r.Told.Keys)
	for _, p := range h.Problems {
		key := keyOf(r, p).String()
		now = append(now, key)
		if slices.Contains(more.told, key) {
			continue
		}
		if p.Kind.reach() == here {
			isNew = true
		} else if !slices.Contains(shared, key) {
			isNew = true
			shared = append(shared, key)
		}
	}
	for _, key := range more.told {
		if slices.Contains(now, key) {
			continue
		}
		if parseToldKey(key).kind.reach() == here {
			isWell = true
		} else if i := slices.Index(shared, key); i >= 0 { // else another machine has told it
			isWell = true
			shared = slices.Delete(shared, i, i+1)
		}
	}
	// What nobody here knew of: before a restart, or on another machine. A machine with other
	// Options must not take back what it does not see.
	shared = slices.DeleteFunc(shared, func(text string) bool {
		key := parseToldKey(text)
		isOver := key.kind.reach() == everywhere || key.authorized != r.AuthorizedAt.Unix()
		if slices.Contains(now, text) || !isOver {
			return false
		}
		isWell = true
		return true
	})
	more.told = now
	slices.Sort(shared)
	if !slices.Equal(shared, r.Told.Keys) {
		r.Told = told{later(r.Told.At, m.opts.Now()), shared}
		m.keep(openID, a, r)
	}
	if isNew || isWell {
		m.changes = append(m.changes, change{h, isNew})
	}
	return h
}

// tell logs the changes that were noted, calls the hook, and then saves that it was told. One after
// the other, whoever made them. The hook may use the Manager: what it changes is told after it has
// returned.
func (m *Manager) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.isTelling {
		return
	}
	m.isTelling = true
	for len(m.changes) > 0 {
		next := m.changes[0]
		m.changes = m.changes[1:]
		m.mu.Unlock()
		m.logChange(next)
		m.callHook(next.health)
		m.mu.Lock()
		m.saveSoon(next.health.Account.OpenID)
	}
	m.isTelling = false
}

func (m *Manager) logChange(c change) {
	level, text := slog.LevelWarn, "account has a problem"
	switch {
	case len(c.health.Problems) == 0:
		level, text = slog.LevelInfo, "account is well again"
	case c.health.NeedsReauthorization():
		level, text = slog.LevelError, "account must authorize the app again"
	case !c.isNew:
		level, text = slog.LevelInfo, "account has one problem less"
	}
	var problems []string
	for _, p := range c.health.Problems {
		problems = append(problems, p.String())
	}
	m.opts.Logger.LogAttrs(context.Background(), level, "tiktokshop: "+text,
		slog.String("open_id", c.health.Account.OpenID), slog.String("name", c.health.Account.Name),
		slog.Any("problems", problems))
}

func (m *Manager) callHook(h Health) {
	if m.opts.OnChange == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil { // what goes on in the background has nobody to panic to
			m.opts.Logger.LogAttrs(context.Background(), slog.LevelError,
				"tiktokshop: OnChange panicked",
				slog.String("open_id", h.Account.OpenID), slog.String("panic", fmt.Sprint(v)))
		}
	}()
	m.opts.OnChange(h)
}
