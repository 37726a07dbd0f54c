package riverjobs

import "strings"

// EndTurnsNow ends each turn as soon as it has got something done.
func (w *LinksWorker) EndTurnsNow() { w.opts.turn = 1 }

// EndTurnsNow ends each turn as soon as it has got something done.
func (w *BackfillWorker) EndTurnsNow() { w.opts.turn = 1 }

// OrderStatements are those that OrderIndex is for, with values of no meaning.
func OrderStatements(schema string) (statements []string) {
	for _, s := range []string{countBefore(schema), findNext(schema)} {
		statements = append(statements, strings.NewReplacer("$1", "'1'", "$2", "'2'", "$3", "3",
			"$4", "4").Replace(s))
	}
	return statements
}
