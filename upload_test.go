package tiktokshop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// part is a part of a form as a server reads it.
type part struct{ name, file, contentType, content string }

func readForm(t *testing.T, contentType string, body io.Reader) []part {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	var parts []part
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return parts
		}
		require.NoError(t, err)
		content, err := io.ReadAll(p)
		require.NoError(t, err)
		parts = append(parts, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"),
			string(content)})
	}
}

// TestUpload has the fake, which checks the signature, receive forms made from every kind of
// reader.
func TestUpload(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "front.jpg")
	require.NoError(t, os.WriteFile(path, []byte("skipped|picture"), 0o600))
	onDisk, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = onDisk.Close() })
	_, err = onDisk.Seek(8, io.SeekStart)
	require.NoError(t, err)

	for name, tc := range map[string]struct {
		content io.Reader
		size    int64
		sized   bool
	}{
		"os.File":            {onDisk, 0, true},
		"bytes.Reader":       {bytes.NewReader([]byte("picture")), 0, true},
		"strings.Reader":     {strings.NewReader("picture"), 0, true},
		"bytes.Buffer":       {bytes.NewBufferString("picture"), 0, true},
		"stated size":        {unsized("picture"), 7, true},
		"a part of it":       {strings.NewReader("picture and more"), 7, true},
		"a part of a stream": {unsized("picture and more"), 7, true},
		"unknown size":       {unsized("picture"), 0, false},
		"byte by byte":       {oneByteReader{strings.NewReader("picture")}, 0, false},
	} {
		srv := tiktokshoptest.NewServer(t)
		srv.Handle(opUpload,
			func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) {
				return map[string]string{"uri": "u"}, nil
			})
		length := int64(-2)
		client := srv.Client(withTransport(func(r *http.Request) (*http.Response, error) {
			length = r.ContentLength
			return srv.Transport().RoundTrip(r)
		}))
		resp, err := tiktokshop.Call[map[string]string](t.Context(), client, opUpload,
			&uploadRequest{
				UseCase: "MAIN_IMAGE",
				Data: &tiktokshop.File{Name: `a "b"; c.jpg`, ContentType: "image/jpeg",
					Content: tc.content, Size: tc.size},
				Label: tiktokshop.File{Content: strings.NewReader("label")},
			})
		require.NoError(t, err, name)
		assert.Equal(t, "u", resp.Data["uri"])
		sent := srv.Requests()[0]
		assert.Equal(t, []part{
			{"use_case", "", "", "MAIN_IMAGE"}, {"data", `a "b"; c.jpg`, "image/jpeg", "picture"},
			{"label", "label", "application/octet-stream", "label"},
		}, readForm(t, sent.Header.Get("Content-Type"), bytes.NewReader(sent.Body)), name)
		want := int64(len(sent.Body))
		if !tc.sized {
			want = -1
		}
		assert.Equal(t, want, length, name)
	}
}

// oneByteReader reads a byte at a time, with nothing in between.
type oneByteReader struct{ r io.Reader }

func (r oneByteReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 1)]) }

func TestUploadOfNothing(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.Handle(opUpload,
		func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return nil, nil })
	type request struct {
		Name string           `form:"name"`
		Data *tiktokshop.File `form:"data"`
		Set  tiktokshop.File  `form:"set"`
	}
	for _, req := range []*request{nil, {}} {
		_, err := tiktokshop.Call[struct{}](t.Context(), srv.Client(), opUpload, req)
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "has neither a file nor a field of the form", input.Reason)
	}
	_, err := tiktokshop.Call[struct{}](t.Context(), srv.Client(), opUpload, &request{Name: "n"})
	require.NoError(t, err)
	sent := srv.Requests()
	require.Len(t, sent, 1)
	assert.Equal(t, []part{{"name", "", "", "n"}},
		readForm(t, sent[0].Header.Get("Content-Type"), bytes.NewReader(sent[0].Body)))
}

// badSeeker seeks as often as it is told to.
type badSeeker struct {
	io.Reader
	seeks int
}

func (s *badSeeker) Seek(int64, int) (int64, error) {
	if s.seeks--; s.seeks < 0 {
		return 0, errDisk
	}
	return 0, nil
}

