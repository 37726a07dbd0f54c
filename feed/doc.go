// Package feed hands a program what changed in a shop since it last asked, and loses nothing when
// the program is stopped at any point.
//
// The packages under api make feeds of the lists that the platform has: order.New(client).Changes,
// and others named alike.
//
//	store, err := feed.NewFileStore("cursors")
//	...
//	changes, err := order.New(client).Changes(nil, feed.Options{
//		Name: "orders of " + shopID, Store: store, Since: time.Now().AddDate(0, -1, 0),
//	})
//	...
//	err = changes.Run(ctx, func(ctx context.Context, orders []order.Order) error {
//		return db.Upsert(ctx, orders)
//	})
//
// Run reads up to the present and returns; [Feed.Follow] goes on, with a pause in between. The
// place is saved in the store after the handler has returned nil for a batch, and never before:
// what it got and did not finish comes again. So a handler must stand being given a thing twice, as
// one does that writes by the id.
//
// It is a handler and not an iterator because its error is what decides: a loop that goes on after
// an error would say that the batch is done.
//
// # What it promises
//
//   - Everything that changed is handed over at least once, in the state that it has by then. Of
//     several changes of one thing in quick succession the last is what counts: a feed is of
//     states, not a log of events.
//   - In the order of the times of change, except for what the platform shows late: a change that
//     is listed up to Options.Overlap after its time is handed over when it is seen, and one that
//     shows later still is missed.
//   - What has not changed since is not handed over again, as far as Options.Overlap reaches back
//     and a cursor remembers; see there.
//   - Memory does not grow with what is read: at most a batch, a page, a window of 5,000 list
//     entries where a list has to be read as a whole, and some 40 bytes for each thing that changed
//     within the overlap.
//   - What is deleted on the platform is not told of, unless its list says so.
//
// Limits, retries and tokens are the Client's. docs/sync.md has all of it in one table.
package feed
