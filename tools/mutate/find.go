package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode/utf8"
)

// Key names a mutant in a way that outlives changes elsewhere in its file: there is no line in it.
type Key struct {
	File     string `json:"file"`     // from the repository's root
	Function string `json:"function"` // such as "(*Handler).receive"; "var x" outside of functions
	Operator string `json:"operator"` // what the mutant does, such as "< to <="
	Source   string `json:"source"`   // what it does it to, white space made one, a long one cut
	Ordinal  int    `json:"ordinal"`  // 1 for the first mutant that is the same in all of the above
}

func (k Key) String() string {
	s := fmt.Sprintf("%s %s: %s: `%s`", k.File, k.Function, k.Operator, k.Source)
	if k.Ordinal > 1 {
		s += fmt.Sprintf(" (no. %d)", k.Ordinal)
	}
	return s
}

// mutant is one small change of the source, compiled in beside the original: prefix and suffix go
// around the text from start to end, and what they add runs if the mutant's id is the active one.
type mutant struct {
	Key
	id, line, column int
	start, end       int
	prefix, suffix   string
}

// finder finds the mutants of one file.
type finder struct {
	names *typeNames
	info  *types.Info
	fset  *token.FileSet
	file  string // from the repository's root
	src   []byte
	next  *int // the next mutant's id

	function string
	found    []*mutant
}

// find returns the mutants of a file, outer ones before those inside.
func (f *finder) find(file *ast.File) []*mutant {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			f.function = functionName(d)
			if d.Body != nil {
				ast.PreorderStack(d.Body, []ast.Node{d}, f.visit)
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				spec := spec.(*ast.ValueSpec)
				f.function = "var " + spec.Names[0].Name
				for _, value := range spec.Values {
					ast.PreorderStack(value, []ast.Node{spec}, f.visit)
				}
			}
		}
	}
	seen := make(map[Key]int)
	for _, m := range f.found {
		seen[m.Key]++
		m.Ordinal = seen[m.Key]
	}
	return f.found
}

func functionName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	name, pointer := d.Recv.List[0].Type, false
	for {
		switch t := name.(type) {
		case *ast.StarExpr:
			name, pointer = t.X, true
		case *ast.IndexExpr:
			name = t.X
		case *ast.IndexListExpr:
			name = t.X
		case *ast.Ident:
			if pointer {
				return "(*" + t.Name + ")." + d.Name.Name
			}
			return t.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// visit adds the mutants of one node. stack ends with its parent.
func (f *finder) visit(n ast.Node, stack []ast.Node) bool {
	parent := stack[len(stack)-1]
	switch n := n.(type) {
	case *ast.FuncType, *ast.StructType, *ast.ArrayType, *ast.InterfaceType, *ast.MapType:
		return false
	case *ast.DeclStmt:
		return n.Decl.(*ast.GenDecl).Tok == token.VAR
	case ast.Expr:
		return f.expression(n, parent)
	case ast.Stmt:
		f.statement(n, stack)
	}
	return true
}

// add adds a mutant of n.
func (f *finder) add(n ast.Node, operator, prefix, suffix string) {
	position := f.fset.Position(n.Pos())
	f.found = append(f.found, &mutant{
		Key: Key{File: f.file, Function: f.function, Operator: operator,
			Source: oneLine(f.text(n))},
		id:   *f.next,
		line: position.Line, column: position.Column,
		start: f.offset(n.Pos()), end: f.offset(n.End()),
		prefix: prefix, suffix: suffix,
	})
	*f.next++
}

// on is the condition under which the next mutant acts.
func (f *finder) on() string { return fmt.Sprintf("mutateOn(%d)", *f.next) }

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

func (f *finder) text(n ast.Node) string {
	return string(f.src[f.offset(n.Pos()):f.offset(n.End())])
}

const longestSource = 100

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > longestSource {
		s = string([]rune(s)[:longestSource]) + "…"
	}
	return s
}

// choose adds a mutant that replaces a boolean expression. It names no type, so it works where the
// others may not.
func (f *finder) choose(n ast.Expr, operator, alternative string) {
	convert := ""
	if named, ok := types.Unalias(f.info.TypeOf(n)).(*types.Named); ok {
		name, ok := f.names.of(named)
		if !ok {
			return
		}
		convert = name
	}
	on := f.on()
	f.add(n, operator, fmt.Sprintf("%s(%s && (%s) || !%s && (", convert, on, alternative, on), "))")
}

// replace adds a mutant that replaces an expression by another of the same type.
func (f *finder) replace(n ast.Expr, operator, alternative string) {
	name, ok := f.names.of(types.Default(f.info.TypeOf(n)))
	if !ok || strings.Contains(f.text(n), "recover()") {
		return
	}
	f.add(n, operator, fmt.Sprintf("func() %s { if %s { return %s }; return ", name, f.on(),
		alternative), " }()")
}

var comparisons = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ},
	token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ},
	token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ},
	token.NEQ: {token.EQL},
}

