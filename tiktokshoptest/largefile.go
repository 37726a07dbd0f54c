package tiktokshoptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// LargeFile is a file that was announced and sent in chunks.
type LargeFile struct {
	// ID is the resource id that the answer to the last chunk had.
	ID tiktokshop.ID
	// Name and TargetPath are as announced, ContentType is that of the chunks.
	Name, ContentType, TargetPath string
	// Chunks is the number of chunks it came in.
	Chunks  int
	Content []byte
}

// LargeFiles returns the files whose chunks have all arrived, in the order they did so.
func (s *Server) LargeFiles() []LargeFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.files.arrived)
}

// The platform does not document how it refuses a chunk; codes and messages are the fake's own
// choice.
const (
	largeFilePath = "/file/202512/upload"
	minChunk      = 5 << 20 // but for a file of one chunk
	maxChunk      = 30 << 20
)

// largeFiles are the files that are being uploaded, by token, and those that were.
type largeFiles struct {
	announced map[string]*announcedFile
	arrived   []LargeFile
}

type announcedFile struct {
	Name       string `json:"file_name"`
	Type       string `json:"file_type"`
	Size       int64  `json:"file_size"`
	Total      int64  `json:"total_chunk_count"`
	TargetPath string `json:"target_path"`

	chunks map[int64][]byte // that have come, by number
	id     tiktokshop.ID    // once all have
}

func largeFileRoutes() []route {
	scopes := []string{"creator.video.write", "seller.customer_service"}
	initialize := route{method: http.MethodPost, path: "/open/202512/file/init", scopes: scopes,
		handle: (*Server).announceFile}
	upload := route{method: http.MethodPut, path: largeFilePath, scopes: scopes, unsigned: true,
		handle: (*Server).takeChunk}
	for _, rt := range []*route{&initialize, &upload} {
		rt.takes("either", true)
	}
	return []route{initialize, upload}
}

// bodyLimit is how much of a request's body the server reads.
func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == largeFilePath {
		return maxChunk
	}
	return maxBody
}

// announceFile answers with the URL and the token for the chunks. It believes what it is told: what
// does not fit is refused when the chunks come.
func (s *Server) announceFile(c *call) reply {
	file := &announcedFile{chunks: make(map[int64][]byte)}
	_ = json.Unmarshal(c.body, file)
	if s.files.announced == nil {
		s.files.announced = make(map[string]*announcedFile)
	}
	token := fmt.Sprintf("fake-upload-token-%046d", len(s.files.announced)+1)
	s.files.announced[token] = file
	return success(map[string]string{"upload_url": s.URL + largeFilePath, "upload_token": token})
}

// takeChunk keeps a chunk, in place of one of the same number, and answers with the resource id
// when none is missing.
func (s *Server) takeChunk(c *call) reply {
	file := s.files.announced[c.query["upload_token"]]
	if file == nil {
		return refuse(http.StatusBadRequest, 36009004, "Invalid upload_token.")
	}
	n, err := strconv.ParseInt(c.query["chunk_num"], 10, 64)
	switch {
	case err != nil || n < 1 || n > file.Total:
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid chunk_num. It is counted from 1 to total_chunk_count.")
	case !strings.HasPrefix(c.contentType, file.Type+"/"):
		return refuse(http.StatusBadRequest, 36009023,
			"Invalid content type. It must be of the file_type announced.")
	case len(c.body) == 0 || file.Total > 1 && len(c.body) < minChunk:
		return refuse(http.StatusBadRequest, 36009004, "The chunk is too small.")
	}
	file.chunks[n] = c.body
	if int64(len(file.chunks)) < file.Total {
		return success(nil)
	}
	var whole []byte
	for i := range file.Total {
		whole = append(whole, file.chunks[i+1]...)
	}
	if int64(len(whole)) != file.Size {
		delete(file.chunks, n)
		return refuse(http.StatusBadRequest, 36009004, "The chunks do not add up to file_size.")
	}
	if file.id == "" {
		file.id = tiktokshop.ID(fmt.Sprintf("v%031d", len(s.files.arrived)+1))
		s.files.arrived = append(s.files.arrived, LargeFile{
			ID: file.id, Name: file.Name, ContentType: c.contentType, TargetPath: file.TargetPath,
			Chunks: int(file.Total), Content: whole,
		})
	}
	return success(map[string]tiktokshop.ID{"resource_id": file.id})
}

// checkUnsigned refuses the signature of a request that has none.
func checkUnsigned(query map[string]string) *reply {
	for _, key := range []string{"sign", "timestamp"} {
		if _, sent := query[key]; sent {
			rep := refuse(http.StatusBadRequest, 36009004, "Unexpected parameter. The '"+key+
				"' query parameter does not belong to this request.")
			return &rep
		}
	}
	return nil
}
