//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCurlScript gets links with a script that signs by itself: what the fake takes is not only
// what this SDK sends.
func TestCurlScript(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("no %s", program)
			}
			t.Skipf("no %s", program)
		}
	}
	script, err := filepath.Abs("testdata/curl/links.sh")
	require.NoError(t, err)
	run := func(campaign string, more ...string) (answer string, err error) {
		args := []string{"fake", "serve", "--addr", "127.0.0.1:0", "--quiet", "--", "env"}
		args = append(append(args, more...), "sh", script, campaign, "7362840009596400000",
			"7362840009596400001", "7362840009596400099")
		cmd := exec.Command("tts", args...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
		out, err := cmd.Output()
		return string(out), err
	}
	answer, err := run("7362840009596339923")
	require.NoError(t, err, answer)
	assert.Regexp(t, `"product_id":"7362840009596400000","link":"https://affiliate[^"]+"`, answer)
	assert.Regexp(t, `"product_id":"7362840009596400001","link":"https://affiliate[^"]+"`, answer)
	assert.Contains(t, answer, `"failed_product_ids":["7362840009596400099"]`)

	// With /, + and = in the cipher: the signature is of the value, not of what the URL has for it.
	answer, err = run("7362840009596339923", "TIKTOK_CATEGORY_ASSET_CIPHER=a/b+c%3D=")
	require.Error(t, err)
	assert.Contains(t, answer, `"code":101000`,
		"the signature is right, though there is no such cipher")

	answer, err = run("7362840009596339923", "TIKTOK_APP_SECRET=another")
	require.Error(t, err)
	assert.Contains(t, answer, `"code":106001`)
	answer, err = run("7362840009596339924")
	require.Error(t, err)
	assert.Contains(t, answer, `"code":16032005`, "no such campaign")
}