var arithmetic = map[token.Token]token.Token{
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL,
	token.REM: token.MUL,
	token.AND: token.OR, token.OR: token.AND, token.XOR: token.AND, token.AND_NOT: token.AND,
	token.SHL: token.SHR, token.SHR: token.SHL,
}

var assignments = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.MUL_ASSIGN: token.QUO_ASSIGN, token.QUO_ASSIGN: token.MUL_ASSIGN,
	token.REM_ASSIGN: token.MUL_ASSIGN,
	token.AND_ASSIGN: token.OR_ASSIGN, token.OR_ASSIGN: token.AND_ASSIGN,
	token.XOR_ASSIGN:     token.AND_ASSIGN,
	token.AND_NOT_ASSIGN: token.AND_ASSIGN, token.SHL_ASSIGN: token.SHR_ASSIGN,
	token.SHR_ASSIGN: token.SHL_ASSIGN,
}

// expression adds the mutants of an expression and reports whether there is more to find inside.
func (f *finder) expression(n ast.Expr, parent ast.Node) bool {
	tv := f.info.Types[n]
	if tv.IsType() {
		return false
	}
	if tv.Value != nil {
		f.constant(n, tv, parent)
		return false
	}
	switch e := n.(type) {
	case *ast.BinaryExpr:
		x, y := f.text(e.X), f.text(e.Y)
		swap := func(to token.Token) (string, string) {
			return fmt.Sprintf("%s to %s", e.Op, to), fmt.Sprintf("%s %s %s", x, to, y)
		}
		if others, ok := comparisons[e.Op]; ok {
			for _, to := range others {
				operator, alternative := swap(to)
				f.choose(e, operator, alternative)
			}
			return true
		}
		switch e.Op {
		case token.LAND:
			f.choose(e, "&& to ||", "("+x+") || ("+y+")")
			return true
		case token.LOR:
			f.choose(e, "|| to &&", "("+x+") && ("+y+")")
			return true
		}
		if basic, ok := tv.Type.Underlying().(*types.Basic); ok &&
			basic.Info()&types.IsString != 0 {
			f.replace(e, "concatenation dropped", x)
		} else if to, ok := arithmetic[e.Op]; ok {
			operator, _ := swap(to)
			f.replace(e, operator, fmt.Sprintf("(%s) %s (%s)", x, to, y))
		}
		return true
	case *ast.UnaryExpr:
		switch e.Op {
		case token.NOT:
			f.choose(e, "! removed", f.text(e.X))
			return true
		case token.SUB:
			f.replace(e, "- removed", f.text(e.X))
		}
	case *ast.CallExpr:
		f.skipCall(e, tv.Type, parent)
	case *ast.ParenExpr:
		return true
	}
	if f.isCondition(n, parent) {
		f.choose(n, "negated", "!("+f.text(n)+")")
	}
	return true
}

// isCondition reports whether an expression decides something, alone or as an operand.
func (f *finder) isCondition(n ast.Expr, parent ast.Node) bool {
	t := f.info.TypeOf(n)
	if t == nil { // the name of a label, or "_"
		return false
	}
	if basic, ok := t.Underlying().(*types.Basic); !ok || basic.Info()&types.IsBoolean == 0 {
		return false
	}
	switch p := parent.(type) {
	case *ast.IfStmt:
		return p.Cond == n
	case *ast.ForStmt:
		return p.Cond == n
	case *ast.BinaryExpr:
		return p.Op == token.LAND || p.Op == token.LOR
	case *ast.CaseClause, *ast.ReturnStmt, *ast.ParenExpr:
		return true
	}
	return false
}

