package feed

// WithWindow has a feed hold fewer entries of a list at a time.
func (o Options) WithWindow(n int) Options {
	o.window = n
	return o
}
