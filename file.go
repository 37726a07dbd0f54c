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
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
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
func (f File) IsZero() bool { return isNil(f.Content) }

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

const (
	defaultMaxDownload = 256 << 20
	// mostRedirects is how many redirects one attempt follows.
	mostRedirects = 5
)

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
	if isNil(w) {
		writerErr = op.inputError("writer", "is nil")
	}
	if req.MaxBytes < 0 {
		sizeErr = op.inputError("MaxBytes", "must not be negative")
	}
	if err := joinErrors(urlErr, writerErr, sizeErr); err != nil {
		return nil, err
	}
	d := &download{
		invocation: &invocation{prepared: prepared{cfg: cfg, op: op}}, url: u, w: w, types: req.ContentTypes,
		limit: cmp.Or(req.MaxBytes, defaultMaxDownload), scrub: scrub.New(secretsOfURL(u)...),
	}
	d.client = &http.Client{Transport: cfg.httpClient.Transport, CheckRedirect: checkRedirect} // no jar
	start := time.Now()
	if err := d.run(ctx); err != nil {
		d.describe(err, time.Since(start))
		return nil, err
	}
	return &Downloaded{Bytes: d.written, ContentType: d.contentType, Attempts: d.made}, nil
}

// downloadURL parses a URL, and refuses one that is not safe to call.
func (op *Operation) downloadURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, op.inputError("URL", bind.Missing)
	case err != nil: // which quotes it
		return nil, op.inputError("URL", "cannot be parsed")
	case !isSafe(u):
		return nil, op.inputError("URL", "must be https://host/… without user information; http is for loopback hosts only")
	}
	return u, nil
}

func isSafe(u *url.URL) bool {
	return u.User == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

var (
	errUnsafeRedirect = errors.New("a redirect to a URL that is not https")
	errManyRedirects  = errors.New("too many redirects")
)

// checkRedirect bounds redirects, and tells no host the URL of another, which may hold a signature.
func checkRedirect(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer")
	switch {
	case len(via) > mostRedirects:
		return errManyRedirects
	case !isSafe(req.URL), req.URL.Scheme == "http" && via[0].URL.Scheme == "https":
		return errUnsafeRedirect
	}
	return nil
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

// download is one under way.
type download struct {
	*invocation
	client *http.Client
	url    *url.URL
	w      io.Writer
	types  []string
	limit  int64
	scrub  *scrub.Scrubber

	written     int64
	contentType string
	validator   string // of the content, strong, "" if the host gave none
}

// run makes attempts until all is written.
func (d *download) run(ctx context.Context) error {
	for {
		d.made++
		err := d.attempt(ctx)
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
		if waitErr := sleep(ctx, wait); waitErr != nil {
			return d.interrupted(waitErr, err)
		}
	}
}

// attempt asks for what is missing and writes it.
func (d *download) attempt(ctx context.Context) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := silence{limit: d.cfg.attemptTimeout}
	watch.timer = time.AfterFunc(cmp.Or(watch.limit, time.Hour), func() {
		if watch.limit > 0 {
			cancel(fmt.Errorf("%w: nothing came within %v", ErrAttemptTimeout, watch.limit))
		}
	})
	defer watch.timer.Stop()
	req := (&http.Request{Method: http.MethodGet, URL: d.url, Host: d.url.Host, Header: http.Header{
		"User-Agent":      {d.cfg.userAgent},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"}, // parts are those of the content, not of something compressed
	}}).WithContext(inner)
	if d.written > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.written))
		if d.validator != "" {
			req.Header.Set("If-Range", d.validator)
		}
	}
	res, err := d.client.Do(req)
	if err != nil {
		return d.broken(ctx, inner, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusRequestedRangeNotSatisfiable && d.written > 0 &&
		res.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", d.written) {
		return nil // only its end was missing
	}
	if err := d.begin(res); err != nil {
		return err
	}
	return d.copy(ctx, inner, res.Body, &watch)
}

// silence bounds the time in which nothing comes.
type silence struct {
	limit time.Duration // 0 for none
	timer *time.Timer
}