// constant adds a mutant of a constant where it is used, which is what it is known by.
func (f *finder) constant(n ast.Expr, tv types.TypeAndValue, parent ast.Node) {
	// a capacity shows in nothing but the memory it takes
	if call, ok := parent.(*ast.CallExpr); ok {
		if ident, ok := call.Fun.(*ast.Ident); ok && ident.Name == "make" && len(call.Args) == 3 &&
			call.Args[2] == n {
			return
		}
	}
	defer func(before int) {
		if _, block := parent.(*ast.CompositeLit); len(f.found) > before && !block {
			f.found[before].Source = oneLine(f.text(n) + " in " + f.text(parent))
		}
	}(len(f.found))
	text := f.text(n)
	named, _ := types.Unalias(tv.Type).(*types.Named)
	duration := named != nil && named.String() == "time.Duration"
	if named != nil && named.Obj().Pkg() != f.names.pkg && !duration {
		return // another package's enumeration, such as a level of log records
	}
	switch tv.Value.Kind() {
	case constant.Bool:
		f.replace(n, "constant negated", "!("+text+")")
	case constant.Int, constant.Float:
		basic, ok := tv.Type.Underlying().(*types.Basic)
		if !ok {
			return
		}
		switch {
		case (basic.Info()&types.IsFloat != 0 || duration) && constant.Sign(tv.Value) != 0:
			f.replace(n, "constant doubled", "2 * ("+text+")")
		case !isLargest(tv.Value, basic):
			f.replace(n, "constant + 1", "("+text+") + 1")
		}
	}
}

// isLargest reports whether a constant is the largest of its type, so that there is none after it.
func isLargest(value constant.Value, of *types.Basic) bool {
	if value.Kind() != constant.Int || of.Info()&types.IsInteger == 0 ||
		of.Info()&types.IsUntyped != 0 {
		return false
	}
	bits := 8 * int(types.SizesFor("gc", "amd64").Sizeof(of))
	if of.Info()&types.IsUnsigned == 0 {
		bits--
	}
	return constant.BitLen(constant.BinaryOp(value, token.ADD, constant.MakeInt64(1))) > bits &&
		constant.Sign(value) > 0
}

// skipCall adds a mutant that leaves out a call whose error decides what follows, as if it had gone
// well: zero values and no error. Calls that are statements are deleted instead.
func (f *finder) skipCall(call *ast.CallExpr, result types.Type, parent ast.Node) {
	switch p := parent.(type) {
	case *ast.AssignStmt:
		if len(p.Rhs) != 1 || p.Tok == token.ASSIGN && !slices.ContainsFunc(p.Lhs, isNamed) {
			return // "_ = f()" is deleted as a whole
		}
	case *ast.ReturnStmt:
		if len(p.Results) != 1 {
			return
		}
	case *ast.ValueSpec:
		if len(p.Values) != 1 {
			return
		}
	default:
		return
	}
	results, ok := result.(*types.Tuple)
	if !ok {
		if result == nil {
			return
		}
		results = types.NewTuple(types.NewVar(token.NoPos, nil, "", result))
	}
	if results.Len() == 0 || !isError(results.At(results.Len()-1).Type()) || isErrorMaker(call) {
		return
	}
	var named []string
	for v := range results.Variables() {
		name, ok := f.names.of(v.Type())
		if !ok {
			return
		}
		named = append(named, "_ "+name)
	}
	f.add(call, "call skipped",
		fmt.Sprintf("func() (%s) { if %s { return }; return ", strings.Join(named, ", "), f.on()),
		" }()")
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// isErrorMaker reports whether a call only makes an error, as fmt.Errorf does: the mutant of the
// result says the same.
func isErrorMaker(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && (x.Name == "errors" || x.Name == "fmt" && sel.Sel.Name == "Errorf")
}

// statement adds the mutants of a statement.
func (f *finder) statement(n ast.Stmt, stack []ast.Node) {
	list := false // among statements, where a condition may stand around it
	switch p := stack[len(stack)-1].(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		list = true
	case *ast.CommClause:
		list = p.Comm != n
	}
	switch s := n.(type) {
	case *ast.ReturnStmt:
		f.returned(s, stack)
		return
	case *ast.IncDecStmt:
		f.step(s)
	case *ast.AssignStmt:
		if to, ok := assignments[s.Tok]; ok && list && !isString(f.info.TypeOf(s.Lhs[0])) {
			f.add(s, fmt.Sprintf("%s to %s", s.Tok, to),
				fmt.Sprintf("if %s { %s %s %s } else { ", f.on(), f.text(s.Lhs[0]), to,
					f.text(s.Rhs[0])),
				" }")
		}
	}
	if list && f.deletable(n) {
		f.add(n, "statement deleted", fmt.Sprintf("if !%s { ", f.on()), " }")
	}
}

func isString(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

// deletable reports whether leaving a statement out changes something and compiles.
func (f *finder) deletable(n ast.Stmt) bool {
	switch s := n.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return true // a receive
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Helper" {
			return false
		}
		return true
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			return false
		}
		if !slices.ContainsFunc(s.Lhs, isNamed) { // only what the right side does counts
			_, call := s.Rhs[0].(*ast.CallExpr)
			return call
		}
		return true
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.IncDecStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt:
		return true
	}
	return false
}

