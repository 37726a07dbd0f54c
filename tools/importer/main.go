// Importer compares the facts in openapi/ with a version of the vendor's npm package
// @tts-open-toolkit/cli, with pages of its reference, or with other facts of the same form, reports
// what changed, and brings it in:
//
//	go -C tools run ./importer -package <folder of the unpacked package> [-openapi ../openapi] [-write]
//	go -C tools run ./importer -pages <folder> -checked <month of the pages> [-openapi ../openapi] [-write]
//	go -C tools run ./importer -facts <folder> [-openapi ../openapi] [-write]
//
// Of the vendor's changelog it lists the announcements that name what the facts lack:
//
//	go -C tools run ./importer -feed <file> [-since <day>] [-openapi ../openapi]
//
// Names, types, limits, values and figures come in. Sentences stay out: what the facts say in words
// is from openapi/words/, which
//
//	go -C tools run ./importer -words
//
// brings into them, with a list of what has no words yet. -copies <folder> reports what of it
// stands in documents of the vendor, too.
//
// Exit codes: 0 if nothing has changed or the changes were written, 3 if there
// are changes and -write was not given or announcements to read, 1 for an error, 2 for wrong flags.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"
)

var (
	// errChanges tells that there are changes which were not written.
	errChanges = errors.New("there are changes; -write brings them in")
	// errFindings tells that announcements name what the facts lack, which a person has to bring
	// in.
	errFindings = errors.New("there are announcements to read")
)

func main() {
	switch err := run(os.Args[1:], os.Stdout, os.Stderr); {
	case err == nil:
	case errors.Is(err, errChanges), errors.Is(err, errFindings):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "importer:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("importer", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var in inputs
	flags.StringVar(&in.pkg, "package", "", "folder of the unpacked npm package")
	flags.StringVar(&in.pages, "pages", "",
		"folder of pages of the reference, as the vendor's site lets them be downloaded")
	flags.StringVar(&in.checked, "checked", "", "month of the pages, such as 2026-08")
	flags.StringVar(&in.feed, "feed", "", "file of the changelog's feed, RSS or Atom")
	flags.StringVar(&in.since, "since", "",
		"first day of announcements to look at, such as 2026-08-01")
	flags.StringVar(&in.facts, "facts", "", "folder of other facts in the form of openapi/")
	openapi := flags.String("openapi", "../openapi", "folder of the facts")
	write := flags.Bool("write", false, "write the changes into the facts")
	words := flags.Bool("words", false,
		"bring the words of openapi/words into the facts, and list what has none")
	copies := flags.String("copies", "",
		"folder of documents of the vendor, in which no words of ours may stand")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp // Parse has told why
	}
	if *words && in.none() && flags.NArg() == 0 {
		return writeWords(*openapi, stdout)
	}
	if *copies != "" && in.none() && flags.NArg() == 0 {
		return findCopies(*openapi, *copies, stdout)
	}
	since, err := in.check()
	if err != nil || flags.NArg() > 0 || *words || *copies != "" {
		fmt.Fprintln(stderr,
			cmp.Or(err, errors.New(
				"-words and -copies go with none of them, and there is nothing but flags")))
		flags.Usage()
		return flag.ErrHelp
	}
	rules, err := readRules(valuesJSON)
	if err != nil {
		return fmt.Errorf("values.json: %w", err)
	}
	facts, err := readFacts(*openapi)
	if err != nil {
		return err
	}
	if in.feed != "" {
		feed, err := readFeed(in.feed)
		if err != nil {
			return err
		}
		findings := compareFeed(facts, feed, since)
		if err := reportFeed(stdout, len(feed), findings); err != nil || len(findings) == 0 {
			return err
		}
		return errFindings
	}
	title, changes, err := in.merge(facts, rules)
	if err != nil {
		return err
	}
	lacking, err := facts.explain(*openapi)
	if err != nil {
		return err
	}
	if err := report(stdout, title, changes, facts.unreviewed(), lacking); err != nil {
		return err
	}
	if !slices.ContainsFunc(changes, func(c Change) bool { return !c.Remark }) {
		return nil
	}
	if !*write {
		return errChanges
	}
	return facts.write(*openapi)
}

// inputs are what can be compared with the facts: one at a time.
type inputs struct{ pkg, pages, checked, feed, since, facts string }

func (in *inputs) none() bool { return *in == inputs{} }

var month = regexp.MustCompile(`^20\d\d-(0[1-9]|1[0-2])$`)

// check tells what is wrong with the flags, and from which day on announcements count.
func (in *inputs) check() (since time.Time, err error) {
	given := 0
	for _, one := range []string{in.pkg, in.pages, in.feed, in.facts} {
		if one != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return since, errors.New("one of -package, -pages, -feed and -facts is needed")
	case (in.pages != "") != (in.checked != "") ||
		in.checked != "" && !month.MatchString(in.checked):
		return since,
			errors.New("-pages needs -checked, the month of the pages such as 2026-08, and nothing else does")
	case in.since != "" && in.feed == "":
		return since, errors.New("-since is for -feed")
	case in.since != "":
		if since, err = time.Parse(time.DateOnly, in.since); err != nil {
			return since, errors.New("-since is no day such as 2026-08-01")
		}
	}
	return since, nil
}

// merge reads the input and brings it into the facts, and says what it is.
func (in *inputs) merge(facts Facts, rules *Rules) (title string, changes []Change, err error) {
	switch {
	case in.pages != "":
		pages, err := readPages(in.pages)
		if err != nil {
			return "", nil, err
		}
		title = fmt.Sprintf("%d pages of %s", len(pages.Operations), in.checked)
		return title, mergePages(facts, pages, in.checked, rules), nil
	case in.facts != "":
		other, err := readFacts(in.facts)
		if err != nil {
			return "", nil, err
		}
		return "other facts", mergeFacts(facts, other, rules), nil
	}
	pkg, err := readPackage(in.pkg)
	if err != nil {
		return "", nil, err
	}
	return "package " + pkg.Version, merge(facts, pkg, rules), nil
}

// writeWords brings the words into the facts, and tells what has none.
func writeWords(openapi string, stdout io.Writer) error {
	facts, err := readFacts(openapi)
	if err != nil {
		return err
	}
	lacking, err := facts.explain(openapi)
	if err != nil {
		return err
	}
	for _, line := range lacking {
		fmt.Fprintln(stdout, line)
	}
	return facts.write(openapi)
}
