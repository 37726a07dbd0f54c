package tiktokshoptest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// TestUpload: what was uploaded can be looked at, in the record and when it is answered.
func TestUpload(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]tiktokshoptest.Option{"network": nil,
		"memory": {tiktokshoptest.InMemory()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t, opts...)
			service := product.New(srv.Client())
			upload := func() (*tiktokshop.Response[product.UploadProductImageData], error) {
				return service.UploadProductImage(t.Context(), &product.UploadProductImageRequest{
					Data: &tiktokshop.File{Name: "front.jpg", ContentType: "image/jpeg",
						Content: strings.NewReader("\xff\xd8")}, UseCase: "MAIN_IMAGE",
				})
			}
			resp, err := upload()
			require.NoError(t, err)
			assert.NotEmpty(t, resp.Data.URI)
			want := []tiktokshoptest.Part{
				{Name: "data", FileName: "front.jpg", ContentType: "image/jpeg",
					Content: []byte("\xff\xd8")},
				{Name: "use_case", Content: []byte("MAIN_IMAGE")},
			}
			got, err := srv.Requests()[0].Parts()
			require.NoError(t, err)
			assert.ElementsMatch(t, want, got)

			tiktokshoptest.AnswerFunc(srv, (*product.Service).UploadProductImage,
				func(
					call tiktokshoptest.Call,
				) (product.UploadProductImageData, *tiktokshoptest.Refusal) {
					assert.ElementsMatch(t, want, call.Parts)
					return product.UploadProductImageData{URI: "mine"}, nil
				})
			resp, err = upload()
			require.NoError(t, err)
			assert.Equal(t, "mine", resp.Data.URI)
		})
	}
}

// TestForms: a body must have the form that its operation takes, and be one that can be read.
func TestForms(t *testing.T) {
	t.Parallel()
	const form, boundary = "--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a\"\r\n\r\nX\r\n--b--\r\n", "multipart/form-data; boundary=b"
	file := "--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a\"\r\n\r\n" +
		string(bytes.Repeat([]byte("x"), 10<<20+1)) + "\r\n--b--\r\n"
	images := request{method: "POST", path: "/product/202309/images/upload",
		token: tiktokshoptest.AccessToken, at: now, contentType: boundary, body: form}
	for name, tc := range map[string]struct {
		change func(*request)
		code   int
	}{
		"good": {func(*request) {}, 0},
		"JSON for a form": {func(r *request) { r.contentType, r.body = "application/json", "{}" },
			36009023},
		"nothing": {func(r *request) { r.contentType, r.body = "application/json", "" },
			36009023},
		"cut short":    {func(r *request) { r.body = form[:30] }, 36009022},
		"a large file": {func(r *request) { r.body = file }, 36009021},
		"10 MB":        {func(r *request) { r.body = strings.Replace(file, "xx", "x", 1) }, 0},
		"a form for JSON": {func(r *request) { r.path = "/product/202309/global_products" },
			36009022},
		"another boundary": {func(r *request) { r.contentType = "multipart/form-data; boundary=c" },
			36009022},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := images
			tc.change(&r)
			assert.Equal(t, tc.code, r.send(t, newServer(t)).Code)
		})
	}

	parts, err := (&tiktokshoptest.Request{Body: []byte("{}")}).Parts()
	require.NoError(t, err)
	assert.Empty(t, parts)
}

// FuzzParts: whatever a body is, its parts hold no more than it does.
func FuzzParts(f *testing.F) {
	f.Add("multipart/form-data; boundary=b",
		[]byte("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\nContent-Type: x/y\r\n\r\nX\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=\"\"", []byte("--\r\n\r\n----"))
	f.Add("multipart/form-data", []byte("--\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r := tiktokshoptest.Request{Header: map[string][]string{"Content-Type": {contentType}},
			Body: body}
		parts, err := r.Parts()
		if err != nil && parts != nil {
			t.Fatal("parts of a broken body")
		}
		n := 0
		for _, p := range parts {
			n += len(p.Name) + len(p.FileName) + len(p.Content)
		}
		if n > len(body) {
			t.Fatalf("%d bytes of %d", n, len(body))
		}
	})
}
