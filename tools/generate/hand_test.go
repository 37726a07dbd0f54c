package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// What is written by hand takes the place of what would be generated: types with what is in them,
// methods, iterators, and the variable of an operation that nothing mentions.
func TestHandWritten(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, source string
		gone, stay   []string
	}{
		{"nothing", "", nil, []string{
			"var opSearchToys ", "func (s *Service) SearchToys(",
			"func (s *Service) SearchToysAll(", "type SearchToysRequest struct",
			"type SearchToysData struct",
		}},
		{"an iterator", "func (s *Service) SearchToysAll() { _ = s.SearchToys }",
			[]string{"func (s *Service) SearchToysAll("}, []string{
				"var opSearchToys ", "func (s *Service) SearchToys(",
				"type SearchToysRequest struct",
			}},
		{"a method that uses the operation", "func (s *Service) SearchToys() { _ = opSearchToys }",
			[]string{"func (s *Service) SearchToys("}, []string{
				"var opSearchToys ", "func (s *Service) SearchToysAll(",
				"type SearchToysRequest struct",
			}},
		{"a method that does not", "func (s Service) SearchToys() {}",
			[]string{"func (s *Service) SearchToys(", "var opSearchToys "}, []string{
				"func (s *Service) SearchToysAll(",
			}},
		{"types", "type SearchToysRequest = int\ntype SearchToysData = int", []string{
			"type SearchToysRequest struct", "type SearchToysData struct",
			"func (s *Service) SearchToysAll(",
		}, []string{"var opSearchToys ", "func (s *Service) SearchToys("}},
		{"another receiver",
			"type other struct{}\nfunc (o *other) SearchToys() {}\nfunc SearchToysAll() {}", nil,
			[]string{
				"func (s *Service) SearchToys(", "func (s *Service) SearchToysAll(",
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(folder, "hand.go"),
				[]byte("package toyshop\n"+tc.source), 0o600))
			for _, other := range []string{"old.gen.go", "hand_test.go"} { // which do not count
				content := "package toyshop\nfunc (s *Service) SearchToys() {}\nfunc (s *Service) SearchToysAll() {}"
				require.NoError(t, os.WriteFile(filepath.Join(folder, other), []byte(content),
					0o600))
			}
			hand, err := readHandWritten(folder)
			require.NoError(t, err)
			m, err := facts.LoadModule("testdata/openapi/toy_shop.json", nil)
			require.NoError(t, err)
			p, err := newPackage(m, nil, hand)
			require.NoError(t, err)
			source := ""
			for _, text := range templates() {
				rendered, err := p.render(text)
				require.NoError(t, err)
				source += string(rendered)
			}
			for _, text := range tc.gone {
				assert.NotContains(t, source, text)
			}
			for _, text := range tc.stay {
				assert.Contains(t, source, text)
			}
		})
	}
	_, err := readHandWritten("testdata/nowhere")
	assert.NoError(t, err, "a package without a folder yet")
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "hand.go"), []byte("package"), 0o600))
	_, err = readHandWritten(broken)
	assert.Error(t, err)
}
