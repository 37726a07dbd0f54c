package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNothingMadeUpIsSent(t *testing.T) {
	t.Parallel()
	set := env(map[string]string{"TIKTOK_APP_KEY": "k"})
	for _, args := range [][]string{nil, {"-campaign", "1"}, {"-products=1"},
		{"campaign", "products"}} {
		assert.Error(t, refuseMadeUp(args, set), "%q", args)
		assert.NoError(t, refuseMadeUp(args, env(nil)), "%q", args)
	}
	for _, args := range [][]string{{"-campaign", "1", "-products", "2"},
		{"--campaign=1", "--products=2"}, {"-h"}} {
		assert.NoError(t, refuseMadeUp(args, set), "%q", args)
	}
}
