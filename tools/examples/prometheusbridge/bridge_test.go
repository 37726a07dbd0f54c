package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMetricsOfACall(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out))
	for _, metric := range []string{"tiktokshop_attempt_duration_seconds", "tiktokshop_attempt_wait_seconds"} {
		assert.Contains(t, out.String(), metric+`_count{code="36009002",operation="AffiliatePartner.GenerateMultiProductLink",status="429"} 2`)
		assert.Contains(t, out.String(), metric+`_count{code="0",operation="AffiliatePartner.GenerateMultiProductLink",status="200"} 1`)
	}
}
