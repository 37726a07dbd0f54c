package main

import (
	"fmt"
	"io"
	"strings"
)

// report writes changes for a person: by module and operation, what breaks programs
// first. Changes of examples are only counted. Operations that nobody has reviewed, and what has no
// words, follow. The title is what was compared.
func report(w io.Writer, title string, changes []Change, unreviewed, lacking []string) error {
	var b strings.Builder
	breaking, looks, examples, remarks := 0, 0, 0, 0
	for _, c := range changes {
		switch {
		case c.Remark:
			remarks++
		case c.What == anotherExample:
			examples++
		case c.Breaking:
			breaking++
		}
		if c.Review {
			looks++
		}
	}
	fmt.Fprintf(&b, "%s: ", title)
	if len(changes) == remarks {
		b.WriteString("nothing has changed\n")
	} else {
		fmt.Fprintf(&b,
			"%d changes, %d of them breaking; %d were read from texts and want a look; %d more examples changed\n",
			len(changes)-examples-remarks, breaking, looks, examples)
	}
	module, operation := "", ""
	for _, c := range changes {
		if c.What == anotherExample {
			continue
		}
		if c.Module != module {
			module, operation = c.Module, ""
			fmt.Fprintf(&b, "\n%s\n", module)
		}
		if c.Operation+c.Path != operation {
			operation = c.Operation + c.Path
			fmt.Fprintf(&b, "  %s (%s)\n", c.Operation, c.Path)
		}
		mark := " "
		switch {
		case c.Breaking:
			mark = "!"
		case c.Remark:
			mark = "-"
		}
		b.WriteString("  " + mark + " ")
		if c.Field != "" {
			b.WriteString(c.Field + ": ")
		}
		b.WriteString(c.What)
		if c.Review {
			b.WriteString(" (?)")
		}
		b.WriteByte('\n')
	}
	if remarks > 0 {
		b.WriteString("\n- stays: a page may leave out what there is\n")
	}
	if len(changes) > examples+remarks {
		b.WriteString("\n! breaks programs that use the SDK, or calls they make\n(?) read from a text: look it up, and decide in tools/importer/values.json if it is wrong\n")
	}
	if len(unreviewed) > 0 {
		b.WriteString("\nis it safe to repeat? read what each does and write x-repeat-safe into it:\n  " + strings.Join(unreviewed, "\n  ") + "\n")
	}
	if len(lacking) > 0 {
		b.WriteString("\nwhat does it mean? write it into openapi/words:\n  " +
			strings.Join(lacking, "\n  ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
