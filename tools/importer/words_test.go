package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unexplain takes all words away.
func (d *Document) unexplain() {
	d.Info.About = ""
	for _, item := range d.Paths {
		for _, op := range item {
			op.Summary, op.About = "", ""
			for _, p := range op.Parameters {
				p.About = ""
				unexplain(p.Schema)
			}
			if op.Body != nil {
				for _, media := range op.Body.Content {
					unexplain(media.Schema)
				}
			}
			for _, answer := range op.Responses {
				for _, media := range answer.Content {
					unexplain(media.Schema)
				}
			}
		}
	}
}

func unexplain(s *Schema) {
	s.About, s.ValuesAbout = "", nil
	if s.Items != nil {
		unexplain(s.Items)
	}
	if s.Properties != nil {
		for _, field := range s.Properties.ByName {
			unexplain(field)
		}
	}
}

// The words in openapi/ are those of openapi/words, and everything has some.
func TestFactsAreExplained(t *testing.T) {
	t.Parallel()
	facts, err := readFacts(factsFolder)
	require.NoError(t, err)
	lacking, err := facts.explain(factsFolder)
	require.NoError(t, err)
	assert.Empty(t, lacking, "go -C tools run ./importer -words lists them")
	for module, doc := range facts {
		data, err := doc.Encode()
		require.NoError(t, err)
		have, err := os.ReadFile(filepath.Join(factsFolder, module+".json"))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(have, data),
			"%s.json has other words than openapi/words: run go generate ./...", module)
	}
}

