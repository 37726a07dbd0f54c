package scalar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ json, want string }{
		{`"7362840009596339923"`, "7362840009596339923"},
		{`7362840009596339923`, "7362840009596339923"},
		{`-1.50`, "-1.50"},
		{`"a\"\u00e4"`, `a"ä`},
		{"\"\xff\"", "\ufffd"},
		{`null`, ""},
		{`""`, ""},
	} {
		got, err := Text([]byte(tt.json), "ID")
		require.NoError(t, err, tt.json)
		assert.Equal(t, tt.want, got, tt.json)
	}
	for _, bad := range []string{`true`, `{}`, `[]`} {
		_, err := Text([]byte(bad), "ID")
		assert.EqualError(t, err, "tiktokshop: ID: want a JSON string or number", bad)
	}
}

func TestInt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		json string
		want int64
	}{{`"1250"`, 1250}, {`-3`, -3}, {`null`, 0}, {`""`, 0}} {
		got, err := Int([]byte(tt.json), "Rate")
		require.NoError(t, err, tt.json)
		assert.Equal(t, tt.want, got, tt.json)
	}
	_, err := Int([]byte(`"1.5"`), "Rate")
	assert.EqualError(t, err, "tiktokshop: Rate: want a whole number")
}

func TestUnix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		json string
		unit time.Duration
		want time.Time
	}{
		{`1700000000`, time.Second, time.Unix(1700000000, 0)},
		{`"1700000000.25"`, time.Second, time.Unix(1700000000, 25e7)},
		{`1700000000123`, time.Millisecond, time.Unix(1700000000, 123e6)},
		{`"1700000000123.4567"`, time.Millisecond, time.Unix(1700000000, 123456700)},
		{`-1.5`, time.Second, time.Unix(-2, 5e8)},
		{`0`, time.Second, time.Time{}},
		{`"0.0"`, time.Second, time.Time{}},
		{`null`, time.Second, time.Time{}},
	} {
		got := time.Now()
		require.NoError(t, Unix([]byte(tt.json), "UnixTime", &got, tt.unit), tt.json)
		assert.True(t, tt.want.Equal(got), "%s: %v", tt.json, got)
	}
	var got time.Time
	for _, bad := range []string{`"soon"`, `"1.x"`, `1e9`, `"99999999999999999999"`} {
		assert.EqualError(t, Unix([]byte(bad), "UnixTime", &got, time.Second),
			"tiktokshop: UnixTime: want a number", bad)
	}
}

func FuzzUnix(f *testing.F) {
	for _, seed := range []string{`1700000000`, `"1.5"`, `null`, `""`, `-0.000001`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			t.Skip() // encoding/json gives none
		}
		var got time.Time
		if err := Unix(b, "UnixTime", &got, time.Millisecond); err != nil && !got.IsZero() {
			t.Errorf("%q: %v and %v", b, err, got)
		}
	})
}
