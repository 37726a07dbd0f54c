package tiktokshoptest_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/open"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// TestLargeFileChunks sends the server chunks that it must refuse, among those it takes.
func TestLargeFileChunks(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	client := srv.Client(tiktokshop.WithoutRetry())
	begun, err := open.New(client).UploadFileInit(t.Context(), &open.UploadFileInitRequest{
		FileName: "a.mp4", FileType: "video", FileSize: tiktokshop.Ptr[int64](11 << 20),
		TotalChunkCount: tiktokshop.Ptr[int64](2), TargetPath: "[POST]/x",
	})
	require.NoError(t, err)

	op := tiktokshop.Operation{
		Name: "test.Chunk", Method: http.MethodPut, Path: "/file/202512/upload", Unsigned: true,
		MaxUploadBytes: 40 << 20,
		Identifier:     tiktokshop.ShopOrCategoryAssetCipher,
	}
	type sending struct {
		op         tiktokshop.Operation
		token, typ string
		number     int
		size       int
		opts       []tiktokshop.Option
	}
	send := func(change func(*sending)) (tiktokshop.ID, error) {
		s := sending{op: op, token: begun.Data.UploadToken, typ: "video/mp4", number: 1,
			size: 5 << 20}
		change(&s)
		params := tiktokshop.Params{
			URL: begun.Data.UploadURL, Query: url.Values{"chunk_num": {strconv.Itoa(s.number)}},
			Secrets: map[string]token.Secret{"upload_token": token.NewSecret(s.token)},
			Body: &tiktokshop.File{ContentType: s.typ,
				Content: bytes.NewReader(bytes.Repeat([]byte{byte(s.number)}, s.size))},
		}
		if !s.op.Unsigned {
			params.Secrets, params.Body = nil, map[string]int{"a": 1}
		}
		resp, err := tiktokshop.Do[open.UploadFileData](t.Context(), client, &s.op, params,
			s.opts...)
		if err != nil {
			return "", err
		}
		return resp.Data.ResourceID, nil
	}
	for want, change := range map[string]func(*sending){
		"Unexpected parameter. The 'sign'":        func(s *sending) { s.op.Unsigned = false },
		"Invalid upload_token":                    func(s *sending) { s.token = "fake" },
		"Invalid chunk_num":                       func(s *sending) { s.number = 3 },
		"Invalid chunk_num. It is counted from 1": func(s *sending) { s.number = 0 },
		"Invalid content type":                    func(s *sending) { s.typ = "image/webp" },
		"The chunk is too small":                  func(s *sending) { s.size = 5<<20 - 1 },
		"The file is too large":                   func(s *sending) { s.size = 30<<20 + 1 },
		"The 'x-tts-access-token' header is invalid": func(s *sending) {
			s.opts = append(s.opts, tiktokshop.WithAccessToken("another-token"))
		},
		"The 'shop_cipher' query parameter": func(s *sending) {
			s.opts = append(s.opts, tiktokshop.WithShopCipher("another-cipher"))
		},
	} {
		_, err := send(change)
		assert.ErrorContains(t, err, want)
	}
	srv.GrantScopes("other")
	_, err = send(func(*sending) {})
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
	srv.GrantScopes("seller.customer_service")

	id, err := send(func(s *sending) { s.number = 2 }) // the second chunk first
	require.NoError(t, err)
	assert.Empty(t, id)
	_, err = send(func(*sending) {})
	require.ErrorContains(t, err, "The chunks do not add up to file_size")
	assert.Empty(t, srv.LargeFiles())
	id, err = send(func(s *sending) { s.size = 6 << 20 })
	require.NoError(t, err)
	again, err := send(func(s *sending) { s.size = 6 << 20 })
	require.NoError(t, err)
	assert.Equal(t, id, again, "a repeat has no effect")
	files := srv.LargeFiles()
	require.Len(t, files, 1)
	assert.Equal(t, id, files[0].ID)
	assert.True(t,
		bytes.Equal(append(bytes.Repeat([]byte{1}, 6<<20), bytes.Repeat([]byte{2}, 5<<20)...),
			files[0].Content))
}
