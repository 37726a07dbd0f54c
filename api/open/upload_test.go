package open

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

const mib = 1 << 20

// film has other bytes everywhere.
var film = sync.OnceValue(func() []byte {
	b := make([]byte, 15*mib)
	for i := range b {
		b[i] = byte(i>>16 ^ i>>8 ^ i)
	}
	return b
})

func content(n int) []byte { return film()[:n] }

func request(b []byte) *UploadFileRequest {
	return &UploadFileRequest{
		Name: "demo.mp4", ContentType: "video/mp4",
		TargetPath: "[POST]/customer_service/202309/conversations/{conversation_id}/messages",
		Content:    bytes.NewReader(b), ChunkBytes: MinChunkBytes,
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		size, chunk int64
		want        []int64
	}{
		{1, 5 * mib, []int64{1}},
		{5*mib - 1, 5 * mib, []int64{5*mib - 1}},
		{5 * mib, 5 * mib, []int64{5 * mib}},
		{10*mib - 1, 5 * mib, []int64{10*mib - 1}},
		{10 * mib, 5 * mib, []int64{5 * mib, 5 * mib}},
		{12 * mib, 5 * mib, []int64{5 * mib, 7 * mib}},
		{24 * mib, 10 * mib, []int64{10 * mib, 14 * mib}},
		{25 * mib, 10 * mib, []int64{10 * mib, 10 * mib, 5 * mib}},
		{30 * mib, 30 * mib, []int64{30 * mib}},
		{31*mib + 1, 30 * mib, []int64{15*mib + mib/2, 15*mib + mib/2 + 1}},
		{64 * mib, 30 * mib, []int64{30 * mib, 17 * mib, 17 * mib}},
		{MaxFileBytes, 10 * mib, nil},
	} {
		var sizes []int64
		next := int64(0)
		chunks := split(tc.size, tc.chunk)
		for _, c := range chunks {
			assert.Equal(t, next, c.begin, "no gap")
			next = c.end
			sizes = append(sizes, c.end-c.begin)
			assert.True(t, c.end-c.begin <= MaxChunkBytes &&
				(len(chunks) == 1 || c.end-c.begin >= MinChunkBytes), "%v", tc)
		}
		assert.Equal(t, tc.size, next)
		if tc.want != nil {
			assert.Equal(t, tc.want, sizes)
		}
	}
}

// TestUploadFile compares what the platform got with what was sent, byte by byte.
func TestUploadFile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		size   int
		chunk  int64
		chunks int
	}{{12*mib + 1, MinChunkBytes, 2}, {3, MinChunkBytes, 1}, {10 * mib, MinChunkBytes, 2},
		{14 * mib, 0, 1}, {15 * mib, 0, 2}} {
		srv := tiktokshoptest.NewServer(t)
		var progress []int64
		b := content(tc.size)
		req := request(b)
		req.ChunkBytes = tc.chunk
		req.Progress = func(sent, total int64) {
			progress = append(progress, sent)
			assert.EqualValues(t, tc.size, total)
		}
		resp, err := New(srv.Client()).UploadFile(t.Context(), req)
		require.NoError(t, err)
		files := srv.LargeFiles()
		require.Len(t, files, 1)
		assert.Equal(t, resp.Data.ResourceID, files[0].ID)
		assert.NotEmpty(t, files[0].ID)
		assert.True(t, bytes.Equal(b, files[0].Content))
		assert.Contains(t, string(srv.Requests()[0].Body), `"file_type":"video"`,
			"the kind, not the media type")
		assert.Equal(t, []string{"demo.mp4", "video/mp4", req.TargetPath},
			[]string{files[0].Name, files[0].ContentType, files[0].TargetPath})
		assert.Equal(t, tc.chunks, files[0].Chunks)
		assert.Len(t, progress, tc.chunks)
		assert.EqualValues(t, tc.size, progress[len(progress)-1])
		assert.Zero(t, req.Size, "the caller's request is left alone")
		for i, r := range srv.Requests()[1:] {
			q, err := url.ParseQuery(r.RawQuery)
			require.NoError(t, err)
			assert.Equal(t, []string{fmt.Sprint(i + 1), tiktokshoptest.ShopCipher, ""},
				[]string{q.Get("chunk_num"), q.Get("shop_cipher"), q.Get("category_asset_cipher")})
			assert.Equal(t, []string{"video/mp4"}, r.Header["Content-Type"])
			assert.Equal(t, []string{fmt.Sprint(len(r.Body))}, r.Header["Content-Length"])
		}
	}
}

func TestUploadFileOfTheDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.mp4")
	require.NoError(t, os.WriteFile(path, []byte("film"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	srv := tiktokshoptest.NewServer(t)
	req := request(nil)
	req.Content = f
	_, err = New(srv.Client()).UploadFile(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, "film", string(srv.LargeFiles()[0].Content))
}

// TestUploadFileRetriesChunks has the platform fail at single chunks, before and after it took
// them.
func TestUploadFileRetriesChunks(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	b := content(15 * mib)
	req := request(b)
	req.Progress = func(sent, _ int64) {
		switch sent {
		case 5 * mib:
			srv.FailNext(2, tiktokshoptest.Fault{Drop: true})
		case 10 * mib:
			// the last chunk arrived, its answer did not
			srv.FailNext(1, tiktokshoptest.Fault{Drop: true, Processed: true})
		}
	}
	resp, err := New(srv.Client()).UploadFile(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, srv.LargeFiles(), 1)
	assert.Equal(t, srv.LargeFiles()[0].ID, resp.Data.ResourceID)
	assert.True(t, bytes.Equal(b, srv.LargeFiles()[0].Content))
	assert.Len(t, srv.Requests(), 1+1+3+2)
}

func TestUploadFileResumes(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	b := content(15 * mib)
	req := request(b)
	service := New(srv.Client(tiktokshop.WithoutRetry()))
	req.Progress = func(int64, int64) { srv.FailNext(1, tiktokshoptest.Fault{Status: 503}) }
	for chunk := 2; chunk <= 3; chunk++ {
		_, err := service.UploadFile(t.Context(), req)
		var failed *UploadError
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, []int{chunk, 3}, []int{failed.Chunk, failed.Chunks})
		assert.ErrorIs(t, err, tiktokshop.ErrUnavailable)
		assert.True(t, strings.HasPrefix(err.Error(),
			fmt.Sprintf("chunk %d of 3: tiktokshop: open.UploadFile: ", chunk)), err.Error())
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			assert.NotContains(t, fmt.Sprintf(verb, failed.Session)+fmt.Sprintf(verb, failed),
				"fake-upload-token")
		}
		req.Resume = failed.Session
	}
	resp, err := service.UploadFile(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, srv.LargeFiles()[0].ID, resp.Data.ResourceID)
	assert.True(t, bytes.Equal(b, srv.LargeFiles()[0].Content))
	assert.Len(t, srv.Requests(), 1+3+2,
		"announced once, and no chunk sent again that was accepted")

	req.ChunkBytes = 6 * mib
	_, err = service.UploadFile(t.Context(), req)
	assert.ErrorContains(t, err,
		"Resume: belongs to a file of another size or to chunks of another size")
}

func TestUploadFileRefuses(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	service := New(srv.Client())
	for _, tc := range []struct {
		want   string
		change func(*UploadFileRequest)
	}{
		{"Name: is missing", func(r *UploadFileRequest) { r.Name = "" }},
		{"ContentType: is missing", func(r *UploadFileRequest) { r.ContentType = "" }},
		{"TargetPath: is missing", func(r *UploadFileRequest) { r.TargetPath = "" }},
		{"TargetPath: must be a method in brackets and a path",
			func(r *UploadFileRequest) { r.TargetPath = "/customer_service" }},
		{"Content: is missing", func(r *UploadFileRequest) { r.Content = nil }},
		{"Size: is missing", func(r *UploadFileRequest) { r.Content = bytes.NewReader(nil) }},
		{"Size: is missing",
			func(r *UploadFileRequest) { r.Content = struct{ io.ReaderAt }{r.Content} }},
		{"Size: must be 1 to 1073741824", func(r *UploadFileRequest) { r.Size = MaxFileBytes + 1 }},
		{"Size: must be 1 to", func(r *UploadFileRequest) { r.Size = -1 }},
		{"ChunkBytes: must be 5242880 to 31457280",
			func(r *UploadFileRequest) { r.ChunkBytes = MinChunkBytes - 1 }},
		{"ChunkBytes: must be", func(r *UploadFileRequest) { r.ChunkBytes = MaxChunkBytes + 1 }},
	} {
		req := request([]byte("x"))
		tc.change(req)
		_, err := service.UploadFile(t.Context(), req)
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input, tc.want)
		assert.True(t, strings.HasPrefix(err.Error(), "tiktokshop: open.UploadFile: "+tc.want),
			err.Error())
	}
	_, err := service.UploadFile(t.Context(), nil)
	assert.ErrorContains(t, err, "request: is nil")
	assert.Empty(t, srv.Requests())

	// A content that is shorter than it was said to be.
	req := request(content(6 * mib))
	req.Size = 10 * mib
	_, err = service.UploadFile(t.Context(), req)
	var cut *tiktokshop.ContentError
	require.ErrorAs(t, err, &cut)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.True(t, strings.HasPrefix(err.Error(), "chunk 2 of 2: "), err.Error())
}

