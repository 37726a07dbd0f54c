package accounts

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// listState is how the list of the accounts stands.
type listState struct {
	loadedAt time.Time // when it was asked for
	failedAt time.Time
	err      error // of the last time, if it failed
	load     *flight
}

// flight is something that is done once for all who wait for it.
type flight struct {
	done    chan struct{}
	started time.Time
	err     error // read it after done
}

func newFlight() *flight { return &flight{done: make(chan struct{}), started: time.Now()} }

// wait returns when the flight is over, with its error, or with that of ctx.
func (f *flight) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	// missAge is how old the list may be if it lacks what is asked for, and how long it is not
	// asked for again after a failure.
	missAge = time.Second
	// patience is how long a call that has an account waits for a newer list.
	patience = 2 * time.Second
	// indexTimeout bounds one access to the index, and to the token store.
	indexTimeout = 30 * time.Second
	// notSaved is the number of a save that comes after all others.
	notSaved = math.MaxInt64
)

// fresh sees to it that the list is not older than age. Who only wants it not to be too old waits
// for 2 seconds at most and goes on with an older one if there is one.
func (m *Manager) fresh(ctx context.Context, age time.Duration, mustBe bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	if m.isClosed {
		m.mu.Unlock()
		return fmt.Errorf("accounts: %w", ErrClosed)
	}
	never := m.list.loadedAt.IsZero()
	if !never && time.Since(m.list.loadedAt) < age {
		m.mu.Unlock()
		return nil
	}
	f := m.list.load
	if f == nil {
		if m.list.err != nil && time.Since(m.list.failedAt) < missAge {
			defer m.mu.Unlock()
			if never || mustBe {
				return m.list.err
			}
			return nil
		}
		f = newFlight()
		m.list.load = f
		m.inBackground(func(ctx context.Context) { m.load(ctx, f) })
	}
	m.mu.Unlock()
	if never || mustBe {
		return f.wait(ctx)
	}
	timer := time.NewTimer(patience - time.Since(f.started))
	defer timer.Stop()
	select {
	case <-f.done: // with an error it was logged
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// load reads the list and takes it over.
func (m *Manager) load(ctx context.Context, f *flight) {
	m.mu.Lock()
	begun := m.seq
	m.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, indexTimeout)
	defer cancel()
	entries, err := m.opts.Index.List(limited, m.appKey)
	if err != nil {
		err = fmt.Errorf("accounts: list: %w", scrub.Foreign(err))
		m.warn("accounts not listed", "", err)
	}
	m.mu.Lock()
	m.list.load, m.list.err = nil, err
	if err != nil {
		m.list.failedAt = time.Now()
	} else {
		m.list.loadedAt = f.started
		m.takeOver(entries, begun)
	}
	m.mu.Unlock()
	f.err = err
	close(f.done)
	m.tell()
	if err := m.saveDirty(ctx); err != nil {
		m.warn("accounts not saved", "", err)
	}
}

// takeOver makes the list of the index the Manager's, but for what has changed here since the index
// was asked. m.mu is held.
func (m *Manager) takeOver(entries []Entry, begun int64) {
	listed := make(map[string]struct{}, len(entries))
	for _, e := range entries {
		openID := e.Key.OpenID
		listed[openID] = struct{}{}
		if m.removed[openID] > begun {
			continue
		}
		a := m.known[openID]
		if a == nil {
			a = &account{}
			m.known[openID] = a
		} else if bytes.Equal(a.data, e.Data) {
			a.isDirty = false
			continue
		}
		m.receive(openID, a, e.Data)
	}
	for openID, a := range m.known {
		if _, ok := listed[openID]; !ok && a.savedAt <= begun {
			m.drop(openID)
		}
	}
	for openID, at := range m.removed {
		if at <= begun {
			delete(m.removed, openID)
		}
	}
}

// receive merges what the index has of an account into what is known of it. m.mu is held.
func (m *Manager) receive(openID string, a *account, data []byte) {
	theirs, err := decodeRecord(data)
	if err != nil {
		if !a.isForeign {
			a.isForeign = true
			m.warn("account not understood", openID, err)
		}
		return
	}
	a.isForeign = false
	if len(a.data) == 0 { // as most are: a list of very many has to be quick
		a.data = data
		m.own(openID, theirs)
		m.evaluate(openID, a, theirs)
		return
	}
	before := theirs.encode()
	ours := m.record(a)
	ours.merge(theirs)
	m.keep(openID, a, ours)
	a.isDirty = !bytes.Equal(a.data, before)
	m.evaluate(openID, a, ours)
}

// record is what is known of an account; who changes it gives it to keep. m.mu is held.
func (m *Manager) record(a *account) *record {
	r, err := decodeRecord(a.data)
	if err != nil { // it was encoded here
		return new(record)
	}
	return r
}

// keep makes a record what is known of an account. m.mu is held.
func (m *Manager) keep(openID string, a *account, r *record) {
	data := r.encode()
	if bytes.Equal(a.data, data) {
		return
	}
	m.disown(openID, m.record(a))
	a.data, a.isDirty = data, true
	m.own(openID, r)
}

// own notes what leads to an account. m.mu is held.
func (m *Manager) own(openID string, r *record) {
	for _, name := range r.owned() {
		m.owners[name] = append(m.owners[name], openID)
	}
	if o := m.opened[openID]; o != nil {
		o.learn(r)
	}
}

// owned are the names of what leads to an account: its shops and ciphers.
func (r *record) owned() []string {
	var names []string
	for _, shop := range r.Lookup.Shops {
		names = append(names, ofShop(shop.ID), ofCipher(shop.Cipher))
	}
	for _, asset := range r.Lookup.Assets {
		names = append(names, ofCipher(asset.Cipher))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func ofShop(id tiktokshop.ID) string { return "shop " + string(id) }
func ofCipher(cipher string) string  { return "cipher " + cipher }

// disown forgets what leads to an account. m.mu is held.
func (m *Manager) disown(openID string, r *record) {
	for _, name := range r.owned() {
		rest := slices.DeleteFunc(m.owners[name],
			func(owner string) bool { return owner == openID })
		if len(rest) == 0 {
			delete(m.owners, name)
		} else {
			m.owners[name] = rest
		}
	}
}

// drop forgets an account. m.mu is held.
func (m *Manager) drop(openID string) {
	if a := m.known[openID]; a != nil {
		m.disown(openID, m.record(a))
		delete(m.known, openID)
	}
}

// find returns an account by its open id, and looks into the index if it is not known.
func (m *Manager) find(ctx context.Context, openID string) (*account, error) {
	known := func() *account {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.known[openID]
	}
	if err := m.fresh(ctx, m.opts.ListAge, false); err != nil {
		return nil, err
	}
	a := known()
	if a == nil {
		if err := m.fresh(ctx, missAge, true); err != nil {
			return nil, err
		}
		a = known()
	}
	if a == nil {
		return nil, fmt.Errorf("accounts: open id %s: %w", openID, ErrUnknown)
	}
	return a, nil
}

// save gives what is known of an account to the index. An account that has been removed by another
// machine meanwhile, which shows by its token being gone, is not brought back.
func (m *Manager) save(ctx context.Context, openID string, isNew bool) error {
	m.mu.Lock()
	a := m.known[openID]
	if a == nil || a.isForeign || a.isLeaving {
		m.mu.Unlock()
		return nil
	}
	saving := a.more().saving
	m.mu.Unlock()
	select { // one at a time, so that an older record does not come after a newer one
	case saving <- struct{}{}:
		defer func() { <-saving }()
	case <-ctx.Done():
		return ctx.Err()
	}
	m.mu.Lock()
	data, isDirty := a.data, a.isDirty
	isGone := m.known[openID] != a || a.isLeaving
	m.mu.Unlock()
	if isGone || !isDirty {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, indexTimeout)
	defer cancel()
	hasToken := true
	var err error
	if isNew {
		err = m.opts.Index.Save(ctx, Entry{m.key(openID), data})
	} else {
		hasToken, err = m.saveByToken(ctx, openID, data)
	}
	if err != nil {
		return fmt.Errorf("accounts: save: %w", scrub.Foreign(err))
	}
	if !hasToken {
		m.mu.Lock()
		a.isDirty = false
		m.mu.Unlock()
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seq++
	a.savedAt = m.seq
	if bytes.Equal(a.data, data) {
		a.isDirty = false
	}
	return nil
}

// saveByToken saves an account's entry if its token is stored, and reports whether that is so.
func (m *Manager) saveByToken(
	ctx context.Context, openID string, data []byte,
) (hasToken bool, err error) {
	hasToken, err = m.hasToken(ctx, openID)
	if err == nil && hasToken {
		err = m.opts.Index.Save(ctx, Entry{m.key(openID), data})
	}
	// Who removes an account forgets its token first, and who adds it stores the token first: if
	// the token came or went while the entry was written, the entry follows it. As it may have been
	// written, Close does not end this.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), indexTimeout)
	defer cancel()
	for was := hasToken; err == nil || was; was = hasToken {
		has, loadErr := m.hasToken(ctx, openID)
		if loadErr != nil || has == was {
			return hasToken, cmp.Or(err, loadErr)
		}
		if hasToken = has; has {
			err = m.opts.Index.Save(ctx, Entry{m.key(openID), data})
		} else {
			err = m.opts.Index.Remove(ctx, m.key(openID))
		}
	}
	return hasToken, err
}

// hasToken reports whether an account's token is stored.
func (m *Manager) hasToken(ctx context.Context, openID string) (bool, error) {
	stored, _, err := m.opts.Store.Load(ctx, m.key(openID))
	if err != nil {
		err = scrub.Foreign(err, scrub.Find(string(stored))...)
	}
	return len(stored) > 0, err
}

// saveSoon saves in the background; what fails is tried again with the next list. m.mu is held.
func (m *Manager) saveSoon(openID string) {
	m.inBackground(func(ctx context.Context) {
		if err := m.save(ctx, openID, false); err != nil {
			m.warn("account not saved", openID, err)
		}
	})
}

// saveDirty saves what the index does not have.
func (m *Manager) saveDirty(ctx context.Context) error {
	var dirty []string
	m.mu.Lock()
	for openID, a := range m.known {
		if a.isDirty && a.savedAt != notSaved { // else Add does
			dirty = append(dirty, openID)
		}
	}
	m.mu.Unlock()
	var errs []error
	for _, openID := range dirty {
		if err := m.save(ctx, openID, false); err != nil {
			if errs = append(errs, err); len(errs) == 10 { // the index is out of order
				break
			}
		}
	}
	return errors.Join(errs...)
}
