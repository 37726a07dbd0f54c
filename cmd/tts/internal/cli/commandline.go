package cli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/alike"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
)

// group is a command that only has others below it.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, RunE: helpOfGroup}
	g.AddCommand(commands...)
	return g
}

// helpOfGroup is what a command does that needs another one behind it.
func helpOfGroup(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// help prints the help of a command; as JSON with --json, like everything else.
func (a *App) help(plain func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		if !a.JSON {
			plain(cmd, args)
			return
		}
		var text bytes.Buffer
		cmd.SetOut(&text)
		plain(cmd, args)
		cmd.SetOut(a.Out)
		// a.Out keeps the error
		_ = a.Value(map[string]string{"command": cmd.CommandPath(), "help": text.String()})
	}
}

// strict has every command of the tree refuse what it does not take, in words that do without
// cobra's, and note when a command line was understood: an error before that is one of usage.
func (a *App) strict(c *cobra.Command) {
	for _, below := range c.Commands() {
		a.strict(below)
	}
	exampleOf(c)
	args, run, script := c.Args, c.RunE, c.RunE
	switch {
	case c.Name() == "help":
		c.Run, run = nil,
			func(cmd *cobra.Command, given []string) error { return helpFor(cmd.Root(), given) }
	case c.HasParent() && c.Parent().Name() == "completion":
		run = func(cmd *cobra.Command, given []string) error {
			if a.JSON {
				return usagef("--json: a shell takes the script as it is")
			}
			return script(cmd, given)
		}
	case c.Name() == "completion":
		args, run = nil, helpOfGroup
	case run == nil:
		return // a topic of the help
	}
	c.Args = func(cmd *cobra.Command, given []string) error {
		switch {
		case args != nil:
			if err := args(cmd, given); err != nil {
				return err
			}
		case cmd.HasSubCommands() && len(given) > 0:
			return unknownCommand(cmd, given[0])
		}
		return emptyFlags(cmd)
	}
	c.RunE = func(cmd *cobra.Command, given []string) error {
		a.started = true
		return run(cmd, given)
	}
}

// exampleOf gives commands examples that have none of their own: groups one of each command below
// them.
func exampleOf(c *cobra.Command) {
	switch {
	case c.Example != "":
	case c.Name() == "help":
		c.Example = "  tts help links"
	case c.Name() == "completion":
		c.Example = "  source <(tts completion bash)"
	case c.HasParent() && c.Parent().Name() == "completion":
		c.Example = "  tts completion " + c.Name()
	default:
		var lines []string
		for _, below := range c.Commands() {
			if line, _, _ := strings.Cut(below.Example, "\n"); line != "" {
				lines = append(lines, line)
			}
		}
		c.Example = strings.Join(lines, "\n")
	}
}

// helpFor is `tts help` with the names of a command.
func helpFor(root *cobra.Command, names []string) error {
	c, rest, err := root.Find(names)
	if err == nil && len(rest) > 0 && c.Args != nil {
		err = c.Args(c, rest)
	}
	if err != nil {
		return &output.UsageError{Err: err}
	}
	c.InitDefaultHelpFlag()
	return c.Help()
}

// unknownCommand is the error for a command that is not there. It names those that are alike.
func unknownCommand(parent *cobra.Command, name string) error {
	var others []string
	for _, other := range namesBelow(parent) {
		if near(name, other) {
			others = append(others, other)
		}
	}
	return misused(parent, fmt.Sprintf("there is no command %q in %s", name, parent.CommandPath()),
		others)
}

func namesBelow(c *cobra.Command) (names []string) {
	for _, below := range c.Commands() {
		if !below.Hidden {
			names = append(names, below.Name())
		}
	}
	return names
}

// misused is an error of usage with what was probably meant, and where to read.
func misused(cmd *cobra.Command, text string, others []string) error {
	hint := "`" + cmd.CommandPath() + " --help` has all"
	if len(others) > 0 {
		hint = strings.Join(others, " or ") + "? " + hint
	}
	return &output.CodeError{Code: output.Usage, Err: usagef("%s", text), Hint: hint}
}

// flagError is the error for a flag that is not there, or that cannot be read.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var valueless *pflag.ValueRequiredError
	switch {
	case errors.As(err, &missing):
		name := missing.GetSpecifiedName()
		if missing.GetSpecifiedShortnames() != "" {
			return misused(cmd, "there is no flag -"+name, nil)
		}
		var others []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && near(name, f.Name) {
				others = append(others, "--"+f.Name)
			}
		})
		return misused(cmd, "there is no flag --"+name, others)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		kind := map[string]string{
			"bool": "true or false", "int": "a whole number", "float64": "a number",
			"duration": "a duration, such as 90s or 5m",
		}[f.Value.Type()]
		if kind != "" {
			return misused(cmd, fmt.Sprintf("--%s: must be %s, not %q", f.Name, kind,
				invalid.GetValue()), nil)
		}
	case errors.As(err, &valueless):
		return misused(cmd, "--"+valueless.GetSpecifiedName()+": needs a value", nil)
	}
	return misused(cmd, err.Error(), nil)
}

// near tells whether one name is probably the other one mistyped.
func near(typed, name string) bool {
	typed, name = strings.ToLower(typed), strings.ToLower(name)
	return typed != "" && (strings.HasPrefix(name, typed) ||
		alike.Distance(typed, name) <= max(1, len(name)/3))
}

// emptyFlags refuses texts that are given and empty: most likely a variable of a script is not set,
// and without the flag the command would do something else.
func emptyFlags(cmd *cobra.Command) error {
	var errs []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" {
			errs = append(errs, usagef("--%s: is empty; leave it out, or say what it is", f.Name))
		}
	})
	return errors.Join(errs...)
}

// arguments takes least to most arguments, which what names; most 0 is any number. The error says
// what is wrong with others.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		switch {
		case most == 0 && least == 0 && len(given) > 0:
			return misused(cmd, fmt.Sprintf("%s takes no arguments, but was given %q",
				cmd.CommandPath(), given[0]), nil)
		case len(given) < least:
			return misused(cmd, cmd.CommandPath()+" needs "+what, nil)
		case most > 0 && len(given) > most:
			return misused(cmd, fmt.Sprintf("%s takes %s, and no %q", cmd.CommandPath(), what,
				given[most]), nil)
		}
		return nil
	}
}

// noArguments is for commands that take flags only.
var noArguments = arguments(0, 0, "")

// required refuses flags that were not given.
func required(cmd *cobra.Command, names ...string) error {
	var missing []string
	for _, name := range names {
		if !cmd.Flags().Changed(name) {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return misused(cmd, cmd.CommandPath()+" needs "+strings.Join(missing, " and "), nil)
}

// wantsJSON tells whether --json is among the arguments, where they could not be understood.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json")
}