var errDisk = errors.New("disk on fire")

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	file := func(f tiktokshop.File) *uploadRequest { return &uploadRequest{Data: &f} }
	content := func() io.Reader { return strings.NewReader("12345") }
	for _, tc := range []struct {
		want string
		req  any
	}{
		{"Data: is missing", &uploadRequest{}},
		{"Data.Content: is missing", file(tiktokshop.File{Name: "x"})},
		{"Data.Content: is missing", file(tiktokshop.File{Content: (*bytes.Buffer)(nil)})},
		{"Label.Content: is missing",
			&uploadRequest{Data: &tiktokshop.File{Content: content()},
				Label: tiktokshop.File{Name: "x"}}},
		{"Data.Content: is empty", file(tiktokshop.File{Content: strings.NewReader("")})},
		{"Data.Content: is too large: at most 6 bytes",
			file(tiktokshop.File{Content: strings.NewReader("1234567")})},
		{"Data.Content: is too large: at most 6 bytes",
			file(tiktokshop.File{Content: unsized("1"), Size: 7})},
		{"Data.Content: cannot be measured: Seek fails",
			file(tiktokshop.File{Content: &badSeeker{content(), 1}})},
		{"Data.Content: cannot be measured: Seek fails",
			file(tiktokshop.File{Content: &badSeeker{content(), 2}})},
		{"Data.Size: is too small: at least 0",
			file(tiktokshop.File{Content: content(), Size: -1})},
		{"Data.Size: is more than Content has", file(tiktokshop.File{Content: content(), Size: 6})},
		{"Data.Name: is malformed", file(tiktokshop.File{Content: content(), Name: "a/b.jpg"})},
		{"Data.Name: is malformed", file(tiktokshop.File{Content: content(), Name: "a\r\nb.jpg"})},
		{"Data.Name: is malformed", file(tiktokshop.File{Content: content(), Name: "\xff.jpg"})},
		{"Data.ContentType: is malformed: a media type",
			file(tiktokshop.File{Content: content(), ContentType: "jpeg"})},
		{"Data.ContentType: is malformed: a media type",
			file(tiktokshop.File{Content: content(), ContentType: "image/jpeg\n"})},
		{"Data.ContentType: is malformed: a media type",
			file(tiktokshop.File{Content: content(), ContentType: "image/jpeg\r\nX: y"})},
		{"UseCase: is too long: at most 10",
			&uploadRequest{UseCase: "12345678901", Data: &tiktokshop.File{Content: content()}}},
		{"B: cannot be sent: a request has form fields or json", &struct {
			A string `form:"a"`
			B string `json:"b"`
		}{}},
		{"A: has a type that cannot be sent in a url field", &struct {
			A tiktokshop.File `url:"a" json:"-"`
		}{}},
		{"A: has a type that cannot be sent in a form field", &struct {
			A []string `form:"a"`
		}{}},
	} {
		op := *opUpload
		op.MaxUploadBytes = 6
		srv := tiktokshoptest.NewServer(t)
		_, err := tiktokshop.Call[struct{}](t.Context(), srv.Client(), &op, tc.req)
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input, tc.want)
		assert.True(t, strings.HasPrefix(input.Field+": "+input.Reason, tc.want), "%s: got %v",
			tc.want, err)
		assert.Empty(t, srv.Requests())
	}

	_, err := tiktokshop.Call[struct{}](t.Context(), tiktokshoptest.NewServer(t).Client(), opUpload,
		file(tiktokshop.File{Content: unsized(""), Size: 10<<20 + 1}))
	assert.EqualError(t, err,
		"tiktokshop: things.Upload: Data.Content: is too large: at most 10485760 bytes",
		"the platform's limit")
	keyed := *opUpload
	keyed.IdempotencyBody = "key"
	_, err = tiktokshop.Call[struct{}](t.Context(), tiktokshoptest.NewServer(t).Client(), &keyed,
		file(tiktokshop.File{Content: content()}))
	assert.ErrorContains(t, err, "body: must be JSON: the operation takes key in it")
}

// failingReader gives some bytes and an error.
type failingReader struct {
	content io.Reader
	err     error
}

func (r *failingReader) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	if err == io.EOF {
		err = r.err
	}
	return n, err
}

