package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func TestSignatureOfTheOfficialExample(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/webhook.json")
	require.NoError(t, err)
	var vectors []struct {
		AppKey        string `json:"app_key"`
		AppSecret     string `json:"app_secret"`
		Body          string `json:"body"`
		Authorization string `json:"authorization"`
	}
	require.NoError(t, json.Unmarshal(b, &vectors))
	require.NotEmpty(t, vectors)
	for _, vector := range vectors {
		signer, err := webhook.NewSigner(vector.AppKey, vector.AppSecret)
		require.NoError(t, err)
		assert.Equal(t, vector.Authorization, signer.Sign([]byte(vector.Body)))
		verifier, err := webhook.NewVerifier(vector.AppKey, vector.AppSecret)
		require.NoError(t, err)
		assert.NoError(t, verifier.Verify([]byte(vector.Body), vector.Authorization))
		event, err := verifier.Parse([]byte(vector.Body), vector.Authorization)
		require.NoError(t, err)
		assert.Equal(t, "7380066284010030890", event.NotificationID)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	body := []byte(`{"type":1}`)
	right := newSigner(t, appSecret).Sign(body)
	otherKey, err := webhook.NewSigner("other", appSecret)
	require.NoError(t, err)
	flipped := []byte(right)
	flipped[63] ^= 1
	verifier := newVerifier(t)
	require.NoError(t, verifier.Verify(body, right))
	for name, signature := range map[string]string{
		"empty":           "",
		"upper case":      strings.ToUpper(right),
		"bearer":          "Bearer " + right,
		"white space":     right + " ",
		"cut short":       right[:63],
		"too long":        right + "0",
		"one digit wrong": string(flipped),
		"another secret":  newSigner(t, "another").Sign(body),
		"another app":     otherKey.Sign(body),
		"another body":    newSigner(t, appSecret).Sign([]byte(`{"type":2}`)),
	} {
		err := verifier.Verify(body, signature)
		require.ErrorIs(t, err, tiktokshop.ErrInvalidSignature, name)
		assert.NotContains(t, err.Error(), right)
		_, err = verifier.Parse(body, signature)
		assert.ErrorIs(t, err, tiktokshop.ErrInvalidSignature, name)
	}
	assert.ErrorIs(t, verifier.Verify([]byte(`{"type":1} `), right), tiktokshop.ErrInvalidSignature,
		"a byte more")
	_, err = verifier.Parse([]byte("no JSON"), newSigner(t, appSecret).Sign([]byte("no JSON")))
	require.Error(t, err)
	assert.NotErrorIs(t, err, tiktokshop.ErrInvalidSignature)
}

func TestVerifyTakesEachOfSeveralSecrets(t *testing.T) {
	t.Parallel()
	body := []byte(`{"type":1}`)
	verifier := newVerifier(t, "new-secret", "old-secret")
	assert.NoError(t, verifier.Verify(body, newSigner(t, "new-secret").Sign(body)))
	assert.NoError(t, verifier.Verify(body, newSigner(t, "old-secret").Sign(body)))
	assert.ErrorIs(t, verifier.Verify(body, newSigner(t, "older-secret").Sign(body)),
		tiktokshop.ErrInvalidSignature)
}

func TestConstructorsRefuseWhatCannotWork(t *testing.T) {
	t.Parallel()
	var input *tiktokshop.InputError
	for _, secrets := range [][]string{nil, {""}, {appSecret, ""}, {appSecret + "\n"},
		{"a secret"}} {
		_, err := webhook.NewVerifier(appKey, secrets...)
		require.ErrorAs(t, err, &input, "%q", secrets)
		assert.Equal(t, "app secret", input.Field)
		assert.NotContains(t, err.Error(), "a secret")
	}
	_, err := webhook.NewVerifier("", appSecret)
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "app key", input.Field)
	_, err = webhook.NewSigner(appKey, "")
	assert.ErrorAs(t, err, &input)
	assert.ErrorAs(t, new(webhook.Verifier).Verify(nil, ""), &input,
		"the zero Verifier accepts nothing")
	assert.ErrorAs(t, (*webhook.Verifier)(nil).Verify(nil, ""), &input)
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	verifier, signer := newVerifier(t), newSigner(t, appSecret)
	signer.Sign([]byte("x"))
	handler, err := webhook.NewHandler(verifier, noop)
	require.NoError(t, err)
	for _, v := range []any{verifier, *verifier, signer, *signer, handler,
		struct{ V any }{verifier}, struct{ s *webhook.Signer }{signer}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, appSecret)
			assert.NotContains(t, text, fmt.Sprintf("%x", appSecret))
		}
	}
}

func TestVerifierIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	verifier, signer := newVerifier(t, "other", appSecret), newSigner(t, appSecret)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				body := fmt.Appendf(nil, `{"type":%d,"data":%d}`, i, j)
				assert.NoError(t, verifier.Verify(body, signer.Sign(body)))
				assert.Error(t, verifier.Verify(append(body, ' '), signer.Sign(body)))
			}
		})
	}
	wg.Wait()
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"type":1}`), "", byte(0))
	f.Add([]byte(""), "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05", byte(9))
	f.Add([]byte("\x00\xff"), strings.Repeat("0", 64), byte(255))
	verifier, signer := newVerifier(f), newSigner(f, appSecret)
	f.Fuzz(func(t *testing.T, body []byte, signature string, at byte) {
		right := signer.Sign(body)
		if err := verifier.Verify(body, right); err != nil {
			t.Fatal("the right signature is refused")
		}
		if err := verifier.Verify(body, signature); err == nil && signature != right {
			t.Fatalf("%q is accepted", signature)
		}
		changed := append(bytes.Clone(body), at)
		if err := verifier.Verify(changed, right); err == nil {
			t.Fatal("a longer body is accepted")
		}
		if len(body) > 0 {
			changed = bytes.Clone(body)
			changed[int(at)%len(body)] ^= 1 | at
			if err := verifier.Verify(changed, right); err == nil {
				t.Fatal("a changed body is accepted")
			}
		}
	})
}
