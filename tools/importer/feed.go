package main

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Announcement is one entry of the vendor's changelog feed.
type Announcement struct {
	Link string
	Day  time.Time
	text string
}

// The parts of a feed that are read, of RSS and of Atom.
type (
	feedEntry struct {
		Title       string     `xml:"title"`
		Links       []feedLink `xml:"link"`
		GUID        string     `xml:"guid"`
		ID          string     `xml:"id"`
		PubDate     string     `xml:"pubDate"`
		Published   string     `xml:"published"`
		Updated     string     `xml:"updated"`
		Description string     `xml:"description"`
		Encoded     string     `xml:"encoded"`
		Summary     string     `xml:"summary"`
		Content     string     `xml:"content"`
	}
	feedLink struct {
		Href string `xml:"href,attr"`
		Text string `xml:",chardata"`
	}
)

// maxFeed bounds a feed, maxEntries what is read of one.
const (
	maxFeed    = 16 << 20
	maxEntries = 10_000
)

// readFeed reads the changelog's feed from a file.
func readFeed(file string) ([]*Announcement, error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := readFile(root.FS(), filepath.Base(file))
	if err != nil {
		return nil, err
	}
	return parseFeed(data)
}

// parseFeed reads RSS or Atom: every item or entry, wherever it is.
func parseFeed(data []byte) ([]*Announcement, error) {
	if len(data) > maxFeed {
		return nil, fmt.Errorf("the feed is larger than %d MB", maxFeed>>20)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Entity = xml.HTMLEntity
	var out []*Announcement
	isFeed := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the feed: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "rss", "RDF", "feed":
			isFeed = true
		case "item", "entry":
			var e feedEntry
			if err := d.DecodeElement(&e, &start); err != nil {
				return nil, fmt.Errorf("the feed: %w", err)
			}
			if out = append(out, e.announcement()); len(out) > maxEntries {
				return nil, fmt.Errorf("the feed has more than %d entries", maxEntries)
			}
		}
	}
	if !isFeed {
		return nil, errors.New("the file is no RSS or Atom feed")
	}
	return out, nil
}

var tag = regexp.MustCompile(`<[^<>]*>`)

func (e *feedEntry) announcement() *Announcement {
	a := &Announcement{Day: feedDay(cmp.Or(e.PubDate, e.Published, e.Updated))}
	for _, l := range e.Links {
		a.Link = cmp.Or(a.Link, strings.TrimSpace(l.Href), strings.TrimSpace(l.Text))
	}
	a.Link = cmp.Or(a.Link, strings.TrimSpace(e.GUID), strings.TrimSpace(e.ID))
	texts := []string{e.Title, e.Description, e.Encoded, e.Summary, e.Content}
	for i, text := range texts {
		texts[i] = html.UnescapeString(tag.ReplaceAllString(html.UnescapeString(text), " "))
	}
	a.text = strings.Join(texts, "\n")
	return a
}

// feedDay reads a date, the zero time if it cannot.
func feedDay(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RFC822,
		time.RFC3339, time.DateTime, time.DateOnly} {
		if day, err := time.Parse(layout, text); err == nil {
			return day.UTC()
		}
	}
	return time.Time{}
}

// Finding is what an announcement names and the facts do not have.
type Finding struct {
	*Announcement
	What []string
}

var (
	versionedPath = regexp.MustCompile(`/([a-z][a-z_]*)/(20\d{4})(/[A-Za-z0-9_{}./-]+)`)
	webAddress    = regexp.MustCompile(`https?://\S+`)
	sixDigits     = regexp.MustCompile(`\b20[2-9]\d(?:0[1-9]|1[0-2])\b`)
	snakeCase     = regexp.MustCompile(`\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b`)
	ending        = regexp.MustCompile(
		`(?i)\b(?:sunset\w*|retir\w+|deprecat\w+|discontinu\w+|decommission\w*|taken offline|go(?:es)? offline|switched off|end of life|no longer (?:be )?(?:available|supported|maintained))\b`)
	notLetters    = regexp.MustCompile(`[^a-z0-9]+`)
	pathParameter = regexp.MustCompile(`\{[^{}/]*\}`)
)

// compareFeed lists the announcements, oldest first, that name an operation, a version, a field or
// an end that the facts lack. Those before since are left out, unless they have no date.
func compareFeed(facts Facts, feed []*Announcement, since time.Time) []*Finding {
	known := newKnowledge(facts)
	var out []*Finding
	for _, a := range feed {
		if !a.Day.IsZero() && a.Day.Before(since) {
			continue
		}
		if what := known.lacks(a.text); len(what) > 0 {
			out = append(out, &Finding{a, what})
		}
	}
	slices.SortStableFunc(out, func(a, b *Finding) int { return a.Day.Compare(b.Day) })
	return out
}

// knowledge is what of the facts announcements may name.
type knowledge struct {
	paths  map[string][]*Operation
	byName map[string][]*Operation
	// phrases are the names of operations in words.
	phrases []string
	fields  map[string]bool
}

