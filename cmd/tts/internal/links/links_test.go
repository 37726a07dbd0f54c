package links

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

func file(t *testing.T, content string) string {
	name := filepath.Join(t.TempDir(), "file.csv")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

func none(tiktokshop.ID) bool { return false }

func TestInput(t *testing.T) {
	t.Parallel()
	in, err := OpenInput(file(
		t, "\ufeffname, product_id \r\n\"a, b\", 1 \r\nc,\r\nshort\r\nd,2\r\ne,1\r\nf,1.7E+18\r\n"), "")
	require.NoError(t, err)
	counts, err := in.Count(func(id tiktokshop.ID) bool { return id == "2" })
	require.NoError(t, err)
	assert.Equal(t, 4, counts.Rows)
	assert.Equal(t, 1, counts.Duplicates)
	assert.Equal(t, 1, counts.Answered)
	assert.Equal(t, 1, counts.Asked)
	require.Len(t, counts.Bad, 1)
	assert.Equal(t, 7, counts.Bad[0].Line)
	assert.Contains(t, counts.Bad[0].Reason, "spreadsheet")
	assert.Equal(t, []tiktokshop.ID{"1", "2"}, slices.Collect(in.IDs(none)),
		"what is malformed or comes again is never sent")

	for content, problem := range map[string]string{
		"": "is empty", "a;product_id\n1;2\n": "separated by something else",
		"sku\n1\n": "has no column product_id, but sku",
	} {
		_, err := OpenInput(file(t, content), "")
		require.ErrorContains(t, err, problem)
	}
	in, err = OpenInput(file(t, "product_id\n1\n\"2\n"), "")
	require.NoError(t, err)
	_, err = in.Count(none)
	require.Error(t, err, "a quote that is not closed")
}

func TestOutput(t *testing.T) {
	t.Parallel()
	head := strings.Join(header, ",") + "\n"
	name := file(t,
		head+"1,9,linked,https://x,,r\n2,9,failed,,,r\n3,9,linked,https://longer-than-the-row-that-takes-its-place.example")
	out, err := OpenOutput(name, "9", false)
	require.NoError(t, err)
	assert.True(t, out.Has("1"))
	assert.False(t, out.Has("3"), "a row that a killed run left unfinished")
	require.NoError(t,
		out.Write(affiliatepartner.LinkResult{ProductID: "3", Status: affiliatepartner.LinkMade,
			Link: "https://y", RequestID: "r2"}))
	require.NoError(t,
		out.Write(affiliatepartner.LinkResult{ProductID: "3", Status: affiliatepartner.LinkFailed}))
	assert.Equal(t, []tiktokshop.ID{"2"}, out.Unexplained(5))
	assert.Empty(t, out.Unexplained(0))
	require.NoError(t, out.Explain(map[tiktokshop.ID]string{"2": "because"}))
	require.NoError(t, out.Close())
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t,
		head+"1,9,linked,https://x,,r\n2,9,failed,,because,r\n3,9,linked,https://y,,r2\n",
		string(content))

	again, err := OpenOutput(name, "9", true)
	require.NoError(t, err)
	assert.False(t, again.Has("2"), "those that failed are asked for again")
	require.NoError(t, again.Close())

	_, err = OpenOutput(name, "8", false)
	require.ErrorIs(t, err, ErrOtherCampaign)
	for _, other := range []string{"a,b\n1,2\n", "no line end"} {
		_, err = OpenOutput(file(t, other), "9", false)
		require.ErrorContains(t, err, "is not a file that tts links wrote")
	}
	_, err = OpenOutput(file(t, "product_id,camp"), "9", false)
	require.NoError(t, err, "killed in the first row")
}
