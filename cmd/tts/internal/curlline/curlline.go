// Package curlline reads a command line of curl.
package curlline

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/shell"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
)

// Request is what curl would send.
type Request struct {
	Method, URL string
	Header      http.Header
	Body        []byte
	HasBody     bool
	// Form tells that the body is multipart/form-data.
	Form bool
}

// Parse reads a command line as a shell does, and as curl does after it. $VARIABLES stay as they
// are.
func Parse(line string) (*Request, error) {
	words, err := shell.Fields(line, func(name string) string { return "$" + name })
	if err != nil {
		return nil, fmt.Errorf("the curl line cannot be read as a shell would: %w", err)
	}
	if len(words) == 0 || words[0] != "curl" {
		return nil, errors.New("the line must begin with curl")
	}
	return parse(words[1:])
}

// data collects bodies in the order in which they were given.
type data struct {
	parts *[]string
	read  func(string) (string, error)
	used  *bool
}

func (d data) String() string { return "" }
func (d data) Type() string   { return "data" }

// Set takes one of them.
func (d data) Set(text string) error {
	part, err := d.read(text)
	*d.parts, *d.used = append(*d.parts, part), true
	return err
}

// withFiles reads @name, and drops line ends from it as curl does for text.
func withFiles(keepLines bool) func(string) (string, error) {
	return func(text string) (string, error) {
		name, isFile := strings.CutPrefix(text, "@")
		if !isFile {
			return text, nil
		}
		content, err := textfile.Read(name)
		if err != nil {
			return "", err
		}
		if keepLines {
			return string(content), nil
		}
		return strings.NewReplacer("\r", "", "\n", "").Replace(string(content)), nil
	}
}

func asTyped(text string) (string, error) { return text, nil }

func encoded(text string) (string, error) {
	name, value, named := strings.Cut(text, "=")
	if !named {
		return url.QueryEscape(text), nil
	}
	if name == "" {
		return url.QueryEscape(value), nil
	}
	return name + "=" + url.QueryEscape(value), nil
}

func parse(args []string) (*Request, error) {
	f := pflag.NewFlagSet("curl", pflag.ContinueOnError)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.Usage = func() {}
	method := f.StringP("request", "X", "", "")
	headers := f.StringArrayP("header", "H", nil, "")
	urls := f.StringArray("url", nil, "")
	get := f.BoolP("get", "G", false, "")
	head := f.BoolP("head", "I", false, "")
	var parts []string
	var given, isJSON, isForm bool
	f.VarP(data{&parts, withFiles(false), &given}, "data", "d", "")
	f.Var(data{&parts, withFiles(false), &given}, "data-ascii", "")
	f.Var(data{&parts, withFiles(true), &given}, "data-binary", "")
	f.Var(data{&parts, asTyped, &given}, "data-raw", "")
	f.Var(data{&parts, encoded, &given}, "data-urlencode", "")
	f.Var(data{&parts, withFiles(true), &isJSON}, "json", "")
	var formParts []string
	f.VarP(data{&formParts, asTyped, &isForm}, "form", "F", "")
	f.Var(data{&formParts, asTyped, &isForm}, "form-string", "")
	// Flags that take a value which is none of the URL.
	for _, name := range []string{"output", "user-agent", "cookie", "max-time", "connect-timeout",
		"proxy", "retry", "write-out", "cacert", "cert", "key"} {
		short := map[string]string{"output": "o", "user-agent": "A", "cookie": "b", "max-time": "m",
			"proxy": "x", "write-out": "w"}[name]
		f.StringP(name, short, "", "")
	}
	for name, short := range map[string]string{"silent": "s", "include": "i", "verbose": "v",
		"insecure": "k", "location": "L", "fail": "f", "show-error": "S", "compressed": ""} {
		f.BoolP(name, short, false, "")
	}
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("curl line: %w", err)
	}
	r := &Request{Method: *method, Header: make(http.Header), Form: isForm}
	for _, h := range *headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return nil, errors.New("curl line: a header has no colon")
		}
		r.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	switch targets := append(*urls, f.Args()...); len(targets) {
	case 0:
		return nil, errors.New("curl line: there is no URL")
	case 1:
		r.URL = targets[0]
	default:
		return nil, errors.New(
			"curl line: there is more than one URL: quote it, or the shell ends it at &")
	}
	body := strings.Join(parts, "&")
	if isJSON {
		body = strings.Join(parts, "")
		if r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "application/json")
		}
	}
	switch {
	case *get && body != "":
		separator := "?"
		if strings.Contains(r.URL, "?") {
			separator = "&"
		}
		r.URL += separator + body
	case isForm:
		r.Header.Set("Content-Type", "multipart/form-data; boundary=curl")
	case given || isJSON:
		r.Body, r.HasBody = []byte(body), true
	}
	if r.Method == "" {
		switch {
		case *head:
			r.Method = http.MethodHead
		case r.HasBody || isForm:
			r.Method = http.MethodPost
		default:
			r.Method = http.MethodGet
		}
	}
	return r, nil
}
