package tiktokshop

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/download"
	"github.com/tiktokshop-go/tiktokshop/internal/form"
	"github.com/tiktokshop-go/tiktokshop/internal/pause"
	"github.com/tiktokshop-go/tiktokshop/internal/refusal"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
)

// File is a file in a request: a field with a tag such as form:"data", or the Body of Params.
//
// It is sent while it is read and never held in memory as a whole. If Content is an io.Seeker, as
// an *os.File and a bytes.Reader are, the call is retried like any other; else only as long as
// nothing has been read. Content is not closed. It is not touched any more when the call has
// returned, but for a Read that was blocked when the context ended.
type File struct {
	// Name is the file's name without a path, such as "front.jpg"; the field's if it is empty.
	Name string
	// ContentType is the media type, such as "image/jpeg"; application/octet-stream if it is empty.
	ContentType string
	// Content is sent from where it stands.
	Content io.Reader
	// Size is how many bytes of Content are sent; 0 stands for all. What can tell its size, as an
	// *os.File, a *bytes.Reader and a *bytes.Buffer can, needs none; of anything else the size is
	// better given, so that the request has a Content-Length.
	Size int64
}

// IsZero reports whether there is no content.
func (f File) IsZero() bool { return (*form.File)(&f).IsZero() }

// defaultMaxUpload is what the platform takes in one request, if the operation does not say
// otherwise.
const defaultMaxUpload = 10 << 20

func (op *Operation) maxUpload() int64 {
	return cmp.Or(max(op.MaxUploadBytes, 0), defaultMaxUpload)
}

// DownloadRequest is the input of Download.
type DownloadRequest struct {
	// URL is one that the platform gave out, such as a doc_url. It must be https; http is for
	// loopback hosts only. Its query mostly holds a signature, so that no error shows it.
	URL string
	// MaxBytes bounds the content; 256 MiB by default. More is ErrResponseTooLarge.
	MaxBytes int64
	// ContentTypes are those that are taken, such as "application/pdf" or "image/*"; with none all
	// are. Another one, such as the HTML of an error page, is ErrInvalidResponse, and nothing is
	// written.
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

// Download writes to w what a URL leads to that the platform gave out for a label, an invoice or an
// export. The request is not signed and carries neither the access token nor a cookie, as the host
// is another one; it does not count against the rate limit.
//
// A download that breaks off goes on where it was, by the client's RetryPolicy, where the host
// allows it: what was written stays, and if the content has changed since, or the host sends parts
// of none, the download ends with an error. The limit of WithAttemptTimeout is that of a silence.
// Redirects are followed, from https to https only.
//
// Errors: *InputError; *TransportError if there was no answer or it broke off; *APIError for any
// answer but the content: of 401, 403, 404 and 410, which a URL that has expired gets, the kind is
// ErrNotFound; and that of w.
func Download(
	ctx context.Context, c *Client, req *DownloadRequest, w io.Writer, opts ...Option,
) (*Downloaded, error) {
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
	var urlErr, writerErr, sizeErr error
	u, wrong := download.ParseURL(req.URL)
	if wrong != "" {
		urlErr = op.inputError("URL", "%s", wrong)
	}
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
		invocation: &invocation{prepared: prepared{cfg: cfg, op: op}},
		scrub:      scrub.New(download.Secrets(u)...),
		Transfer: download.Transfer{
			// no jar
			Client: &http.Client{Transport: cfg.httpClient.Transport,
				CheckRedirect: download.CheckRedirect},
			URL: u, UserAgent: cfg.userAgent, W: w, Types: req.ContentTypes,
			Limit:   cmp.Or(req.MaxBytes, defaultMaxDownload),
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
		if err == nil || ctx.Err() != nil || !Retryable(err) {
			return err
		}
		wait, reason := d.cfg.retry.next(ctx, d.made, err)
		if reason != "" {
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
		kind := refusal.Kind(e.Status, 0, "")
		switch e.Reason {
		case download.ErrGone:
			kind = ErrNotFound
		case download.ErrUnfit:
			kind = ErrInvalidResponse
		case download.ErrTooLarge:
			kind = ErrResponseTooLarge
		}
		return &APIError{
			Operation: d.op.Name, HTTPStatus: e.Status,
			LogID:      d.scrub.Text(e.Header.Get("X-Tt-Logid")),
			RetryAfter: wire.RetryAfter(e.Header.Get("Retry-After"), d.cfg.now()), kind: kind,
			cause: e.Cause,
		}
	case *download.Broken:
		cause := d.scrub.Error(wire.CallerEnded(ctx, e.Err))
		// a download has no effect
		return &TransportError{Operation: d.op.Name, Err: cause, unsent: true}
	}
	return fmt.Errorf("tiktokshop: Download: %w", err)
}