// wordy is a module with two versions of an operation, whose answer has a field as the request has.
const wordy = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[],"paths":{
	"/w/202401/widgets":{"post":{"operationId":"AddWidget_202401","tags":[],"x-name":"AddWidget","x-version":"202401","x-identifier":"none","x-source":"oas",
		"description":"not ours",
		"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","properties":{
			"state":{"type":"string","x-values":["ON","OFF"]},"parts":{"type":"array","items":{"type":"object","properties":{"state":{"type":"string"}}}}}}}}},
		"responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"type":"object","properties":{
			"code":{"type":"integer"},"data":{"type":"object","properties":{"code":{"type":"string"},"state":{"type":"string"}}}}}}}}}}},
	"/w/202501/widgets":{"post":{"operationId":"AddWidget_202501","tags":[],"x-name":"AddWidget","x-version":"202501","x-identifier":"none","x-source":"oas",
		"parameters":[{"name":"state","in":"query","required":false,"schema":{"type":"string"}}],"responses":{}}}}}`

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, module, common string
		at                   string // of what is looked at: operation, side, path
		want                 string
	}{
		{"name alone", `"fields":{"state":"S."}`, ``, "AddWidget_202401 request state", "S."},
		{"name alone, nested", `"fields":{"state":"S."}`, ``,
			"AddWidget_202401 request parts.state", "S."},
		{"parameter", `"fields":{"state":"S."}`, ``, "AddWidget_202501 request state", "S."},
		{"longer path wins", `"fields":{"state":"S.","parts.state":"P."}`, ``,
			"AddWidget_202401 request parts.state", "P."},
		{"longer path is not the shorter one's", `"fields":{"state":"S.","parts.state":"P."}`, ``,
			"AddWidget_202401 request state", "S."},
		{"side wins", `"fields":{"state":"S.","answer:state":"A."}`, ``,
			"AddWidget_202401 answer state", "A."},
		{"other side", `"fields":{"state":"S.","answer:state":"A."}`, ``,
			"AddWidget_202401 request state", "S."},
		{"path before side", `"fields":{"parts.state":"P.","request:state":"A."}`, ``,
			"AddWidget_202401 request parts.state", "P."},
		{"operation before path", `"fields":{"parts.state":"P.","AddWidget:state":"O."}`, ``,
			"AddWidget_202401 request parts.state", "O."},
		{"version before operation",
			`"fields":{"AddWidget_202501:state":"V.","AddWidget:state":"O."}`, ``,
			"AddWidget_202501 request state", "V."},
		{"another version", `"fields":{"AddWidget_202501:state":"V.","AddWidget:state":"O."}`, ``,
			"AddWidget_202401 request state", "O."},
		{"operation and side", `"fields":{"AddWidget answer:state":"V.","state":"S."}`, ``,
			"AddWidget_202401 answer state", "V."},
		{"module before common", `"fields":{"state":"S."}`, `"fields":{"state":"C."}`,
			"AddWidget_202401 request state", "S."},
		{"common", ``, `"fields":{"state":"C."}`, "AddWidget_202401 request state", "C."},
		{"closer common before module", `"fields":{"state":"S."}`, `"fields":{"parts.state":"C."}`,
			"AddWidget_202401 request parts.state", "C."},
		{"envelope", `"fields":{"code":"D."}`, `"fields":{"envelope:code":"E."}`,
			"AddWidget_202401 envelope code", "E."},
		{"inside the envelope", `"fields":{"code":"D."}`, `"fields":{"envelope:code":"E."}`,
			"AddWidget_202401 answer code", "D."},
		{"words of others go", ``, ``, "AddWidget_202401", ""},
		{"operation", `"operations":{"AddWidget":{"summary":"Adds.","description":"Once."}}`, ``,
			"AddWidget_202501", "Adds. Once."},
		{"operation by version",
			`"operations":{"AddWidget":{"summary":"Adds."},"AddWidget_202501":{"summary":"More."}}`,
			``, "AddWidget_202501", "More."},
		{"values", `"values":{"state":{"ON":"Is on.","OFF":"Is off."}}`, ``,
			"AddWidget_202401 values", "Is off. Is on."},
		{"values from two places", `"values":{"state":{"ON":"Is on."}}`,
			`"values":{"state":{"ON":"No.","OFF":"Is off."}}`, "AddWidget_202401 values",
			"Is off. Is on."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			facts, _ := explained(t, tt.module, tt.common)
			assert.Equal(t, tt.want, wordsAt(t, facts, tt.at))
		})
	}
}

// explained returns the made-up module with words, and what has none.
func explained(t *testing.T, module, common string) (*Document, string) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, wordsFolder), 0o755))
	for name, content := range map[string]string{"w.json": wordy,
		"words/w.json": "{" + module + "}", "words/common.json": "{" + common + "}"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
	}
	var out bytes.Buffer
	require.NoError(t, run([]string{"-words", "-openapi", folder}, &out, io.Discard))
	facts, err := readFacts(folder)
	require.NoError(t, err)
	return facts["w"], out.String()
}

func wordsAt(t *testing.T, doc *Document, at string) string {
	t.Helper()
	fields := strings.Fields(at)
	op := doc.Paths["/w/"+strings.TrimPrefix(fields[0], "AddWidget_")+"/widgets"]["post"]
	if len(fields) == 1 {
		return strings.TrimSpace(op.Summary + " " + op.About)
	}
	if fields[1] == "values" {
		words := op.Body.Content["application/json"].Schema.Properties.Get("state").ValuesAbout
		var texts []string
		for _, v := range sortedKeys(words) {
			texts = append(texts, words[v])
		}
		return strings.Join(texts, " ")
	}
	if len(op.Parameters) > 0 {
		return op.Parameters[0].About
	}
	s := map[string]*Schema{}
	s[sideRequest] = op.Body.Content["application/json"].Schema
	s[sideEnvelope] = op.Responses["200"].Content["application/json"].Schema
	s[sideAnswer] = s[sideEnvelope].Properties.Get("data")
	field := s[fields[1]]
	for name := range strings.SplitSeq(fields[2], ".") {
		field = element(field).Properties.Get(name)
	}
	return field.About
}

// What has no words, and words that speak of nothing, are listed.
func TestExplainListsWhatLacksWords(t *testing.T) {
	t.Parallel()
	_, listed := explained(t, `"operations":{"AddWidget_202401":{"summary":"Adds."},"Gone":{"summary":"Went."}},
		"fields":{"state":"S.","lost":"L.","Gone:state":"G."},"values":{"state":{"ON":"Is on."}}`, `"fields":{"envelope:data":"D.","rare":"R."}`)
	assert.Equal(t, []string{
		"w: it says nothing of the module",
		"w: AddWidget_202501 has no summary",
		"w: code has no words (AddWidget_202401 envelope.code and 1 more)",
		"w: parts has no words (AddWidget_202401 request.parts)",
		"w: values of state have no words (AddWidget_202401 request.state): OFF",
		"w: there is no operation Gone",
		`w: no field is meant by "Gone:state"`,
		`w: no field is meant by "lost"`,
	}, strings.Split(strings.TrimSpace(listed), "\n"))
}

func TestWordsOfUnknownKind(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, wordsFolder), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "w.json"), []byte(wordy), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "words/w.json"), []byte(`{"field":{}}`),
		0o644))
	require.ErrorContains(t, run([]string{"-words", "-openapi", folder}, io.Discard, io.Discard),
		`words/w.json: json: unknown field "field"`)
}

func TestCopies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, ours, theirs string
		copied             bool
	}{
		{"seven words", "It is the number of units that remain.",
			"Here it is the number of units that stay.", true},
		{"six words", "It is the number of units.", "Here it is the number of units that stay.",
			false},
		{"other case and quotes", "the seller’s own name of the thing",
			"The Seller's own name OF the thing.", false},
		{"other case", "the seller’s own name of the thing", "The Seller's own name of the thing.",
			true},
		{"a value between", "Goes on when ORDERED by the buyer of it",
			"goes on when ORDERED by the buyer of it", false},
		{"a figure between", "not more than 20 of them in each", "not more than 20 of them in each",
			false},
		{"across sentences", "One two three. Four five six seven",
			"one two three four five six seven", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder, vendor := t.TempDir(), t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(folder, wordsFolder), 0o755))
			words, err := json.Marshal(Words{Fields: map[string]string{"units": tt.ours}})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, "words/w.json"), words, 0o644))
			page, err := json.Marshal([]any{map[string]any{"description": "a b c d e f g h"},
				tt.theirs})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(vendor, "page.json"), page, 0o644))
			var out bytes.Buffer
			err = run([]string{"-copies", vendor, "-openapi", folder}, &out, io.Discard)
			if !tt.copied {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, errCopies)
			assert.Contains(t, out.String(), "w.json: fields units: … ")
		})
	}
	t.Run("nothing to compare with", func(t *testing.T) {
		t.Parallel()
		require.ErrorContains(t, run([]string{"-copies", t.TempDir(), "-openapi", t.TempDir()},
			io.Discard, io.Discard), "nothing to compare with")
	})
}
