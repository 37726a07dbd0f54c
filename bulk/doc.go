// Package bulk makes a call of any batch operation for any number of items.
//
// The packages under api have methods made of it, whose names end in Bulk, such as
// product.Service.DeleteProductsBulk:
//
//	for result, err := range product.New(client).DeleteProductsBulk(ctx, nil, ids, bulk.Options{}) {
//		if err != nil {
//			return err // the run stopped: a *StoppedError, which says where to go on
//		}
//		if result.Status != bulk.Done {
//			log.Println(result.Position, result.Item, result.Status, result.Err)
//		}
//	}
//
// Items are read from an [iter.Seq] as they are needed, go out in batches of the operation's limit,
// several calls at once, and each item has one [Result], in the order of the input. Memory does not
// grow with the input.
//
// # What it promises
//
//   - One result for every item that was read, in order: done, failed with the platform's reason,
//     unaccounted for, in error with its call, or not tried.
//   - A refused batch costs its own items and no others; an item that is malformed costs itself
//     alone.
//   - A refusal that every call would meet (token, permission, app, a version that is retired)
//     stops the run, and so do five calls in a row that get no answer: an outage is not hammered
//     through. A [StoppedError] is the last element; it says how many items were answered and where
//     to go on.
//   - Calls in flight are awaited, or cancelled when the consumer leaves the loop. No goroutine
//     stays.
//   - Two items of one key, such as two prices of a SKU, are never in flight at once: the later one
//     has the last word.
//
// # Going on after a stop
//
// [Result.Position] counts the items of the input. A program that keeps Position+1 of the last
// result that it has handled sets [Options.Skip] to it when it starts again with the same input;
// after a [StoppedError], it sets Skip to [StoppedError.Resume].
//
// Limits, retries and tokens are the Client's. [Batches] alone is for those who want
// less.
package bulk
