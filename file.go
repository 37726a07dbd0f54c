package tiktokshop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/download"
	"github.com/tiktokshop-go/tiktokshop/internal/pause"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/stream"
)

// File is a file in a request: a field with a tag such as form:"data", or the Body of Params.
//
// It is sent while it is read and never held in memory as a whole. If Content is an io.Seeker, as an *os.File and a
// bytes.Reader are, the call is retried like any other; else only as long as nothing has been read. Content is not
// closed. It is not touched any more when the call has returned, but for a Read that was blocked when the context ended.
type File struct {
	// Name is the file's name without a path, such as "front.jpg"; that of the field if it is empty.
	Name string
	// ContentType is the media type, such as "image/jpeg"; application/octet-stream if it is empty.
	ContentType string
	// Content is sent from where it stands.
	Content io.Reader
	// Size is how many bytes of Content are sent; 0 stands for all. What can tell its size, as an *os.File, a *bytes.Reader and
	// a *bytes.Buffer can, needs none; of anything else the size is better given, so that the request has a Content-Length.
	Size int64
}

// IsZero reports whether there is no content.
func (f File) IsZero() bool { return bind.IsNil(f.Content) }

const (
	// defaultMaxUpload is what the platform takes in one request, if the operation does not say otherwise.
	defaultMaxUpload   = 10 << 20
	defaultContentType = "application/octet-stream"
)

func (op *Operation) maxUpload() int64 {
	if op.MaxUploadBytes > 0 {
		return op.MaxUploadBytes
	}
	return defaultMaxUpload
}