// platform is a platform whose answers a test chooses.
type platform func(*http.Request) string

func (p platform) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: 200, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(p(r)))}, nil
}

// TestUploadFileAnswers has the platform answer in the ways that its documents leave open.
func TestUploadFileAnswers(t *testing.T) {
	t.Parallel()
	const good = `{"code":0,"data":{"upload_url":"https://open-api.tiktokglobalshop.com/file/202512/upload","upload_token":"token-0123456789"}}`
	for name, tc := range map[string]struct {
		init, middle, last string
		want               string // of the error, "" for a success
	}{
		"in data": {good, `{"code":0,"data":{}}`,
			`{"code":0,"data":{"resource_id":"v1"}}`, ""},
		"at top level": {good, `{"code":0}`, `{"code":0,"resource_id":"v1"}`, ""},
		"bare":         {good, ``, `{"resource_id":"v1"}`, ""},
		"a query in the URL": {strings.Replace(good, `/upload"`,
			`/upload?upload_token=other&region=xx&app_key=1&access_token=a&e="`,
			1), `{}`, `{"resource_id":"v1"}`, ""},
		"no id": {good, `{}`, `{"code":0,"data":{}}`,
			"chunk 2 of 2: tiktokshop: open.UploadFile: invalid response: no resource_id after the last chunk"},
		"refused": {good, `{"code":36009004,"message":"bad token-0123456789"}`, ``,
			"bad [redacted]"},
		"another host": {strings.Replace(good, "tiktokglobalshop.com", "evil.test", 1), ``,
			``, "chunk 1 of 2: tiktokshop: open.UploadFile: URL: has another scheme or host"},
		"no URL": {`{"code":0,"data":{"upload_token":"t"}}`, ``, ``,
			"open.UploadFileInit: invalid response: no usable upload_url"},
		"no token": {strings.Replace(good, "token-0123456789", "", 1), ``, ``,
			"no usable upload_url or upload_token"},
		"a broken URL": {strings.Replace(good, "https://", "https://%zz", 1), ``, ``,
			"no usable upload_url"},
	} {
		var chunk int
		client, err := tiktokshop.NewClient("key", "app-secret",
			tiktokshop.WithAccessToken("access-token"), tiktokshop.WithoutRetry(),
			tiktokshop.WithHTTPClient(&http.Client{Transport: platform(func(
				r *http.Request,
			) string {
				q := r.URL.Query()
				switch {
				case r.Method == http.MethodPost:
					return tc.init
				case r.URL.Host != "open-api.tiktokglobalshop.com":
					t.Errorf("sent to %s", r.URL.Host)
				case name == "a query in the URL":
					assert.Equal(t, []string{"token-0123456789"}, q["upload_token"],
						"the token of the answer counts")
					assert.Equal(t, []string{"key"}, q["app_key"])
					assert.Equal(t, []string{"xx"}, q["region"])
					assert.Empty(t, q["access_token"])
				}
				if chunk++; chunk == 1 {
					return tc.middle
				}
				return tc.last
			})}))
		require.NoError(t, err)
		resp, err := New(client).UploadFile(t.Context(), request(content(10*mib)))
		if tc.want != "" {
			require.ErrorContains(t, err, tc.want, name)
			assert.NotContains(t, err.Error(), "token-0123456789", name)
			continue
		}
		require.NoError(t, err, name)
		assert.EqualValues(t, "v1", resp.Data.ResourceID, name)
	}
}

func TestUploadFileEndsWithItsContext(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	req := request(content(10 * mib))
	req.Progress = func(int64, int64) { cancel() }
	_, err := New(srv.Client()).UploadFile(ctx, req)
	var failed *UploadError
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Chunk == 2 && errors.Is(err, context.Canceled))
}
