package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func noEnv(string) string { return "" }

func readLinks(t *testing.T, name string) [][]string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	require.NoError(t, err)
	return rows
}

func TestRunWithoutConfiguration(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, noEnv, &out, true))
	lines := strings.Split(out.String(), "\n")
	assert.Equal(t, "No credentials in the environment: using an embedded fake TikTok Shop.", lines[0])
	assert.Contains(t, out.String(), "\r10000 done: 9900 linked, 100 failed, 0 unaccounted for, 0 errors (200 calls)\n")
	rows := readLinks(t, strings.TrimSpace(strings.TrimPrefix(lines[2], "links:")))
	assert.Len(t, rows, 1+demoProducts)
	assert.Equal(t, string(demoID(0)), rows[1][0])
	assert.Contains(t, rows[1][2], "https://affiliate.tiktok.com/")
	assert.Equal(t, []string{string(demoID(99)), "failed", ""}, rows[100][:3])
}

// TestStopAndGoOn stops runs at several places, one in the middle of a row.
func TestStopAndGoOn(t *testing.T) {
	t.Parallel()
	in, to := filepath.Join(t.TempDir(), "in.csv"), filepath.Join(t.TempDir(), "out.csv")
	content := "name,product_id\n"
	for i := range 1000 {
		content += "x," + string(demoID(i)) + "\n"
	}
	require.NoError(t, os.WriteFile(in, []byte(content), 0o600))
	srv := tiktokshoptest.NewServer(t)
	seed(srv)

	part := func(stopAfter int) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		input, err := openProducts(in)
		require.NoError(t, err)
		defer input.Close()
		links, err := openLinks(to)
		require.NoError(t, err)
		defer links.Close()
		return makeLinks(ctx, srv.Client(), &affiliatepartner.GenerateLinksRequest{
			CampaignID: demoCampaign, ProductIDs: input.without(links.have), Concurrency: 1,
			OnProgress: func(p affiliatepartner.LinkProgress) {
				if p.Done() >= stopAfter {
					cancel()
				}
			},
		}, links)
	}
	require.ErrorIs(t, part(200), context.Canceled)
	require.ErrorIs(t, part(300), context.Canceled)
	have := readLinks(t, to)
	require.NoError(t, os.WriteFile(to, append(mustRead(t, to), `"736284,li`...), 0o600)) // killed while writing
	require.NoError(t, part(1<<30))

	rows := readLinks(t, to)
	require.Len(t, rows, 1001)
	assert.Equal(t, have, rows[:len(have)])
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		assert.False(t, seen[row[0]])
		seen[row[0]] = true
	}
	asked := map[string]int{}
	answered := 0
	for _, r := range srv.Requests() {
		var body struct {
			IDs []string `json:"product_ids"`
		}
		require.NoError(t, json.Unmarshal(r.Body, &body))
		answered += len(body.IDs)
		for _, id := range body.IDs {
			asked[id]++
		}
	}
	assert.Len(t, asked, 1000)
	assert.LessOrEqual(t, answered, 1000+2*50, "at most the call in flight is asked again after a stop")
	assert.GreaterOrEqual(t, len(have), 500)
}

func mustRead(t *testing.T, name string) []byte {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	good := file("good.csv", "product_id\n7362840009596400000\n")
	for problem, args := range map[string][]string{
		"no such file":               {"-in", filepath.Join(dir, "none.csv"), "-out", filepath.Join(dir, "o1.csv")},
		"no column product_id":       {"-in", file("bad.csv", "id\n1\n"), "-out", filepath.Join(dir, "o2.csv")},
		"not a file that this":       {"-in", good, "-out", file("other.csv", "a,b\n1,2\n")},
		"wrong number of fields":     {"-in", file("ragged.csv", "product_id\n7362840009596400000\n1,2\n"), "-out", filepath.Join(dir, "o3.csv")},
		"CampaignID: is malformed":   {"-in", good, "-out", filepath.Join(dir, "o4.csv"), "-campaign", "x"},
		"code 16032005":              {"-in", good, "-out", filepath.Join(dir, "o5.csv"), "-campaign", "7"},
		"is empty; it needs":         {"-in", file("empty.csv", ""), "-out", filepath.Join(dir, "o6.csv")},
		"set both -in and -out":      {"-in", good},
		"unexpected argument":        {good},
		"flag provided but not defi": {"-what"},
		"help requested":             {"-h"},
	} {
		assert.ErrorContains(t, run(t.Context(), args, noEnv, new(bytes.Buffer), false), problem)
	}
}

func TestNothingMadeUpIsSent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing must reach the network
	set := func(name string) string { return name }
	require.ErrorContains(t, run(ctx, nil, set, new(bytes.Buffer), false), "set -in and -out")
	require.ErrorContains(t, run(ctx, []string{"-in", "i", "-out", "o"}, set, new(bytes.Buffer), false), "set -campaign")
	noCipher := func(name string) string {
		if name == "TIKTOK_CATEGORY_ASSET_CIPHER" {
			return ""
		}
		return name
	}
	err := run(ctx, []string{"-in", "i", "-out", "o", "-campaign", "7"}, noCipher, new(bytes.Buffer), false)
	require.ErrorContains(t, err, "not TIKTOK_CATEGORY_ASSET_CIPHER")
}

func TestAnInterruptedRunCountsWhatIsLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	require.NoError(t, os.WriteFile(in, []byte("product_id\n"+strings.Repeat("1\n2\n", 600)), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	err := run(ctx, []string{"-in", in, "-out", filepath.Join(dir, "out.csv")}, noEnv, &out, false)
	require.ErrorIs(t, err, context.Canceled)
	assert.Contains(t, out.String(), "interrupted: 0 products not tried, 1200 more not read\n")
}

func TestProductsWithoutAnAnswerAreAnError(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	seed(srv)
	srv.FailNext(1, tiktokshoptest.Fault{Code: 16032001})
	links, err := openLinks(filepath.Join(t.TempDir(), "out.csv"))
	require.NoError(t, err)
	defer links.Close()
	err = makeLinks(t.Context(), srv.Client(), &affiliatepartner.GenerateLinksRequest{
		CampaignID: demoCampaign, ProductIDs: slices.Values([]tiktokshop.ID{demoID(0), demoID(1)}),
	}, links)
	require.ErrorContains(t, err, "2 products have no answer")
	require.ErrorContains(t, err, "16032001")
}
