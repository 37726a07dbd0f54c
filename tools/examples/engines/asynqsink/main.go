// Command asynqsink keeps webhooks in asynq, on Redis or Valkey, and handles them from there: the
// platform is answered 200 when the event is a task.
//
// It runs against the server of TIKTOKSHOP_TEST_REDIS (redis://host:port/db), in a queue of its own
// that it removes, with an embedded fake TikTok Shop. Without the variable it says so and ends.
//
// What is in Redis is as durable as Redis is set to be. Events survive a crash of the machine with
// "appendonly yes" and "appendfsync always", and lose the last second with "appendfsync everysec".
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tiktokshop-go/tiktokshop/tools/examples/engines/internal/scenario"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

const variable = "TIKTOKSHOP_TEST_REDIS"

func main() {
	if err := run(context.Background(), os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string, out io.Writer) error {
	address, err := scenario.Server(getenv, variable)
	if err != nil {
		return err
	}
	if address == "" {
		scenario.Missing(out, variable,
			"bash .ci/redis go -C tools/examples/engines run ./asynqsink")
		return nil
	}
	redis, err := asynq.ParseRedisURI(address)
	if err != nil {
		return fmt.Errorf("%s is not a Redis URL", variable)
	}
	queue := "tiktokshop-example-" + rand.Text()
	client, inspector := asynq.NewClient(redis), asynq.NewInspector(redis)
	defer client.Close()
	defer inspector.Close()
	server := asynq.NewServer(redis, asynq.Config{
		Concurrency: 4, Queues: map[string]int{queue: 1}, LogLevel: asynq.ErrorLevel,
		RetryDelayFunc: RetryDelay, IsFailure: IsFailure,
		// So that the program ends soon; the defaults are 1 and 5 seconds.
		TaskCheckInterval: 20 * time.Millisecond, DelayedTaskCheckInterval: 100 * time.Millisecond,
	})
	started := false
	err = scenario.Run(ctx, out, func(h *scenario.Handler) (webhook.Sink, error) {
		mux := asynq.NewServeMux()
		mux.HandleFunc(TypeEvent, Handle(h.Handle))
		if err := server.Start(mux); err != nil {
			return nil, err
		}
		started = true
		return &Sink{Client: client, Queue: queue}, nil
	})
	if started {
		server.Shutdown()
	}
	if err != nil {
		return err
	}
	info, err := inspector.GetQueueInfo(queue)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "asynq has %d completed and %d archived tasks\n", info.Completed,
		info.Archived)
	return inspector.DeleteQueue(queue, true)
}