// TestUploadContentFails has contents go wrong in the middle of a request, which must look like
// what it is.
func TestUploadContentFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		content string
		err     error // of Read, instead of io.EOF
		size    int64
		want    string
		is      error
	}{
		"an error of Read": {"123", errDisk, 0, "disk on fire", errDisk},
		"with a size":      {"123", errDisk, 6, "disk on fire", errDisk},
		"a secret in the error": {"123", fmt.Errorf("%w at %s", errDisk,
			tiktokshoptest.AccessToken), 0, "disk on fire at [redacted]", errDisk},
		"too large": {"1234567", io.EOF, 0, "too large: at most 6 bytes", nil},
		"too short": {"123", io.EOF, 5, "ended after 3 of 5 bytes: unexpected EOF",
			io.ErrUnexpectedEOF},
		"empty": {"", io.EOF, 0, "empty: unexpected EOF", io.ErrUnexpectedEOF},
	} {
		for _, network := range []bool{true, false} {
			opts := []tiktokshoptest.Option{tiktokshoptest.InMemory()}
			if network {
				opts = nil
			}
			srv := tiktokshoptest.NewServer(t, opts...)
			op := *opUpload
			op.MaxUploadBytes, op.RepeatSafe = 6, true
			effects := 0
			srv.Handle(&op,
				func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) {
					effects++
					return nil, nil
				})
			_, err := tiktokshop.Call[struct{}](t.Context(), srv.Client(), &op, &uploadRequest{
				Data: &tiktokshop.File{Content: &failingReader{strings.NewReader(tc.content),
					tc.err}, Size: tc.size},
			})
			var content *tiktokshop.ContentError
			require.ErrorAs(t, err, &content, name)
			assert.EqualError(t, err, "tiktokshop: things.Upload: Data.Content: "+tc.want, name)
			if tc.is != nil {
				assert.ErrorIs(t, err, tc.is, name)
			}
			assert.False(t, content.MayHaveTakenEffect(), name)
			srv.Close()
			assert.Zero(t, effects, name)
			assert.Empty(t, srv.Requests(), name)
		}
	}
}

func TestUploadRetries(t *testing.T) {
	t.Parallel()
	seekable := func() io.Reader {
		r := strings.NewReader("skipped picture")
		_, _ = r.Seek(8, io.SeekStart)
		return r
	}
	once := func() io.Reader { return unsized("picture") }
	for name, tc := range map[string]struct {
		content  func() io.Reader
		fault    tiktokshoptest.Fault
		attempts int
		kind     error // nil for a success in the end
	}{
		"throttled":            {seekable, throttle, 2, nil},
		"dropped":              {seekable, tiktokshoptest.Fault{Drop: true}, 2, nil},
		"throttled, read once": {once, throttle, 1, tiktokshop.ErrRateLimited},
		"unavailable, read once": {once, tiktokshoptest.Fault{Status: 503}, 1,
			tiktokshop.ErrUnavailable},
		"a buffer is read only once": {func() io.Reader { return bytes.NewBufferString("picture") },
			throttle, 1, tiktokshop.ErrRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				op := *opUpload
				op.RepeatSafe = true
				srv.Handle(&op,
					func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return nil, nil })
				srv.FailNext(1, tc.fault)
				start := time.Now()
				_, err := tiktokshop.Call[struct{}](t.Context(), client, &op,
					&uploadRequest{Data: &tiktokshop.File{Content: tc.content()}})
				if tc.kind == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, tc.kind)
					assert.Zero(t, time.Since(start), "nothing is waited for in vain")
				}
				sent := srv.Requests()
				require.Len(t, sent, tc.attempts)
				for _, r := range sent {
					assert.Equal(t, []part{{"data", "data", "application/octet-stream", "picture"}},
						readForm(t, r.Header.Get("Content-Type"), bytes.NewReader(r.Body)))
				}
			})
		})
	}
}

// TestUploadRetriesWhatWasNotRead has a content that can be read once only survive failures before
// it was read.
func TestUploadRetriesWhatWasNotRead(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, _ *tiktokshop.Client) {
		srv.Handle(opUpload,
			func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return nil, nil })
		dials := 0
		client := srv.Client(withTransport(func(r *http.Request) (*http.Response, error) {
			if dials++; dials < 3 {
				_ = r.Body.Close()
				return nil, &net.OpError{Op: "dial", Err: errDisk}
			}
			return srv.Transport().RoundTrip(r)
		}))
		_, err := tiktokshop.Call[struct{}](t.Context(), client, opUpload,
			&uploadRequest{Data: &tiktokshop.File{Content: unsized("picture")}})
		require.NoError(t, err)
		assert.Equal(t, 3, dials)
		sent := srv.Requests()[0]
		assert.Equal(t, "picture", readForm(t, sent.Header.Get("Content-Type"),
			bytes.NewReader(sent.Body))[0].content)
	})
}

