package webhook_test

import (
	"context"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func noop(context.Context, *webhook.Event) error { return nil }
