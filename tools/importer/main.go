// Importer compares the facts in openapi/ with a version of the vendor's npm
// package @tts-open-toolkit/cli, reports what changed, and brings it in:
//
//	go -C tools run ./importer -package <folder of the unpacked package> [-openapi ../openapi] [-write]
//
// Names, types, limits, values and figures come in. Sentences stay out: what the facts say in words is from openapi/words/, which
//
//	go -C tools run ./importer -words
//
// brings into them, with a list of what has no words yet. -copies <folder> reports what of it stands in documents of the vendor, too.
//
// Exit codes: 0 if nothing has changed or the changes were written, 3 if there
// are changes and -write was not given, 1 for an error, 2 for wrong flags.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// errChanges tells that there are changes which were not written.
var errChanges = errors.New("there are changes; -write brings them in")

func main() {
	switch err := run(os.Args[1:], os.Stdout, os.Stderr); {
	case err == nil:
	case errors.Is(err, errChanges):
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
	folder := flags.String("package", "", "folder of the unpacked npm package")
	openapi := flags.String("openapi", "../openapi", "folder of the facts")
	write := flags.Bool("write", false, "write the changes into the facts")
	words := flags.Bool("words", false, "bring the words of openapi/words into the facts, and list what has none")
	copies := flags.String("copies", "", "folder of documents of the vendor, in which no words of ours may stand")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp // Parse has told why
	}
	if *words && *folder == "" && flags.NArg() == 0 {
		return writeWords(*openapi, stdout)
	}
	if *copies != "" && *folder == "" && flags.NArg() == 0 {
		return findCopies(*openapi, *copies, stdout)
	}
	if *folder == "" || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "-package is needed, and nothing else but flags")
		flags.Usage()
		return flag.ErrHelp
	}
	rules, err := readRules(valuesJSON)
	if err != nil {
		return fmt.Errorf("values.json: %w", err)
	}
	pkg, err := readPackage(*folder)
	if err != nil {
		return err
	}
	facts, err := readFacts(*openapi)
	if err != nil {
		return err
	}
	changes := merge(facts, pkg, rules)
	lacking, err := facts.explain(*openapi)
	if err != nil {
		return err
	}
	if err := report(stdout, pkg.Version, changes, facts.unreviewed(), lacking); err != nil {
		return err
	}
	if len(changes) == 0 {
		return nil
	}
	if !*write {
		return errChanges
	}
	return facts.write(*openapi)
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
