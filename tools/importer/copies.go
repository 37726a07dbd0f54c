package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// copyLength is how many words in a row make a copy.
const copyLength = 7

var errCopies = errors.New("there are words that stand in the vendor's documents, too")

// findCopies reports what openapi/words/ has in common with the documents in a folder, JSON or
// Markdown: every run of copyLength words or more. Names, figures, paths and values of enumerations
// end a run, since facts may be alike.
func findCopies(openapi, folder string, stdout io.Writer) error {
	theirs := make(map[string]bool)
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		texts, err := textsOf(file)
		for _, text := range texts {
			eachRun(text.text, func(run []string) { theirs[strings.Join(run, " ")] = true })
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(theirs) == 0 {
		return fmt.Errorf("nothing to compare with in %s", folder)
	}
	files, err := filepath.Glob(filepath.Join(openapi, wordsFolder, "*.json"))
	if err != nil {
		return err
	}
	looked, found := 0, 0
	for _, file := range files {
		texts, err := textsOf(file)
		if err != nil {
			return err
		}
		for _, text := range texts {
			looked++
			copied := ""
			eachRun(text.text, func(run []string) {
				if joined := strings.Join(run, " "); copied == "" && theirs[joined] {
					copied = joined
				}
			})
			if copied != "" {
				found++
				fmt.Fprintf(stdout, "%s: %s: … %s …\n", filepath.Base(file), text.key, copied)
			}
		}
	}
	fmt.Fprintf(stdout,
		"%d texts looked at, %d with %d words in a row or more that stand in both\n", looked, found,
		copyLength)
	if found > 0 {
		return errCopies
	}
	return nil
}

// keyedText is a text, and the key of the JSON value that it is.
type keyedText struct{ key, text string }

// textsOf are the texts of a JSON file, the whole of a Markdown file, and none of others.
func textsOf(file string) ([]keyedText, error) {
	kind := filepath.Ext(file)
	if kind != ".json" && kind != ".md" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if kind == ".md" {
		return []keyedText{{"", string(data)}}, nil
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var texts []keyedText
	collectTexts(v, "", &texts)
	return texts, nil
}

func collectTexts(v any, key string, into *[]keyedText) {
	switch v := v.(type) {
	case string:
		*into = append(*into, keyedText{key, v})
	case []any:
		for _, item := range v {
			collectTexts(item, key, into)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			collectTexts(v[k], strings.TrimPrefix(key+" "+k, " "), into)
		}
	}
}

var wordOrFact = regexp.MustCompile("https?://\\S+|`[^`]*`|[\\pL\\pN_/{}.'’-]+")

// eachRun gives f every copyLength words that stand in a row in a text.
func eachRun(text string, f func(run []string)) {
	var run []string
	for _, w := range wordOrFact.FindAllString(text, -1) {
		w = strings.Trim(w, ".'’-")
		if isFact(w) {
			run = nil
			continue
		}
		run = append(run, strings.ToLower(strings.ReplaceAll(w, "’", "'")))
		if len(run) >= copyLength {
			f(run[len(run)-copyLength:])
		}
	}
}

// isFact tells what is no word of a sentence: names, figures, paths, values.
func isFact(w string) bool {
	return w == "" || strings.ContainsAny(w, "`/_") || strings.ContainsFunc(w, unicode.IsDigit) ||
		len(w) > 1 && strings.ToUpper(w) == w
}