// renewing gives out a token that has expired, then a good one.
type renewing struct{}

func (renewing) AccessToken(context.Context) (token.Secret, error) {
	return token.NewSecret("stale"), nil
}
func (renewing) RenewAccessToken(context.Context, token.Secret, error) (token.Secret, error) {
	return token.NewSecret(tiktokshoptest.AccessToken), nil
}

// TestUploadRenewsTokenAndClock has the platform refuse token and timestamp: only what can be read
// again is sent again.
func TestUploadRenewsTokenAndClock(t *testing.T) {
	for name, seekable := range map[string]bool{"seekable": true, "read once": false} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, _ *tiktokshop.Client) {
				srv.Handle(opUpload,
					func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return nil, nil })
				var stale atomic.Bool
				transport := withTransport(func(r *http.Request) (*http.Response, error) {
					if r.Header.Get("X-Tts-Access-Token") == "stale" {
						stale.Store(true)
						_, _ = io.Copy(io.Discard, r.Body)
						return &http.Response{StatusCode: 401, Header: http.Header{},
							Body: io.NopCloser(strings.NewReader(
								`{"code":105002,"message":"expired"}`))}, nil
					}
					return srv.Transport().RoundTrip(r)
				})
				content := unsized("picture")
				if seekable {
					content = strings.NewReader("picture")
				}
				_, err := tiktokshop.Call[struct{}](t.Context(),
					srv.Client(transport, tiktokshop.WithTokenSource(renewing{})), opUpload,
					&uploadRequest{Data: &tiktokshop.File{Content: content}})
				assert.True(t, stale.Load())
				if !seekable {
					require.ErrorIs(t, err, tiktokshop.ErrTokenExpired)
					assert.Empty(t, srv.Requests())
				} else {
					require.NoError(t, err)
				}

				wrong := tiktokshop.WithClock(
					func() time.Time { return time.Now().Add(-time.Hour) })
				content = unsized("picture")
				if seekable {
					content = strings.NewReader("picture")
				}
				_, err = tiktokshop.Call[struct{}](t.Context(), srv.Client(wrong), opUpload,
					&uploadRequest{Data: &tiktokshop.File{Content: content}})
				if !seekable {
					require.ErrorIs(t, err, tiktokshop.ErrClockSkew)
					return
				}
				require.NoError(t, err)
			})
		})
	}
}

// TestUploadGetBody has a transport begin afresh, as net/http does when a kept connection turns out
// to be dead.
func TestUploadGetBody(t *testing.T) {
	t.Parallel()
	picture := strings.Repeat("picture", 100)
	for _, content := range []io.Reader{strings.NewReader(picture), unsized(picture)} {
		_, seekable := content.(io.Seeker)
		srv := tiktokshoptest.NewServer(t)
		srv.Handle(opUpload,
			func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return nil, nil })
		client := srv.Client(tiktokshop.WithoutRetry(),
			withTransport(func(r *http.Request) (*http.Response, error) {
				_, err := io.CopyN(io.Discard, r.Body, 250)
				require.NoError(t, err)
				old := r.Body
				if r.Body, err = r.GetBody(); err != nil {
					return nil, err
				}
				n, err := old.Read(make([]byte, 1))
				assert.Zero(t, n, "the body before it takes nothing away")
				assert.Error(t, err)
				return srv.Transport().RoundTrip(r)
			}))
		_, err := tiktokshop.Call[struct{}](t.Context(), client, opUpload,
			&uploadRequest{Data: &tiktokshop.File{Content: content}})
		if !seekable {
			require.ErrorContains(t, err, "cannot be read again")
			continue
		}
		require.NoError(t, err)
		sent := srv.Requests()[0]
		assert.Equal(t, picture, readForm(t, sent.Header.Get("Content-Type"),
			bytes.NewReader(sent.Body))[0].content)
	}
}
