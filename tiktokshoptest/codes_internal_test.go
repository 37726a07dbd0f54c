package tiktokshoptest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestMain fails if the server answered a test with a code that the facts do not have for the
// operation: programs that are tested against it would wait for what never comes.
func TestMain(m *testing.M) {
	facts, err := codesOfFacts()
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	unknown := make(map[string]bool)
	noteCode = func(rt *route, code int) {
		if !facts.has(rt, code) {
			mu.Lock()
			defer mu.Unlock()
			unknown[fmt.Sprintf("%d of %s %s", code, rt.method, rt.path)] = true
		}
	}
	result := m.Run()
	for text := range unknown {
		fmt.Println("FAIL: openapi/ does not have the code", text)
		result = 1
	}
	os.Exit(result)
}

// codeFacts are the codes of the operations, by method and path, and of the modules.
type codeFacts struct {
	operations map[string][]int
	modules    map[string][]int
}

func codesOfFacts() (codeFacts, error) {
	facts := codeFacts{make(map[string][]int), make(map[string][]int)}
	files, err := filepath.Glob("../openapi/*.json")
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return facts, err
		}
		var module struct {
			Paths map[string]map[string]json.RawMessage `json:"paths"`
		}
		if err := json.Unmarshal(content, &module); err != nil {
			return facts, err
		}
		for path, methods := range module.Paths {
			for method, raw := range methods {
				var op struct {
					Codes []int `json:"x-error-codes"`
				}
				if err := json.Unmarshal(raw, &op); err != nil {
					continue // what belongs to the path
				}
				facts.operations[strings.ToUpper(method)+" "+path] = op.Codes
				name := moduleOf(path)
				facts.modules[name] = append(facts.modules[name], op.Codes...)
			}
		}
	}
	return facts, err
}

// moduleOf is the first part of a path.
func moduleOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name
}

// has tells whether an operation may answer with a code. Those of the gateway every operation may,
// and of an operation whose page lists none those of its module are taken.
func (f codeFacts) has(rt *route, code int) bool {
	if code < 1_000_000 || code/1000 == 36009 {
		return true
	}
	own := f.operations[rt.method+" "+rt.path]
	if len(own) == 0 {
		own = f.modules[moduleOf(rt.path)]
	}
	return slices.Contains(own, code)
}

func TestCodesOfFacts(t *testing.T) {
	t.Parallel()
	facts, err := codesOfFacts()
	if err != nil {
		t.Fatal(err)
	}
	detail := &route{method: "GET", path: "/fulfillment/202309/packages/{package_id}"}
	for code, want := range map[int]bool{105002: true, 36009004: true, 10006402: true,
		21011001: false} {
		if facts.has(detail, code) != want {
			t.Errorf("code %d of %s: not %v", code, detail.path, want)
		}
	}
	if facts.has(&route{method: "POST", path: "/affiliate_partner/202411/orders/search"},
		21011001) {
		t.Error("a code of another module")
	}
}
