package accounts

// Opened is how many accounts have a source and a client.
func (m *Manager) Opened() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.opened)
}

// Removed is how many accounts it remembers to have removed.
func (m *Manager) Removed() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.removed)
}
