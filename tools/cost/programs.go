package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// program is the source of one that makes one call.
type program struct{ name, source string }

// write puts the program into a folder of its own.
func (p program) write(folder string) error {
	folder = filepath.Join(folder, p.name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "main.go"), []byte(p.source), 0o644)
}

const (
	rootProgram   = "root"
	moduleProgram = "module"
	moduleName    = "product"
	moduleMethod  = "GetProduct"

	sdk = "github.com/tiktokshop-go/tiktokshop"
)

// bareSource is what a user writes without any SDK, but for signing.
const bareSource = `package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

type request struct {
	ProductIDs []string ` + "`json:\"product_ids\"`" + `
}

type response struct {
	Code    int    ` + "`json:\"code\"`" + `
	Message string ` + "`json:\"message\"`" + `
	Data    struct {
		Links []struct {
			ProductID string ` + "`json:\"product_id\"`" + `
			Link      string ` + "`json:\"link\"`" + `
		} ` + "`json:\"product_promotion_links\"`" + `
	} ` + "`json:\"data\"`" + `
}

func run(ctx context.Context) error {
	body, err := json.Marshal(request{ProductIDs: os.Args[1:]})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://open-api.tiktokglobalshop.com/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-tts-access-token", os.Getenv("ACCESS_TOKEN"))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer response
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Code != 0 {
		return fmt.Errorf("code %d: %s", answer.Code, answer.Message)
	}
	for _, l := range answer.Data.Links {
		fmt.Println(l.ProductID, l.Link)
	}
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// rootSource makes the call of the README.
const rootSource = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/tiktokshop-go/tiktokshop"
)

func run(ctx context.Context) error {
	client, err := tiktokshop.NewClient(os.Getenv("APP_KEY"), os.Getenv("APP_SECRET"),
		tiktokshop.WithAccessToken(os.Getenv("ACCESS_TOKEN")), tiktokshop.WithCategoryAssetCipher(os.Getenv("CIPHER")))
	if err != nil {
		return err
	}
	req := &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: tiktokshop.ID(os.Args[1])}
	for _, id := range os.Args[2:] {
		req.ProductIDs = append(req.ProductIDs, tiktokshop.ID(id))
	}
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(ctx, req)
	if err != nil {
		return err
	}
	for _, l := range resp.Data.ProductPromotionLinks {
		fmt.Println(l.ProductID, l.Link)
	}
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// programs are the bare one first, then those with the SDK; without modules, only the root's.
func programs(repository string) ([]program, error) {
	all := []program{{"bare", bareSource}, {rootProgram, rootSource}}
	folders, err := filepath.Glob(filepath.Join(repository, "api", "*"))
	if err != nil || len(folders) == 0 {
		return all, err
	}
	var calls []call
	for _, folder := range folders {
		c, err := findCall(folder, "")
		if errors.Is(err, fs.ErrNotExist) {
			continue // no package
		}
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	one, err := findCall(filepath.Join(repository, "api", moduleName), moduleMethod)
	if err != nil {
		return nil, err
	}
	return append(all, program{moduleProgram, callsSource([]call{one})},
		program{"modules", callsSource(calls)}), nil
}

// call is that of a generated method.
type call struct{ pkg, method, request string }

// findCall finds a method of a module's service, or the first that takes a request.
func findCall(folder, method string) (call, error) {
	c := call{pkg: filepath.Base(folder)}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, "service.gen.go"), nil,
		0)
	if err != nil {
		return c, err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || method != "" && f.Name.Name != method ||
			len(f.Type.Params.List) < 2 {
			continue
		}
		if star, ok := f.Type.Params.List[1].Type.(*ast.StarExpr); ok {
			if request, ok := star.X.(*ast.Ident); ok {
				c.method, c.request = f.Name.Name, request.Name
				return c, nil
			}
		}
	}
	return c, fmt.Errorf("%s: no method %s that takes a request", c.pkg, method)
}

// callsSource is a program that makes each of the calls.
func callsSource(calls []call) string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"os\"\n\n\t\"" + sdk +
		"\"\n")
	for _, c := range calls {
		fmt.Fprintf(&b, "\t%q\n", path.Join(sdk, "api", c.pkg))
	}
	b.WriteString(`)

func run(ctx context.Context) error {
	client, err := tiktokshop.NewClient(os.Getenv("APP_KEY"), os.Getenv("APP_SECRET"),
		tiktokshop.WithAccessToken(os.Getenv("ACCESS_TOKEN")), tiktokshop.WithShopCipher(os.Getenv("CIPHER")))
	if err != nil {
		return err
	}
`)
	for _, c := range calls {
		fmt.Fprintf(&b, `	if resp, err := %s.New(client).%s(ctx, &%s.%s{}); err != nil {
		return err
	} else {
		fmt.Println(resp.Data)
	}
`, c.pkg, c.method, c.pkg, c.request)
	}
	b.WriteString(`	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`)
	return b.String()
}

var required = regexp.MustCompile(`(?m)^\s*(?:require\s+)?(\S+\.\S+/\S+ v\S+)`)

// writeModule writes the programs into a module that uses the repository's SDK.
func writeModule(folder, repository string, all []program) error {
	for _, p := range all {
		if err := p.write(folder); err != nil {
			return err
		}
	}
	theirs, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		return err
	}
	version := regexp.MustCompile(`(?m)^go \S+$`).Find(theirs)
	mod := fmt.Sprintf("module cost\n\n%s\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", version, sdk,
		sdk, repository)
	for _, m := range required.FindAllSubmatch(theirs, -1) {
		mod += fmt.Sprintf("\nrequire %s // indirect\n", m[1])
	}
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte(mod), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "go.sum"), sums, 0o644)
}

// countLines counts what is in the repository, but for hidden folders and testdata.
func countLines(repository string) (string, error) {
	counts := make(map[string]int)
	var kinds []string
	err := filepath.WalkDir(repository, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != repository &&
			(strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") {
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(repository, file)
		if err != nil {
			return err
		}
		kind := kindOf(filepath.ToSlash(rel), data)
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		counts[kind] += strings.Count(string(data), "\n")
		return nil
	})
	if err != nil {
		return "", err
	}
	slices.Sort(kinds)
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s %d", kind, counts[kind])
	}
	return "lines: " + strings.Join(kinds, "; "), nil
}

var generatedBy = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// kindOf sorts a file for countLines.
func kindOf(file string, data []byte) string {
	top, _, below := strings.Cut(file, "/")
	switch {
	case generatedBy.Match(data):
		return "generated"
	case strings.HasSuffix(file, "_test.go"):
		return "tests"
	case !below:
		return "root package"
	case top == "tools" || top == "examples":
		return top
	}
	return "other packages"
}