// isNamed reports whether the left side of an assignment is not "_".
func isNamed(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return !ok || id.Name != "_"
}

// step turns ++ into -- and the other way round. It works in the head of a loop, too.
func (f *finder) step(s *ast.IncDecStmt) {
	name, ok := f.names.of(f.info.TypeOf(s.X))
	if !ok {
		return
	}
	from, to := "++", "--"
	if s.Tok == token.DEC {
		from, to = to, from
	}
	on := f.on()
	position := f.fset.Position(s.Pos())
	// The prefix replaces nothing: x++ stays, and what is added twice undoes it.
	f.found = append(f.found, &mutant{
		Key: Key{File: f.file, Function: f.function, Operator: from + " to " + to,
			Source: oneLine(f.text(s))},
		id: *f.next, line: position.Line, column: position.Column,
		start: f.offset(s.TokPos), end: f.offset(s.End()),
		prefix: fmt.Sprintf("%s= mutateStep[%s](%s) /* ", from[:1], name, on), suffix: " */",
	})
	*f.next++
}

// returned adds the mutants of a return statement: each result that is neither a condition nor a
// number becomes the zero value of its type. Where nothing is returned, the statement is deleted.
func (f *finder) returned(s *ast.ReturnStmt, stack []ast.Node) {
	var signature *types.Signature
	var body *ast.BlockStmt
	for _, n := range slices.Backward(stack) {
		switch fn := n.(type) {
		case *ast.FuncLit:
			signature, _ = f.info.TypeOf(fn).(*types.Signature)
			body = fn.Body
		case *ast.FuncDecl:
			signature, _ = f.info.Defs[fn.Name].Type().(*types.Signature)
			body = fn.Body
		default:
			continue
		}
		break
	}
	if signature == nil {
		return
	}
	results := signature.Results()
	if len(s.Results) == 0 {
		if results.Len() == 0 && body.List[len(body.List)-1] != s {
			f.add(s, "statement deleted", fmt.Sprintf("if !%s { ", f.on()), " }")
		}
		return
	}
	for i := range results.Len() {
		name, ok := f.names.of(results.At(i).Type())
		if !ok {
			continue
		}
		zero := "*new(" + name + ")"
		if len(s.Results) != results.Len() { // return f()
			left, right := make([]string, results.Len()), make([]string, results.Len())
			for j := range left {
				left[j] = fmt.Sprintf("mutateResult%d", j)
				right[j] = left[j]
			}
			left[i], right[i] = "_", zero
			f.add(s, fmt.Sprintf("result %d zero", i+1),
				fmt.Sprintf("{ if %s { %s := %s; return %s }; ", f.on(),
					strings.Join(left, ", "), f.text(s.Results[0]),
					strings.Join(right, ", ")), " }")
			continue
		}
		if !f.canBeZeroed(s.Results[i]) {
			continue
		}
		values := make([]string, len(s.Results))
		for j, e := range s.Results {
			values[j] = f.text(e)
		}
		evaluate := "_ = " + values[i] + "; "
		values[i] = zero
		f.add(s, fmt.Sprintf("result %d zero", i+1),
			fmt.Sprintf("{ if %s { %sreturn %s }; ", f.on(), evaluate, strings.Join(values, ", ")),
			" }")
	}
}

// canBeZeroed reports whether zero in the place of a result says something new.
func (f *finder) canBeZeroed(e ast.Expr) bool {
	tv := f.info.Types[e]
	switch {
	case tv.IsNil():
		return false
	case tv.Value != nil:
		return tv.Value.Kind() == constant.String && constant.StringVal(tv.Value) != ""
	}
	if basic, ok := tv.Type.Underlying().(*types.Basic); ok && basic.Info()&types.IsBoolean != 0 {
		return false
	}
	if lit, ok := e.(*ast.CompositeLit); ok && len(lit.Elts) == 0 {
		switch tv.Type.Underlying().(type) {
		case *types.Struct, *types.Array:
			return false
		}
	}
	return true
}
