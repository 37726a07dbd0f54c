package tiktokshop

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIDDecodes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]ID{
		`"7362840009596339923"`: "7362840009596339923",
		`7362840009596339923`:   "7362840009596339923",
		`18446744073709551615`:  "18446744073709551615",
		`-1`:                    "-1",
		`"092842094204"`:        "092842094204",
		`"a\u002db"`:            "a-b",
		// lost before it came; refused when it is sent
		`7.36284000959634e+18`:    "7.36284000959634e+18",
		`null`:                    "",
		`""`:                      "",
		`"AIxvOHlaJoKO-_creator"`: "AIxvOHlaJoKO-_creator",
	} {
		var got struct{ V ID }
		require.NoError(t, json.Unmarshal([]byte(`{"V":`+in+`}`), &got), in)
		assert.Equal(t, want, got.V, in)
	}
	for _, in := range []string{`true`, `{}`, `[]`} {
		var id ID
		assert.Error(t, json.Unmarshal([]byte(in), &id), in)
	}
}

func TestIDEncodesAsString(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal([]ID{"7362840009596339923"})
	require.NoError(t, err)
	assert.Equal(t, `["7362840009596339923"]`, string(b))
}

func FuzzID(f *testing.F) {
	for _, s := range []string{`"7362840009596339923"`, `7362840009596339923`, `null`, `"a\u002d"`,
		`1e3`, `[]`, `"\ud800"`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var id ID
		if json.Unmarshal(b, &id) != nil {
			return
		}
		text := strings.TrimSpace(string(b))
		var s string
		switch {
		case text == "null":
			require.Empty(t, id)
		case json.Unmarshal(b, &s) == nil:
			require.Equal(t, s, string(id))
		default:
			require.Equal(t, text, string(id), "every digit of a number is kept")
		}
		again, err := json.Marshal(id)
		require.NoError(t, err)
		var back ID
		require.NoError(t, json.Unmarshal(again, &back))
		require.Equal(t, id, back)
	})
}

func TestTimesDecode(t *testing.T) {
	t.Parallel()
	want := time.Date(2024, 4, 12, 17, 0, 0, 0, time.UTC)
	var v struct {
		Seconds, SecondsText, Zero, Empty, Null UnixTime
		Millis, MillisNumber                    UnixMilliText
		AsNumber, AsText, NoMillis              UnixMilli
		Day, DayUnderscore, NoDay               Date
	}
	require.NoError(t, json.Unmarshal([]byte(`{
		"Seconds": 1712941200, "SecondsText": "1712941200", "Zero": 0, "Empty": "", "Null": null,
		"Millis": "1712941200123", "MillisNumber": 1712941200123, "AsNumber": 1712941200123, "AsText": "1712941200123", "NoMillis": 0,
		"Day": "2024-11-13", "DayUnderscore": "2024_11_13", "NoDay": ""}`), &v))
	assert.True(t, v.Seconds.Equal(want))
	assert.True(t, v.SecondsText.Equal(want))
	assert.True(t, v.Zero.IsZero() && v.Empty.IsZero() && v.Null.IsZero() && v.NoDay.IsZero())
	assert.True(t, v.Millis.Equal(want.Add(123*time.Millisecond)))
	assert.True(t, v.MillisNumber.Equal(v.Millis.Time))
	assert.True(t, v.AsNumber.Equal(v.Millis.Time) && v.AsText.Equal(v.Millis.Time) &&
		v.NoMillis.IsZero())
	assert.True(t, v.Day.Equal(time.Date(2024, 11, 13, 0, 0, 0, 0, time.UTC)))
	assert.True(t, v.DayUnderscore.Equal(v.Day.Time))

	for _, tc := range []struct {
		in   string
		into interface{ UnixNano() int64 }
		want int64
	}{
		{`1.5`, new(UnixTime), 1_500_000_000},
		{`"1712941200.000000001999"`, new(UnixTimeText), 1712941200_000000001},
		{`-1.25`, new(UnixTime), -1_250_000_000},
		{`-0.5`, new(UnixTime), -500_000_000},
		{`1712941200123.5`, new(UnixMilliText), 1712941200_123500000},
		{`"-1.5"`, new(UnixMilli), -1_500_000},
		{`1712941200.0`, new(UnixTime), 1712941200_000000000},
	} {
		require.NoError(t, json.Unmarshal([]byte(tc.in), tc.into), tc.in)
		assert.Equal(t, tc.want, tc.into.UnixNano(), tc.in)
	}

	b, err := json.Marshal([]any{v.Seconds, v.Zero, v.Millis, UnixMilliText{}, v.AsNumber,
		v.NoMillis, v.Day, Date{}})
	require.NoError(t, err)
	assert.Equal(t, `[1712941200,0,"1712941200123","",1712941200123,0,"2024-11-13",""]`, string(b))
	assert.Equal(t, want.Unix(), NewUnixTime(want).Unix())

	for _, in := range []string{`"soon"`, `true`, `"1.x"`, `".5"`, `{}`} {
		assert.Error(t, json.Unmarshal([]byte(in), new(UnixTime)), in)
		assert.Error(t, json.Unmarshal([]byte(in), new(UnixMilliText)), in)
		assert.Error(t, json.Unmarshal([]byte(in), new(Date)), in)
	}
}