// part checks the file and makes the part of an upload that sends it. field is its name.
func (f *File) part(field string, limit int64) (part *stream.File, found []bind.Mistake) {
	if f.IsZero() {
		return nil, []bind.Mistake{{Field: "Content", Reason: bind.Missing}}
	}
	if strings.ContainsFunc(f.Name, isControl) || !utf8.ValidString(f.Name) || strings.ContainsAny(f.Name, `/\`) {
		found = append(found, bind.Mistake{Field: "Name", Reason: "is malformed: a file name has no path, no control characters and is UTF-8"})
	}
	if f.ContentType != "" {
		kind, _, err := mime.ParseMediaType(f.ContentType)
		if err != nil || !strings.Contains(kind, "/") || strings.ContainsFunc(f.ContentType, isControl) {
			found = append(found, bind.Mistake{Field: "ContentType", Reason: "is malformed: a media type is one such as image/jpeg"})
		}
	}
	if f.Size < 0 {
		return nil, append(found, bind.Mistake{Field: "Size", Reason: bind.TooSmall("0")})
	}
	part, err := stream.NewFile(field+".Content", f.Content, f.Size, limit)
	switch err {
	case nil:
	case stream.ErrShort:
		found = append(found, bind.Mistake{Field: "Size", Reason: err.Error()})
	default:
		found = append(found, bind.Mistake{Field: "Content", Reason: err.Error()})
	}
	return part, found
}

// raw makes a body that is the file alone.
func (f *File) raw(limit int64) (*stream.Body, []bind.Mistake) {
	part, found := f.part("Body", limit)
	if len(found) > 0 {
		for i := range found {
			found[i] = found[i].In("Body")
		}
		return nil, found
	}
	body := stream.New(cmp.Or(f.ContentType, defaultContentType))
	body.AddFile(part)
	return body, nil
}

// DownloadRequest is the input of Download.
type DownloadRequest struct {
	// URL is one that the platform gave out, such as a doc_url. It must be https; http is for loopback hosts only. Its query
	// mostly holds a signature, so that no error shows it.
	URL string
	// MaxBytes bounds the content; 256 MiB by default. More is ErrResponseTooLarge.
	MaxBytes int64
	// ContentTypes are those that are taken, such as "application/pdf" or "image/*"; with none all are. Another one, such as the
	// HTML of an error page, is ErrInvalidResponse, and nothing is written.
	ContentTypes []string
}

// Downloaded tells what Download has written.
type Downloaded struct {
	// Bytes is the size of the content.
	Bytes int64
	// ContentType is the media type that the host gave, without parameters.
	ContentType string
	// Attempts is how many requests it took.
	Attempts int
}

const defaultMaxDownload = 256 << 20

// Download writes to w what a URL leads to that the platform gave out for a label, an invoice or an export. The request is
// not signed and carries neither the access token nor a cookie, as the host is another one; it does not count against the rate limit.
//
// A download that breaks off goes on where it was, by the client's RetryPolicy, where the host allows it: what was written
// stays, and if the content has changed since, or the host sends parts of none, the download ends with an error. The
// limit of WithAttemptTimeout is that of a silence. Redirects are followed, from https to https only.
//
// Errors: *InputError; *TransportError if there was no answer or it broke off; *APIError for any answer but the content: of
// 401, 403, 404 and 410, which a URL that has expired gets, the kind is ErrNotFound; and that of w.
func Download(ctx context.Context, c *Client, req *DownloadRequest, w io.Writer, opts ...Option) (*Downloaded, error) {
	op := &Operation{Name: "Download", Method: http.MethodGet}
	if ctx == nil {
		return nil, op.inputError("context", "is nil")
	}
	cfg, err := c.config(opts)
	if err != nil {
		return nil, err
	}
	if req == nil {
		req = new(DownloadRequest)
	}
	u, urlErr := op.downloadURL(req.URL)
	var writerErr, sizeErr error
	if bind.IsNil(w) {
		writerErr = op.inputError("writer", "is nil")
	}
	if req.MaxBytes < 0 {
		sizeErr = op.inputError("MaxBytes", "must not be negative")
	}
	if err := joinErrors(urlErr, writerErr, sizeErr); err != nil {
		return nil, err
	}
	d := &transfer{
		invocation: &invocation{prepared: prepared{cfg: cfg, op: op}}, scrub: scrub.New(secretsOfURL(u)...),
		Transfer: download.Transfer{
			Client: &http.Client{Transport: cfg.httpClient.Transport, CheckRedirect: download.CheckRedirect(isLoopback)}, // no jar
			URL:    u, UserAgent: cfg.userAgent, W: w, Types: req.ContentTypes, Limit: cmp.Or(req.MaxBytes, defaultMaxDownload),
			Silence: cfg.attemptTimeout, ErrSilence: ErrAttemptTimeout,
		},
	}
	start := time.Now()
	if err := d.run(ctx); err != nil {
		d.describe(err, time.Since(start))
		return nil, err
	}
	return &Downloaded{Bytes: d.Written, ContentType: d.ContentType, Attempts: d.made}, nil
}

// downloadURL parses a URL, and refuses one that is not safe to call.
func (op *Operation) downloadURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, op.inputError("URL", bind.Missing)
	case err != nil: // which quotes it
		return nil, op.inputError("URL", "cannot be parsed")
	case !download.IsSafe(u, isLoopback):
		return nil, op.inputError("URL", "must be https://host/… without user information; http is for loopback hosts only")
	}
	return u, nil
}

// secretsOfURL are the parts of a URL that may be a signature.
func secretsOfURL(u *url.URL) []string {
	secrets := []string{u.RawQuery, u.RequestURI()}
	for _, values := range u.Query() {
		for _, value := range values {
			if len(value) >= 12 { // shorter ones are sizes and names
				secrets = append(secrets, value)
			}
		}
	}
	return secrets
}

// transfer is a download under way.
type transfer struct {
	*invocation
	download.Transfer
	scrub *scrub.Scrubber
}

// run makes attempts until all is written.
func (d *transfer) run(ctx context.Context) error {
	for {
		d.made++
		err := d.failure(ctx, d.Attempt(ctx))
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil, !Retryable(err), d.made >= d.cfg.retry.MaxAttempts, retryAfterOf(err) > d.cfg.retry.MaxRetryAfter:
			return err
		}
		wait := max(retryAfterOf(err), d.cfg.retry.backoff(d.made, rand.Float64()))
		if deadline, bounded := ctx.Deadline(); bounded && time.Until(deadline) <= wait {
			return err
		}
		if waitErr := pause.For(ctx, wait); waitErr != nil {
			return d.interrupted(waitErr, err)
		}
	}
}

// failure says of an attempt's error what those of calls say.
func (d *transfer) failure(ctx context.Context, err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *download.Refusal:
		kind := kindOf(e.Status, 0, "")
		switch e.Reason {
		case download.ErrGone:
			kind = ErrNotFound
		case download.ErrUnfit:
			kind = ErrInvalidResponse
		case download.ErrTooLarge:
			kind = ErrResponseTooLarge
		}
		return &APIError{
			Operation: d.op.Name, HTTPStatus: e.Status, LogID: d.scrub.Text(e.Header.Get("X-Tt-Logid")),
			RetryAfter: parseRetryAfter(e.Header.Get("Retry-After"), d.cfg.now()), kind: kind, cause: e.Cause,
		}
	case *download.Broken:
		err = e.Err
		switch ended := ctx.Err(); {
		case ended != nil && !errors.Is(err, ended):
			err = callerEnded(fmt.Errorf("%w: %w", ended, err))
		case ended != nil:
			err = callerEnded(err)
		}
		return &TransportError{Operation: d.op.Name, Err: d.scrub.Error(err), unsent: true} // a download has no effect
	}
	return fmt.Errorf("tiktokshop: Download: %w", err)
}
