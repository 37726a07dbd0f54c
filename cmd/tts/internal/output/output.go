// Package output prints what commands have to say: tables, JSON, and talk. What a command was asked
// for goes to stdout and nothing else does; talk goes to stderr.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
)

// Printer prints for one run of the program.
type Printer struct {
	Out, Err io.Writer
	// JSON prints JSON only.
	JSON bool
	// Terminal and ErrTerminal tell whether somebody looks at Out and Err as it comes.
	Terminal, ErrTerminal bool
	// NoColor prints no colours on a terminal either.
	NoColor bool

	mu      sync.RWMutex // a server's calls mask while another opens a client
	secrets []string
}

// Hide has no text of Note and Error show these from now on.
func (p *Printer) Hide(secrets ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range secrets {
		if len(s) >= 4 { // a shorter one would be found everywhere
			p.secrets = append(p.secrets, s)
		}
	}
}

// Masked is a text without the secrets of Hide.
func (p *Printer) Masked(text string) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.secrets {
		text = strings.ReplaceAll(text, s, "[redacted]")
	}
	return text
}

// Note talks to whoever sits there: one line to stderr, with JSON as an object with the name
// "note".
func (p *Printer) Note(format string, args ...any) {
	text := p.Masked(fmt.Sprintf(format, args...))
	if p.JSON {
		p.jsonLine(map[string]string{"note": text})
		return
	}
	fmt.Fprintln(p.Err, text)
}

// jsonLine prints an object to stderr.
func (p *Printer) jsonLine(v any) {
	e := json.NewEncoder(p.Err)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // there is nowhere else to tell
}

// Kept is a writer that remembers why it could not write, for those that do not ask.
type Kept struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (k *Kept) Write(b []byte) (int, error) {
	n, err := k.Writer.Write(b)
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.err == nil {
			k.err = err
		}
	}
	return n, err
}

// Failed is the first error, nil if all was written.
func (k *Kept) Failed() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// Println prints a line of what was asked for.
func (p *Printer) Println(format string, args ...any) {
	fmt.Fprintf(p.Out, format+"\n", args...)
}

// Value prints a value as JSON: indented for a terminal, on one line otherwise.
func (p *Printer) Value(v any) error {
	e := json.NewEncoder(p.Out)
	e.SetEscapeHTML(false)
	if p.Terminal {
		e.SetIndent("", "  ")
	}
	return e.Encode(v)
}

// Show prints v as JSON with --json, and calls plain otherwise.
func (p *Printer) Show(v any, plain func() error) error {
	if p.JSON {
		return p.Value(v)
	}
	return plain()
}

// Table prints rows: aligned under a header on a terminal; as tab-separated values without one for
// a program.
func (p *Printer) Table(header []string, rows [][]string) error {
	return p.StyledTable(header, rows, unstyled)
}

func unstyled(_ int, cell string) string { return cell }

// StyledTable is a Table whose cells are styled, by their column, after they are aligned: a cell
// itself has no styles.
func (p *Printer) StyledTable(
	header []string, rows [][]string, style func(column int, cell string) string,
) error {
	var b strings.Builder
	if !p.Terminal {
		for _, row := range rows {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(oneLine(cell))
			}
			b.WriteByte('\n')
		}
		_, err := io.WriteString(p.Out, b.String())
		return err
	}
	widths := make([]int, len(header))
	for i, cell := range header {
		widths[i] = runewidth.StringWidth(cell)
	}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(oneLine(cell)))
		}
	}
	line := func(cells []string, style func(column int, cell string) string) string {
		var l strings.Builder
		for i, cell := range cells {
			if i > 0 {
				l.WriteString("  ")
			}
			cell = oneLine(cell)
			l.WriteString(style(i, cell) + strings.Repeat(" ",
				widths[i]-runewidth.StringWidth(cell)))
		}
		return strings.TrimRight(l.String(), " ")
	}
	b.WriteString(p.Bold(line(header, unstyled)) + "\n")
	for _, row := range rows {
		b.WriteString(line(row, style) + "\n")
	}
	_, err := io.WriteString(p.Out, b.String())
	return err
}

// oneLine keeps a cell in its line, and a terminal from obeying what the platform sent.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// Bold makes a text bold for stdout, if that is a terminal and colours are wanted.
func (p *Printer) Bold(s string) string { return p.style(p.Terminal, "1", s) }

// Faint makes a text faint, where Bold makes one bold.
func (p *Printer) Faint(s string) string { return p.style(p.Terminal, "2", s) }

// Red makes a text red, where Bold makes one bold.
func (p *Printer) Red(s string) string { return p.style(p.Terminal, "31", s) }

// Green makes a text green, where Bold makes one bold.
func (p *Printer) Green(s string) string { return p.style(p.Terminal, "32", s) }

// Yellow makes a text yellow, where Bold makes one bold.
func (p *Printer) Yellow(s string) string { return p.style(p.Terminal, "33", s) }

func (p *Printer) style(terminal bool, code, s string) string {
	if !terminal || p.NoColor || p.JSON || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
