package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scanned is what scanObject finds in a text, with the check of the values that its callers do.
func scanned(text string) (keys, values []string, err error) {
	err = scanObject([]byte(text), func(key string, value []byte) error {
		if !json.Valid(value) {
			return errNotObject
		}
		keys, values = append(keys, key), append(values, string(value))
		return nil
	})
	return keys, values, err
}

// members is what encoding/json finds in an object.
func members(t *testing.T, text string) (keys, values []string) {
	d := json.NewDecoder(strings.NewReader(text))
	_, err := d.Token()
	require.NoError(t, err)
	for d.More() {
		key, err := d.Token()
		require.NoError(t, err)
		var value json.RawMessage
		require.NoError(t, d.Decode(&value))
		keys, values = append(keys, key.(string)), append(values, string(value))
	}
	return keys, values
}

// TestScanObjectAgreesWithEncodingJSON compares the two on all short sequences of tokens, whole and
// broken ones.
func TestScanObjectAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	tokens := []string{"{", "}", "[", "]", ":", ",", `"a"`, `"b c,}]{"`, "1", " ", `"`, `\`}
	objects := 0
	check := func(text string) {
		keys, values, err := scanned(text)
		object := json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"),
			"{")
		if object != (err == nil) {
			t.Errorf("%q: object %v, error %v", text, object, err)
		}
		if !object || err != nil {
			return
		}
		objects++
		wantKeys, wantValues := members(t, text)
		assert.Equal(t, wantKeys, keys, "%q", text)
		assert.Equal(t, wantValues, values, "%q", text)
	}
	var grow func(prefix string, left int)
	grow = func(prefix string, left int) {
		check(prefix)
		if left == 0 {
			return
		}
		for _, token := range tokens {
			grow(prefix+token, left-1)
		}
	}
	grow(`{`, 3)
	grow(`{"a":`, 3)
	grow(`{"a":1`, 3)
	grow(`{"a":[`, 3)
	for _, text := range []string{
		"", " ", "1", "[]", "null", "\t{\r}\n", "{\r\"a\"\r:\r1\r,\r\"b\"\r:\r{\r}\r}\r",
		"{\n\"a\"\t:\n[\t]\n,\"b\":-1.5e3}",
		`{"a":{"b":[{"c":"]}"}]},"d":"\"}"}`, `{"a\\":1}`, `{"a\"b":"\\"}`, `{"\u00e4":"\u00e4"}`,
		"{\"\xff\":1}", "{\"a\x80\":1}",
		"{\"a\x7f\":1}", "{\"a\x01\":1}", "{\"a\x1f\":1}", "{\"a\tb\":1}", `{"\x":1}`, `{"":null}`,
		`{"\\":1}`, "{\"\x01\":1}", `{"a":true,"a":false}`,
		`{"a":"`, `{"a":"b`, `{"a":["b`, `{"a":[{"b"`, `{"a`, `{"a\`, "{\"ä €\":1}",
	} {
		check(text)
	}
	assert.Greater(t, objects, 50)
}

func TestScanObjectEndsWithTheMembersError(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	calls := 0
	err := scanObject([]byte(`{"a":1,"b":2}`), func(string, []byte) error { calls++; return stop })
	assert.Equal(t, stop, err)
	assert.Equal(t, 1, calls)
	assert.ErrorIs(t, scanObject(bytes.TrimSpace([]byte(` {"a" 1} `)), nil), errNotObject)
}
