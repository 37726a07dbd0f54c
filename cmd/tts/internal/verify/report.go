package verify

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Report is what a run has seen. Nothing in it is a value of an answer, but for error codes, the
// platform's messages without ids, and values of fields that the facts have a list for.
type Report struct {
	Host     string    `json:"host"`
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Requests int       `json:"requests"`
	// Ended says why the run ended early; "" if it did not.
	Ended    string     `json:"ended,omitzero"`
	Accounts []string   `json:"accounts"`
	Findings []*Finding `json:"findings"`
	Forms    []*Form    `json:"forms"`
	Probes   []*Probe   `json:"probes,omitzero"`
	// Codes are the codes that answers had, each with the HTTP statuses that it came with.
	Codes      []*Code      `json:"codes"`
	Operations []*Operation `json:"operations"`
	// Samples is how many were written.
	Samples int `json:"samples,omitzero"`
}

func (r *Report) add(f Finding, requestID string) {
	i := slices.IndexFunc(r.Findings, func(g *Finding) bool { return g.same(&f) })
	if i < 0 {
		f.RequestID = requestID
		i = len(r.Findings)
		r.Findings = append(r.Findings, &f)
	}
	r.Findings[i].Count++
}

// Code is a code that answers had, 0 where they had none, with an HTTP status.
type Code struct {
	Code       int `json:"code"`
	HTTPStatus int `json:"http_status"`
	// Count is how many answers had both, Operation one of those.
	Count     int    `json:"count"`
	Operation string `json:"operation"`
}

func (r *Report) noteCode(code, status int, operation string) {
	i, known := slices.BinarySearchFunc(r.Codes, nil, func(c *Code, _ any) int {
		return cmp.Or(cmp.Compare(c.Code, code), cmp.Compare(c.HTTPStatus, status))
	})
	if !known {
		r.Codes = slices.Insert(r.Codes, i, &Code{Code: code, HTTPStatus: status,
			Operation: operation})
	}
	r.Codes[i].Count++
}

// Count is how many operations had an outcome.
func (r *Report) Count(o Outcome) int {
	n := 0
	for _, op := range r.Operations {
		if op.Outcome == o {
			n++
		}
	}
	return n
}

// Without leaves out findings of some kinds.
func (r *Report) Without(kinds ...Kind) {
	r.Findings = slices.DeleteFunc(r.Findings,
		func(f *Finding) bool { return slices.Contains(kinds, f.Kind) })
}

// Summary is the run in a line.
func (r *Report) Summary() string {
	return fmt.Sprintf("%d deviations; %d operations answered, %d refused, %d without an answer, %d not called; %d requests",
		len(r.Findings), r.Count(WasAnswered), r.Count(WasRefused)+r.Count(WasDeviant),
		r.Count(Unanswered), r.Count(NotCalled), r.Requests)
}

// Markdown writes the report to be read.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# The platform against the facts\n")
	line("%s, %s to %s, tts %s, for: %s.\n", r.Host, r.Started.Format(time.DateTime),
		r.Finished.Format(time.TimeOnly), r.Version,
		strings.Join(r.Accounts, ", "))
	line("%s.\n", r.Summary())
	if r.Ended != "" {
		line("**The run ended early: %s.**\n", cell(r.Ended))
	}
	line("## Deviations\n")
	if len(r.Findings) == 0 {
		line("None.\n")
	} else {
		line("| kind | operation | where | what | seen | request id |\n|---|---|---|---|---|---|")
		for _, f := range r.Findings {
			line("| %s | %s | %s | %s | %d | %s |", f.Kind, f.Operation, cell(f.Place),
				cell(f.Detail), f.Count, cell(f.RequestID))
		}
		line("")
	}
	line("## Signatures\n\n| form | result | requests | operation |\n|---|---|---|---|")
	for _, f := range r.Forms {
		line("| %s | %s | %d | %s |", f.Name, f.Result, f.Requests, f.Operation)
	}
	line("")
	if len(r.Probes) > 0 {
		line("## Probes\n\n| question | operation | HTTP | code | message |\n|---|---|---|---|---|")
		for _, p := range r.Probes {
			status, code := "", ""
			if p.Answered {
				status, code = fmt.Sprint(p.HTTPStatus), fmt.Sprint(p.Code)
			}
			line("| %s | %s | %s | %s | %s |", cell(p.Question), p.Operation, status, code,
				cell(p.Message))
		}
		line("")
	}
	line("## Codes and HTTP statuses\n\n| code | HTTP | answers | operation |\n|---|---|---|---|")
	for _, c := range r.Codes {
		line("| %d | %d | %d | %s |", c.Code, c.HTTPStatus, c.Count, c.Operation)
	}
	line("")
	for _, o := range []Outcome{WasAnswered, WasDeviant, WasRefused, Unanswered, NotCalled} {
		if r.Count(o) == 0 {
			continue
		}
		line("## Operations: %s\n", o)
		if o == WasAnswered {
			line("| operation | calls | fields seen | fields known |\n|---|---|---|---|")
		} else {
			line("| operation | calls | why |\n|---|---|---|")
		}
		for _, op := range r.Operations {
			switch {
			case op.Outcome != o:
			case o == WasAnswered:
				line("| %s | %d | %d | %d |", op.Name, op.Calls, op.Seen, op.Fields)
			default:
				line("| %s | %d | %s |", op.Name, op.Calls, cell(op.Reason))
			}
		}
		line("")
	}
	line("%d operations are not in the list of what may be called.", r.Count(ByRule))
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text in its cell.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;").Replace(s)
}