func TestTimesInADatabase(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 11, 13, 23, 30, 0, 123_000_000, time.FixedZone("", 7*60*60))
	for _, tc := range []struct {
		name       string
		full, zero driver.Valuer
		into       interface {
			sql.Scanner
			IsZero() bool
			Equal(time.Time) bool
		}
		want time.Time
	}{
		{"UnixTime", NewUnixTime(at), UnixTime{}, new(UnixTime), at},
		{"UnixTimeText", NewUnixTimeText(at), UnixTimeText{}, new(UnixTimeText), at},
		{"UnixMilli", NewUnixMilli(at), UnixMilli{}, new(UnixMilli), at},
		{"UnixMilliText", NewUnixMilliText(at), UnixMilliText{}, new(UnixMilliText), at},
		{"Date", NewDate(at), NewDate(time.Time{}), new(Date),
			time.Date(2024, 11, 13, 0, 0, 0, 0, time.UTC)},
		{"Date with a clock", Date{at}, Date{}, new(Date),
			time.Date(2024, 11, 13, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			stored, err := driver.DefaultParameterConverter.ConvertValue(tc.full)
			require.NoError(t, err)
			assert.Equal(t, tc.want.UTC(), stored)
			require.NoError(t, tc.into.Scan(stored))
			assert.True(t, tc.into.Equal(tc.want))

			err = tc.into.Scan("2024-11-13 secret")
			require.Error(t, err)
			assert.Contains(t, err.Error(),
				strings.Fields(tc.name)[0]+": want a time or NULL of the database, not string")
			assert.True(t, tc.into.Equal(tc.want), "a column of another type changes nothing")

			none, err := driver.DefaultParameterConverter.ConvertValue(tc.zero)
			require.NoError(t, err)
			assert.Nil(t, none)
			require.NoError(t, tc.into.Scan(none))
			assert.True(t, tc.into.IsZero())
		})
	}
	day := NewDate(at)
	require.NoError(t, day.Scan(time.Date(2024, 11, 14, 0, 0, 0, 0, at.Location())))
	assert.True(t, day.Equal(time.Date(2024, 11, 14, 0, 0, 0, 0, time.UTC)),
		"the day that a driver gives in a zone of its own")
}

func TestNumberAndFlagDecode(t *testing.T) {
	t.Parallel()
	var v struct {
		A, B, C, D Number
		E, F, G, H Flag
	}
	require.NoError(t,
		json.Unmarshal([]byte(
			`{"A":1200,"B":"1200","C":"12.5","D":null,"E":"Yes","F":"false","G":true,"H":"PARTLY"}`), &v))
	for _, n := range []Number{v.A, v.B} {
		got, err := n.Int64()
		require.NoError(t, err)
		assert.EqualValues(t, 1200, got)
	}
	_, err := v.C.Int64()
	assert.Error(t, err)
	zero, err := v.D.Int64()
	require.NoError(t, err)
	assert.Zero(t, zero)
	assert.True(t, v.E.Bool() && v.G.Bool())
	assert.False(t, v.F.Bool() || v.H.Bool())
	assert.Equal(t, Flag("PARTLY"), v.H, "a value nobody has seen is kept")
	assert.Error(t, json.Unmarshal([]byte(`{}`), new(Flag)))
}

// TestIDNumber: an id that is sent as a number keeps its digits, and what is no number is refused
// before it is sent.
func TestIDNumber(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     string // "" if it does not encode
	}{
		{"a number", `7362840009596339923`, `7362840009596339923`},
		{"a text", `"15999517849288"`, `15999517849288`},
		{"none", `null`, `null`},
		{"zero", `0`, `0`},
		{"a float", `7.3e+18`, ""},
		{"leading zeros", `"007"`, ""},
		{"a name", `"abc"`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var id IDNumber
			require.NoError(t, json.Unmarshal([]byte(tc.in), &id))
			got, err := json.Marshal(id)
			if tc.want == "" {
				assert.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, string(got))
		})
	}
}