func newKnowledge(facts Facts) *knowledge {
	k := &knowledge{paths: make(map[string][]*Operation), byName: make(map[string][]*Operation),
		fields: make(map[string]bool)}
	for module, doc := range facts {
		k.fields[module] = true // modules are in snake case, too
		for p, item := range doc.Paths {
			for _, op := range item {
				k.paths[plainPath(p)] = append(k.paths[plainPath(p)], op)
				phrase := phraseOf(op.Name)
				k.byName[phrase] = append(k.byName[phrase], op)
				op.eachField(func(at string, s, _ *Schema) {
					for part := range strings.SplitSeq(at, ".") {
						k.fields[part] = true
					}
					for _, v := range s.Values {
						k.fields[v] = true
					}
				})
				for part := range strings.FieldsFuncSeq(p,
					func(r rune) bool { return strings.ContainsRune("/{}", r) }) {
					k.fields[part] = true
				}
			}
		}
	}
	k.phrases = sortedKeys(k.byName)
	slices.SortStableFunc(k.phrases, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return k
}

// plainPath is a path without the names of its parameters, which announcements write as they like.
func plainPath(p string) string {
	return strings.TrimRight(pathParameter.ReplaceAllString(p, "{}"), "/.")
}

// phraseOf is an operation's name in small letters, without what stands between words.
func phraseOf(name string) string {
	return notLetters.ReplaceAllString(strings.ToLower(strings.ReplaceAll(kebab(name), "-", " ")),
		"")
}

// lacks tells what a text names and the facts do not have.
func (k *knowledge) lacks(text string) []string {
	var what []string
	add := func(format string, args ...any) {
		if line := fmt.Sprintf(format, args...); !slices.Contains(what, line) {
			what = append(what, line)
		}
	}
	named := k.named(text)
	for _, m := range versionedPath.FindAllStringSubmatch(text, -1) {
		if ops := k.paths[plainPath(m[0])]; ops != nil {
			named = append(named, ops...)
			continue
		}
		add("the path %s", strings.TrimRight(m[0], "/."))
	}
	text = webAddress.ReplaceAllString(versionedPath.ReplaceAllString(text, " "), " ")
	versions := make(map[string]bool)
	for _, version := range sixDigits.FindAllString(text, -1) {
		versions[version] = true
	}
	for _, version := range sortedKeys(versions) {
		var names []string
		has := false
		for _, op := range named {
			has = has || op.Version == version
			if !slices.Contains(names, op.Name) {
				names = append(names, op.Name)
			}
		}
		if len(names) > 0 && !has {
			add("version %s of %s", version, strings.Join(names, " or "))
		}
	}
	for _, field := range snakeCase.FindAllString(text, -1) {
		if !k.fields[field] {
			add("the field %s", field)
		}
	}
	if !ending.MatchString(text) {
		return what
	}
	for _, op := range named {
		if op.Retired == "" && !op.Deprecated && (len(versions) == 0 || versions[op.Version]) {
			add("perhaps an end of %s, which has no x-retired", op.ID)
		}
	}
	return what
}

// named are the operations whose names are in the text, the longest names first; a name inside
// another does not count.
func (k *knowledge) named(text string) []*Operation {
	letters := " " +
		strings.TrimSpace(notLetters.ReplaceAllString(
			strings.ToLower(strings.ReplaceAll(kebab(text), "-", " ")), " ")) + " "
	joined, starts := joinWords(letters)
	var out []*Operation
	taken := make([]bool, len(joined))
	for _, phrase := range k.phrases {
		for from := 0; ; {
			i := strings.Index(joined[from:], phrase)
			if i < 0 {
				break
			}
			i += from
			from = i + 1
			if !starts[i] || !starts[i+len(phrase)] || taken[i] {
				continue
			}
			for j := i; j < i+len(phrase); j++ {
				taken[j] = true
			}
			for _, op := range k.byName[phrase] {
				if !slices.Contains(out, op) {
					out = append(out, op)
				}
			}
		}
	}
	return out
}

// joinWords takes the spaces out of a text, and tells where words start in what is left; its end
// counts as such a place.
func joinWords(text string) (joined string, starts []bool) {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		for range word {
			starts = append(starts, false)
		}
		starts[b.Len()] = true
		b.WriteString(word)
	}
	return b.String(), append(starts, true)
}

// reportFeed writes findings for a person: no words of the vendor, but the addresses of its pages.
func reportFeed(w io.Writer, looked int, findings []*Finding) error {
	var b strings.Builder
	fmt.Fprintf(&b, "feed: %d announcements, %d of them name what the facts lack\n", looked,
		len(findings))
	for _, f := range findings {
		day := "no date"
		if !f.Day.IsZero() {
			day = f.Day.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "\n%s %s\n", day, orNone(f.Link))
		for _, what := range f.What {
			fmt.Fprintf(&b, "  %s\n", what)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
