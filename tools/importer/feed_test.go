package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of a made-up feed, the announcements are listed that name what the facts lack: without their
// words, oldest first.
func TestFeed(t *testing.T) {
	t.Parallel()
	folder := factsCopy(t)
	before, err := os.ReadFile(filepath.Join(folder, "widget.json"))
	require.NoError(t, err)
	var report bytes.Buffer
	args := []string{"-feed", "testdata/feed.xml", "-since", "2026-06-01", "-openapi", folder}
	require.ErrorIs(t, run(args, &report, io.Discard), errFindings)
	assert.Equal(t, `feed: 5 announcements, 3 of them name what the facts lack

no date https://example.com/page/eee
  the path /widget/202610/widgets/{widget_id}/polish

2026-08-03 https://example.com/page/bbb
  version 202609 of GetWidget
  perhaps an end of GetWidget_202401, which has no x-retired

2026-08-19 https://example.com/page/aaa
  the field shiny_side
`, report.String())
	after, err := os.ReadFile(filepath.Join(folder, "widget.json"))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "a feed changes nothing")

	report.Reset()
	require.ErrorIs(t, run([]string{"-feed", "testdata/feed.xml", "-openapi", folder}, &report,
		io.Discard), errFindings)
	assert.Contains(t, report.String(), "the path /widget/202512/ancient\n",
		"without -since, all count")
}

func TestLacks(t *testing.T) {
	t.Parallel()
	facts, err := readFacts("testdata/openapi")
	require.NoError(t, err)
	known := newKnowledge(facts)
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "Widgets are good for you, and get widgets of your own.", nil},
		{"a name inside a longer one", "Forget widgets 202609", nil},
		{"a version without an operation", "The release of 202609 is out.", nil},
		{"a version of an operation", "GetWidget 202609", []string{"version 202609 of GetWidget"}},
		{"a version that is there", "Get Widget (202401)", nil},
		{"no version, but a number", "Get Widget for 1202609 people", nil},
		{"parameters by another name", "/widget/202401/widgets/{id}", nil},
		{"fields side by side", "old_name new_name newer_name",
			[]string{"the field new_name", "the field newer_name"}},
		{"a field's value and a module", "GIVEN_AWAY widget", nil},
		{"an address of a page", "https://example.com/some_page/202609", nil},
		{"an end of a path", "/widget/202401/widgets is retired", []string{
			"perhaps an end of GetWidget_202401, which has no x-retired",
			"perhaps an end of DropWidget_202401, which has no x-retired",
			"perhaps an end of MakeWidget_202401, which has no x-retired",
		}},
		{"an end of another version", "Stay Widget 202301 was retired",
			[]string{"version 202301 of StayWidget"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.ElementsMatch(t, tc.want, known.lacks(tc.text))
		})
	}
}

func TestParseFeed(t *testing.T) {
	t.Parallel()
	atom := `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Get Widget</title><link href="https://example.com/a"/>
		<updated>2026-08-19T10:00:00Z</updated><content type="html">&lt;p&gt;shiny_side&lt;/p&gt;&nbsp;</content></entry></feed>`
	got, err := parseFeed([]byte(atom))
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "https://example.com/a", got[0].Link)
	assert.Equal(t, time.Date(2026, 8, 19, 10, 0, 0, 0, time.UTC), got[0].Day)
	assert.Contains(t, got[0].text, "shiny_side")
	assert.NotContains(t, got[0].text, "<p>")
	for _, tc := range []struct{ name, feed, want string }{
		{"empty", "", "no RSS or Atom feed"},
		{"a page", "<html><body/></html>", "no RSS or Atom feed"},
		{"broken", "<rss><item><title>x</rss>", "the feed: "},
		{"cut off", "<rss><channel>", "the feed: "},
		{"too many", "<rss>" + strings.Repeat("<item/>", maxEntries+1) + "</rss>",
			"more than 10000 entries"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseFeed([]byte(tc.feed))
			assert.ErrorContains(t, err, tc.want)
		})
	}
	assert.ErrorContains(t,
		run([]string{"-feed", filepath.Join(t.TempDir(), "none.xml"), "-openapi",
			"testdata/openapi"}, io.Discard, io.Discard), "none.xml")
}

// FuzzFeed reads feeds from outside: never a panic, and findings are one line each.
func FuzzFeed(f *testing.F) {
	data, err := os.ReadFile("testdata/feed.xml")
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`<feed><entry><link href="x"/><summary>/widget/202610/x_y retired</summary></entry></feed>`))
	facts, err := readFacts("testdata/openapi")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		feed, err := parseFeed(data)
		if err != nil {
			return
		}
		for _, finding := range compareFeed(facts, feed, time.Time{}) {
			assert.NotEmpty(t, finding.What)
			for _, what := range finding.What {
				assert.NotContains(t, what, "\n")
			}
		}
	})
}
