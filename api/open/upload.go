package open

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Bounds of a large file.
const (
	// MaxFileBytes is the largest file that the platform takes. Some uses of a file have a lower
	// limit: 100 MB in customer service, 500 MB for a shoppable video.
	MaxFileBytes = 1 << 30
	// MinChunkBytes and MaxChunkBytes bound a chunk of a file. A file that is smaller is one chunk.
	MinChunkBytes = 5 << 20
	MaxChunkBytes = 30 << 20
	// DefaultChunkBytes is the size of a chunk if a request does not say otherwise. The platform
	// recommends up to 20 MB.
	DefaultChunkBytes = 10 << 20
)

// opUploadFile sends one chunk. A chunk is recognised by its number, so that it may be sent twice.
var opUploadFile = &tiktokshop.Operation{
	Name: "open.UploadFile", Method: http.MethodPut, Path: "/file/202512/upload",
	Identifier: tiktokshop.ShopOrCategoryAssetCipher, IdentifierOptional: true,
	Scopes:     opUploadFileInit.Scopes,
	RepeatSafe: true, Unsigned: true, MaxUploadBytes: MaxChunkBytes,
}

// UploadFileRequest is a file for UploadFile.
type UploadFileRequest struct {
	// Name is the file's name, such as "demo.mp4". Required.
	Name string
	// ContentType is the file's media type, such as "video/mp4". Required. The platform takes only
	// videos so far.
	ContentType string
	// TargetPath names the operation that the file is for by its method and path, such as
	// "[POST]/customer_service/202309/conversations/{conversation_id}/messages". Required.
	TargetPath string
	// Content is the file, such as an *os.File. A chunk is read when it is sent, and again when it
	// is sent again. Required.
	Content io.ReaderAt
	// Size is the number of bytes, up to MaxFileBytes; 0 asks Content, if that is an *os.File or
	// has a method Size() int64, as a *bytes.Reader has.
	Size int64
	// ChunkBytes is the size of the chunks, between MinChunkBytes and MaxChunkBytes; 0 stands for
	// DefaultChunkBytes. A rest smaller than MinChunkBytes goes with the chunk before it.
	ChunkBytes int64
	// Progress is told how many of the file's bytes the platform has, after each chunk. It is
	// optional.
	Progress func(sent, total int64)
	// Resume goes on with an upload that an *UploadError has ended. All else must be as it was.
	Resume *UploadSession
}

// UploadFileData is the result of UploadFile.
type UploadFileData struct {
	// ResourceID stands for the file in the operation it is for.
	ResourceID tiktokshop.ID `json:"resource_id"`
}

// UploadSession is an upload that was begun. No way of printing it shows its token.
type UploadSession struct {
	url         string
	secrets     map[string]token.Secret
	size, chunk int64
	next        int // chunk to send, from 0
}

// UploadError tells which chunk of a file was not accepted. What came before it was:
// UploadFileRequest.Resume goes on from there.
type UploadError struct {
	// Chunk is the number of the chunk, from 1, of Chunks in all.
	Chunk, Chunks int
	// Session is for UploadFileRequest.Resume.
	Session *UploadSession
	// Err is the error of the call that sent it.
	Err error
}

// Error names the chunk and the cause.
func (e *UploadError) Error() string {
	return fmt.Sprintf("chunk %d of %d: %v", e.Chunk, e.Chunks, e.Err)
}

// Unwrap returns the cause.
func (e *UploadError) Unwrap() error { return e.Err }

// UploadFile uploads a file that is too large for the operation it is for, which is anything above
// 10 MB: it announces the file with UploadFileInit and sends it in chunks, one after the other,
// each of which is retried by itself. The result is that of the last chunk. A failure after the
// beginning is an *UploadError.
//
// Source: https://partner.tiktokshop.com/docv2/page/upload-file-init-202512
func (s *Service) UploadFile(
	ctx context.Context, req *UploadFileRequest, opts ...tiktokshop.Option,
) (*tiktokshop.Response[UploadFileData], error) {
	file, err := req.prepare()
	if err != nil {
		return nil, err
	}
	session := file.Resume
	if session == nil {
		if session, err = s.begin(ctx, &file, opts); err != nil {
			return nil, err
		}
	}
	chunks := split(file.Size, file.ChunkBytes)
	for i := session.next; ; i++ {
		resp, err := s.sendChunk(ctx, &file, session, chunks[i], i, opts)
		last := i == len(chunks)-1
		if err == nil && last {
			err = readResourceID(resp)
		}
		if err != nil {
			reached := *session
			reached.next = i
			return nil, &UploadError{Chunk: i + 1, Chunks: len(chunks), Session: &reached, Err: err}
		}
		if file.Progress != nil {
			file.Progress(chunks[i].end, file.Size)
		}
		if last {
			return resp, nil
		}
	}
}

