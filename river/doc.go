// Package riverjobs runs what a program does with TikTok Shop as jobs of River
// (github.com/riverqueue/river) on PostgreSQL, on any number of machines: events that arrived as
// webhooks, bulk links, backfills of shops, and jobs of one's own.
//
// It is called riverjobs because a program that imports it imports river, too.
//
//   - [Sink] takes webhooks over: the platform is answered 200 when the event is a committed job,
//     and an event that arrives again is no second job.
//   - [EventWorker] works such jobs, on request those of a shop in order and one at a time.
//   - [Verdict] and [Middleware] turn an error of the SDK into what River should do: try again
//     later, when the platform says so, or never.
//   - [LinksWorker] makes the links of any number of products, [BackfillWorker] reads a shop's past
//     range by range. Whatever process is killed, another one goes on where it was.
//
// No token, cipher or secret is in a job. A job names an owner, such as an open id, and the worker
// asks a function of the program for that owner's client.
//
// # What to set in River
//
// A job whose worker was killed stays "running" until River rescues it, RescueStuckJobsAfter after
// it began, which is an hour unless river.Config says otherwise. Jobs of a kind without a timeout
// (a Timeout of -1) are never rescued, so every worker here has one. The completed jobs are what
// tells a duplicate: keep them for longer than the 15 hours and 32 minutes over which the platform
// delivers again; River's default is 24 hours.
//
// README.md has in one table what is guaranteed and what is not.
package riverjobs