// read reads within the bound, which does not count the time that the writer takes.
func (s *silence) read(r io.Reader, buf []byte) (int, error) {
	if s.limit > 0 {
		s.timer.Reset(s.limit)
		defer s.timer.Stop()
	}
	return r.Read(buf)
}

// begin judges an answer before its content is read.
func (d *download) begin(res *http.Response) error {
	contentType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	validator := validatorOf(res.Header)
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden ||
		res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return d.refuse(res, ErrNotFound, errors.New("the URL has expired, or leads nowhere"))
	case res.StatusCode == http.StatusPartialContent && d.written > 0:
		if !strings.HasPrefix(res.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", d.written)) ||
			validator != d.validator {
			return d.refuse(res, ErrInvalidResponse, errors.New("the rest of the content is not that of its beginning"))
		}
	case res.StatusCode == http.StatusOK && d.written > 0:
		return d.refuse(res, ErrInvalidResponse, errors.New("the download broke off, and the host does not send the rest of it"))
	case res.StatusCode != http.StatusOK:
		return d.refuse(res, kindOf(res.StatusCode, 0, ""), nil)
	case !d.takes(contentType):
		return d.refuse(res, ErrInvalidResponse, fmt.Errorf("the content is %s, which is not wanted", strconv.Quote(contentType)))
	}
	if res.ContentLength > d.limit-d.written {
		return d.tooLarge(res)
	}
	d.contentType, d.validator = cmp.Or(d.contentType, contentType), validator
	return nil
}

// validatorOf is what tells whether content has changed; a weak one does not for its bytes.
func validatorOf(h http.Header) string {
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return h.Get("Last-Modified")
}

// takes reports whether content of a type is wanted.
func (d *download) takes(contentType string) bool {
	return len(d.types) == 0 || slices.ContainsFunc(d.types, func(want string) bool {
		family, isFamily := strings.CutSuffix(want, "/*")
		before, _, _ := strings.Cut(contentType, "/")
		return strings.EqualFold(want, contentType) || isFamily && strings.EqualFold(family, before)
	})
}

// copy writes the content.
func (d *download) copy(ctx, inner context.Context, body io.Reader, watch *silence) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := watch.read(body, buf)
		if int64(n) > d.limit-d.written {
			return d.tooLarge(&http.Response{StatusCode: http.StatusOK})
		}
		if n > 0 {
			written, writeErr := d.w.Write(buf[:n])
			d.written += int64(written)
			if writeErr == nil && written < n {
				writeErr = io.ErrShortWrite
			}
			if writeErr != nil {
				return fmt.Errorf("tiktokshop: Download: the content could not be written: %w", writeErr)
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return d.broken(ctx, inner, err)
		}
	}
}

// broken is the error of an attempt that got no answer, or not all of it.
func (d *download) broken(ctx, inner context.Context, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	switch {
	case errors.Is(err, errUnsafeRedirect), errors.Is(err, errManyRedirects):
		return &APIError{Operation: d.op.Name, HTTPStatus: http.StatusFound, kind: ErrInvalidResponse, cause: err}
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		err = callerEnded(fmt.Errorf("%w: %w", ctx.Err(), err))
	case ctx.Err() != nil:
		err = callerEnded(err)
	case inner.Err() != nil:
		err = context.Cause(inner)
	}
	return &TransportError{Operation: d.op.Name, Err: d.scrub.Error(err), unsent: true} // a download has no effect
}

// refuse is the error for an answer that is not the content.
func (d *download) refuse(res *http.Response, kind, cause error) error {
	return &APIError{
		Operation:  d.op.Name,
		HTTPStatus: res.StatusCode,
		LogID:      d.scrub.Text(res.Header.Get("X-Tt-Logid")),
		RetryAfter: parseRetryAfter(res.Header.Get("Retry-After"), d.cfg.now()),
		kind:       kind,
		cause:      cause,
	}
}

func (d *download) tooLarge(res *http.Response) error {
	return d.refuse(res, ErrResponseTooLarge, fmt.Errorf("more than %d bytes", d.limit))
}
