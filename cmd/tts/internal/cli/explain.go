package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
)

func (a *App) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain module.Operation [field]",
		Short: "Say what an operation, its fields and their values mean, offline",
		Long: `Say what an operation does, what it needs, and what the fields of its request and its answer mean, from tables in this
program. With a field, such as order_status or orders.line_items, all about that field alone.`,
		Example: `  tts explain order.GetOrderList
  tts explain order.GetOrderList order_status
  tts explain order.GetOrderList orders.payment`,
		Args: arguments(1, 2, "an operation, such as order.GetOrderList, and a field if wanted"),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := catalog.Find(args[0])
			if err != nil {
				return &output.UsageError{Err: err}
			}
			if len(args) == 2 {
				return a.explainField(e, args[1])
			}
			return a.explain(e)
		},
		ValidArgsFunction: func(
			c *cobra.Command, args []string, typed string,
		) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return completeFields(args[0])
			}
			return completeOperations(c, args, typed)
		},
	}
}

func completeFields(operation string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []cobra.Completion
	if e, err := catalog.Find(operation); err == nil {
		for _, f := range slices.Concat(e.Path, e.Query, e.Body, e.Answer) {
			names = append(names, cobra.CompletionWithDesc(f.Name, f.Doc))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *App) explain(e *catalog.Entry) error {
	return a.Show(e.Explain(), func() error {
		a.Println("%s", a.Bold(e.Name))
		a.Println("%s", strings.TrimSpace(e.Summary+" "+e.Description))
		a.Println("")
		a.Println("request   %s %s", e.Method, e.Template())
		for _, fact := range [][2]string{
			{"token of", e.Entity},
			{"cipher", catalog.CipherNames[e.Identifier]},
			{"scopes", strings.Join(e.Scopes, ", ")},
			{"repeat", map[bool]string{true: "does no harm", false: "may do harm"}[e.RepeatSafe]},
			{"pages", map[bool]string{true: "yes: --all reads all"}[e.Pages != nil]},
			{"stops", e.Retired},
			{"instead", e.Successor},
			{"known", map[bool]string{true: "in part only"}[e.Confidence == "partial"]},
			{"page", e.Page},
		} {
			if fact[1] != "" {
				a.Println("%-9s %s", fact[0], fact[1])
			}
		}
		for _, part := range []struct {
			title  string
			fields []*catalog.Field
		}{{"PATH", e.Path}, {"QUERY", e.Query}, {"BODY", e.Body}, {"ANSWER", e.Answer}} {
			if len(part.fields) > 0 {
				a.Println("\n%s", a.Bold(part.title))
				a.fieldLines(part.fields, 1, 2)
			}
		}
		return nil
	})
}

// fieldLines prints fields and those in them, depth levels deep.
func (a *App) fieldLines(fields []*catalog.Field, indent, depth int) {
	space := strings.Repeat("  ", indent)
	for _, f := range fields {
		about := limitsOf(f)
		if about != "" {
			about = ", " + about
		}
		a.Println("%s%s  %s", space, a.Yellow(f.Name), a.Faint(typeOf(f)+about))
		if f.Doc != "" {
			a.Println("%s    %s", space, f.Doc)
		}
		values := f.Values
		inner := f.Fields
		if f.Items != nil {
			values, inner = append(values, f.Items.Values...), f.Items.Fields
		}
		if len(values) > 0 {
			var names []string
			for _, v := range values {
				names = append(names, v.Value)
			}
			a.Println("%s    %s", space, strings.Join(names, " | "))
		}
		if depth > 1 {
			a.fieldLines(inner, indent+2, depth-1)
		} else if len(inner) > 0 {
			a.Println("%s    %s", space, a.Faint("… "+strings.Join(namesOf(inner), ", ")))
		}
	}
}

func namesOf(fields []*catalog.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

func typeOf(f *catalog.Field) string {
	switch f.Type {
	case "":
		return "text"
	case "list":
		return "list of " + typeOf(f.Items)
	}
	return f.Type
}

// explainField prints all about the fields at a path, in the request and in the answer.
func (a *App) explainField(e *catalog.Entry, path string) error {
	type found struct {
		In    string         `json:"in"`
		Field *catalog.Field `json:"field"`
	}
	var all []found
	for _, part := range []struct {
		in     string
		fields []*catalog.Field
	}{{"path", e.Path}, {"query", e.Query}, {"body", e.Body}, {"answer", e.Answer}} {
		for _, f := range fieldsAt(part.fields, path) {
			all = append(all, found{part.in, f})
		}
	}
	if len(all) == 0 {
		return &output.CodeError{
			Code: output.Usage, Err: usagef("%s has no field %s", e.Name, path),
			Hint: "`tts explain " + e.Name + "` has all",
		}
	}
	return a.Show(all, func() error {
		for _, hit := range all {
			a.Println("%s", a.Bold(strings.ToUpper(hit.In)))
			shown := *hit.Field
			shown.Name = path
			a.fieldLines([]*catalog.Field{&shown}, 1, 10)
			values := shown.Values
			if shown.Items != nil {
				values = append(values, shown.Items.Values...)
			}
			for _, v := range values {
				if v.Doc != "" {
					a.Println("      %s: %s", v.Value, v.Doc)
				}
			}
		}
		return nil
	})
}

// fieldsAt are the fields at a path such as "orders.payment"; of a name alone, all that have it,
// however deep.
func fieldsAt(fields []*catalog.Field, path string) (found []*catalog.Field) {
	path = strings.ReplaceAll(path, "[]", "")
	name, rest, nested := strings.Cut(path, ".")
	for _, f := range fields {
		inner := f.Fields
		if f.Items != nil {
			inner = f.Items.Fields
		}
		switch {
		case f.Name == name && nested:
			found = append(found, fieldsAt(inner, rest)...)
		case f.Name == name:
			found = append(found, f)
		case !nested:
			found = append(found, fieldsAt(inner, path)...)
		}
	}
	return found
}