// prepare checks the request and fills in what it leaves open.
func (req *UploadFileRequest) prepare() (file UploadFileRequest, err error) {
	refuse := func(field, reason string) (UploadFileRequest, error) {
		return file, &tiktokshop.InputError{Operation: opUploadFile.Name, Field: field,
			Reason: reason}
	}
	if req == nil {
		return refuse("request", "is nil")
	}
	file = *req
	if file.ChunkBytes == 0 {
		file.ChunkBytes = DefaultChunkBytes
	}
	if file.Size == 0 && file.Content != nil {
		file.Size = sizeOf(file.Content)
	}
	switch {
	case file.Name == "":
		return refuse("Name", bind.Missing)
	case file.ContentType == "":
		return refuse("ContentType", bind.Missing)
	case file.TargetPath == "":
		return refuse("TargetPath", bind.Missing)
	case !strings.HasPrefix(file.TargetPath, "[") || !strings.Contains(file.TargetPath, "]/"):
		return refuse("TargetPath",
			"must be a method in brackets and a path, such as [POST]/customer_service/202309/messages")
	case file.Content == nil:
		return refuse("Content", bind.Missing)
	case file.Size == 0:
		return refuse("Size", "is missing: the content is empty or cannot tell")
	case file.Size < 0 || file.Size > MaxFileBytes:
		return refuse("Size", fmt.Sprintf("must be 1 to %d", MaxFileBytes))
	case file.ChunkBytes < MinChunkBytes || file.ChunkBytes > MaxChunkBytes:
		return refuse("ChunkBytes", fmt.Sprintf("must be %d to %d", MinChunkBytes, MaxChunkBytes))
	case file.Resume != nil && (file.Resume.size != file.Size ||
		file.Resume.chunk != file.ChunkBytes):
		return refuse("Resume", "belongs to a file of another size or to chunks of another size")
	}
	return file, nil
}

// sizeOf asks a content for its size, 0 if it cannot tell.
func sizeOf(content io.ReaderAt) int64 {
	switch c := content.(type) {
	case interface{ Size() int64 }:
		return c.Size()
	case *os.File:
		if info, err := c.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// chunk is a part of a file.
type chunk struct{ begin, end int64 }

// split cuts a file into chunks of a size. A small rest goes with the last of them, and if that
// becomes too large, it is halved.
func split(size, chunkBytes int64) []chunk {
	var chunks []chunk
	begin := int64(0)
	for size-begin >= chunkBytes+MinChunkBytes {
		chunks = append(chunks, chunk{begin, begin + chunkBytes})
		begin += chunkBytes
	}
	if rest := size - begin; rest > MaxChunkBytes {
		chunks = append(chunks, chunk{begin, begin + rest/2})
		begin += rest / 2
	}
	return append(chunks, chunk{begin, size})
}

// begin announces the file. The token, and whatever else the platform puts into the query of the
// URL, is treated as a secret.
func (s *Service) begin(
	ctx context.Context, file *UploadFileRequest, opts []tiktokshop.Option,
) (*UploadSession, error) {
	kind, _, _ := strings.Cut(file.ContentType, "/")
	resp, err := s.UploadFileInit(ctx, &UploadFileInitRequest{
		FileName: file.Name, FileType: kind, FileSize: &file.Size, TargetPath: file.TargetPath,
		TotalChunkCount: tiktokshop.Ptr(int64(len(split(file.Size, file.ChunkBytes)))),
	}, opts...)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(resp.Data.UploadURL)
	if err != nil || u.Host == "" || resp.Data.UploadToken == "" { // the parse error would quote it
		return nil, fmt.Errorf("tiktokshop: %s: %w: no usable upload_url or upload_token",
			opUploadFileInit.Name, tiktokshop.ErrInvalidResponse)
	}
	session := &UploadSession{size: file.Size, chunk: file.ChunkBytes,
		secrets: make(map[string]token.Secret)}
	for key, values := range u.Query() {
		switch key {
		case "", "app_key", "timestamp", "sign", "access_token", "shop_cipher",
			"category_asset_cipher", "chunk_num":
			continue // the client has its own
		}
		if values[0] != "" {
			session.secrets[key] = token.NewSecret(values[0])
		}
	}
	session.secrets["upload_token"] = token.NewSecret(resp.Data.UploadToken)
	u.RawQuery, u.ForceQuery = "", false
	session.url = u.String()
	return session, nil
}

// sendChunk sends a chunk.
func (s *Service) sendChunk(
	ctx context.Context, file *UploadFileRequest, session *UploadSession, part chunk, i int,
	opts []tiktokshop.Option,
) (*tiktokshop.Response[UploadFileData], error) {
	return tiktokshop.Do[UploadFileData](ctx, s.client, opUploadFile, tiktokshop.Params{
		URL:     session.url,
		Query:   url.Values{"chunk_num": {strconv.Itoa(i + 1)}},
		Secrets: session.secrets,
		Body: &tiktokshop.File{ContentType: file.ContentType,
			Content: io.NewSectionReader(file.Content, part.begin, part.end-part.begin)},
	}, opts...)
}

// readResourceID finds the id of the file, which the platform does not document the place of, in
// the answer to the last chunk.
func readResourceID(resp *tiktokshop.Response[UploadFileData]) error {
	if resp.Data.ResourceID != "" {
		return nil
	}
	_ = json.Unmarshal(resp.Raw, &resp.Data)
	if resp.Data.ResourceID == "" {
		return fmt.Errorf("tiktokshop: %s: %w: no resource_id after the last chunk",
			opUploadFile.Name, tiktokshop.ErrInvalidResponse)
	}
	return nil
}
