package form

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

func TestAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		file File
		want []string // the fields refused
	}{
		{"as it should be",
			File{Name: "front.jpg", ContentType: "image/jpeg", Content: strings.NewReader("12345")},
			nil},
		{"nothing but content", File{Content: strings.NewReader("12345")}, nil},
		{"no content", File{Name: "front.jpg"}, []string{"Body.Content"}},
		{"a nil pointer for content", File{Content: (*bytes.Reader)(nil)},
			[]string{"Body.Content"}},
		{"too large", File{Content: strings.NewReader("1234567")}, []string{"Body.Content"}},
		{"larger than it is", File{Content: strings.NewReader("1"), Size: 2},
			[]string{"Body.Size"}},
		{"a negative size", File{Content: strings.NewReader("1"), Size: -1}, []string{"Body.Size"}},
		{"a path and no media type",
			File{Name: `a\b`, ContentType: "jpeg", Content: strings.NewReader("1")},
			[]string{"Body.Name", "Body.ContentType"}},
		{"line ends",
			File{Name: "a\n", ContentType: "image/jpeg\r\nX: y", Content: strings.NewReader("1")},
			[]string{"Body.Name", "Body.ContentType"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body, wrong := tt.file.Alone("Body", 6)
			var fields []string
			for _, m := range wrong {
				fields = append(fields, m.Field)
			}
			assert.Equal(t, tt.want, fields)
			assert.Equal(t, tt.want == nil, body != nil)
			if body == nil {
				return
			}
			req := &http.Request{Header: make(http.Header)}
			body.AddTo(t.Context(), req)
			sent, err := io.ReadAll(req.Body)
			require.NoError(t, err)
			assert.Equal(t, "12345", string(sent))
			assert.EqualValues(t, 5, req.ContentLength)
			if tt.file.ContentType == "" {
				assert.Equal(t, "application/octet-stream", req.Header.Get("Content-Type"))
			}
		})
	}
}

func TestIsZero(t *testing.T) {
	t.Parallel()
	assert.True(t, (&File{Name: "a"}).IsZero())
	assert.False(t, (&File{Content: strings.NewReader("")}).IsZero())
	assert.Equal(t, bind.Missing,
		func() string { _, wrong := (&File{}).Alone("F", 1); return wrong[0].Reason }())
}
