package authpage

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPages(t *testing.T) {
	t.Parallel()
	global, wrong := Service("services", 0, "7", "a+b")
	assert.Equal(t, "https://services.tiktokshop.com/open/authorize?service_id=7&state=a%2Bb",
		global)
	assert.Empty(t, wrong)
	us, _ := Service("partner", 1, "7", "s")
	assert.Equal(t, "https://partner.us.tiktokshop.com/open/authorize?service_id=7&state=s", us)
	creator, _ := Creator("key", "s")
	assert.Equal(t, "https://shop.tiktok.com/alliance/creator/auth?app_key=key&state=s", creator)

	nothing, wrong := Service("services", 2, "", "s\n")
	assert.Empty(t, nothing)
	var fields []string
	for _, m := range wrong {
		fields = append(fields, m.Field)
	}
	assert.Equal(t, []string{"market", "service id", "state"}, fields, "all at once, in order")
	assert.NotEqual(t, NewState(), NewState())
	assert.Len(t, NewState(), 43)
}

func TestDenial(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, reason string
		denied              bool
	}{
		{"none", "code=x", "", false},
		{"the account's decision", "error=auth_denied", "", true},
		{"as OAuth has it", "error=access_denied", "", true},
		{"another", "error=server_error", "server_error", true},
		{"a text of somebody's", "error=" + url.QueryEscape("<b>call us</b>"), "another reason",
			true},
		{"a long one", "error=" + strings.Repeat("x", 65), "another reason", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			query, err := url.ParseQuery(tt.query)
			assert.NoError(t, err)
			reason, denied := Denial(query)
			assert.Equal(t, tt.reason, reason)
			assert.Equal(t, tt.denied, denied)
		})
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for given, wrong := range map[string]string{"ROW_x": "", "null": "is empty", "": "is empty"} {
		code, reason := Code(url.Values{"code": {given}})
		assert.Equal(t, wrong, reason, given)
		assert.Equal(t, wrong == "", code == given && given != "")
	}
}
