// Package download fetches what a URL leads to, in as many attempts as it takes, and never writes a
// byte that does not belong to the content it began with.
package download

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
)

// mostRedirects is how many redirects one attempt follows.
const mostRedirects = 5

// Reasons of a Refusal.
var (
	ErrGone     = errors.New("the URL has expired, or leads nowhere")
	ErrUnfit    = errors.New("the content does not fit")
	ErrTooLarge = errors.New("the content is too large")
	ErrStatus   = errors.New("the status is that of no content")
)

// Refusal is an answer that is not the content.
type Refusal struct {
	// Reason is one of the reasons above.
	Reason error
	// Status and Header are the answer's.
	Status int
	Header http.Header
	// Cause says more, nil if there is no more to say.
	Cause error
}

// Error gives the reason.
func (r *Refusal) Error() string { return r.Reason.Error() }

// ParseURL parses a URL, and says what is wrong with one that is not safe to call, without quoting
// it.
func ParseURL(s string) (u *url.URL, wrong string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, bind.Missing
	case err != nil:
		return nil, "cannot be parsed"
	case !wire.IsSafe(u):
		return nil, "must be https://host/… without user information; http is for loopback hosts only"
	}
	return u, ""
}

// Broken is an attempt that got no answer, or not all of it.
type Broken struct{ Err error }

// Error is the cause's.
func (b *Broken) Error() string { return b.Err.Error() }

// Unwrap returns the cause.
func (b *Broken) Unwrap() error { return b.Err }

var (
	errUnsafeRedirect = errors.New("a redirect to a URL that is not https")
	errManyRedirects  = errors.New("too many redirects")
)

// CheckRedirect is for an http.Client: it bounds redirects, and tells no host the URL of another,
// which may hold a signature.
func CheckRedirect(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer")
	switch {
	case len(via) > mostRedirects:
		return errManyRedirects
	case !wire.IsSafe(req.URL), req.URL.Scheme == "http" && via[0].URL.Scheme == "https":
		return errUnsafeRedirect
	}
	return nil
}

// Transfer is one download.
type Transfer struct {
	// Client makes the requests.
	Client    *http.Client
	UserAgent string
	URL       *url.URL
	// W takes the content, Limit bytes of it at most.
	W     io.Writer
	Limit int64
	// Types are the media types that are taken, such as "image/*"; none stands for all.
	Types []string
	// Silence bounds the time in which nothing comes, 0 does not; ErrSilence is what it ends with.
	Silence    time.Duration
	ErrSilence error

	// Written is how much has been, of what ContentType.
	Written     int64
	ContentType string

	validator string // of the content, strong, "" if the host gave none
}

// Attempt asks for what is missing and writes it. Its error is a *Refusal, a *Broken, or what W
// said.
func (t *Transfer) Attempt(ctx context.Context) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := silence{limit: t.Silence}
	watch.timer = time.AfterFunc(cmp.Or(watch.limit, time.Hour), func() {
		if watch.limit > 0 {
			cancel(fmt.Errorf("%w: nothing came within %v", t.ErrSilence, watch.limit))
		}
	})
	defer watch.timer.Stop()
	req := (&http.Request{Method: http.MethodGet, URL: t.URL, Host: t.URL.Host, Header: http.Header{
		"User-Agent": {t.UserAgent},
		"Accept":     {"*/*"},
		// parts are those of the content, not of something compressed
		"Accept-Encoding": {"identity"},
	}}).WithContext(inner)
	if t.Written > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.Written))
		if t.validator != "" {
			req.Header.Set("If-Range", t.validator)
		}
	}
	res, err := t.Client.Do(req)
	if err != nil {
		return broken(ctx, inner, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusRequestedRangeNotSatisfiable && t.Written > 0 &&
		res.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", t.Written) {
		return nil // only its end was missing
	}
	if err := t.begin(res); err != nil {
		return err
	}
	return t.copy(ctx, inner, res, &watch)
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
func (t *Transfer) begin(res *http.Response) error {
	refuse := func(reason, cause error) error {
		return &Refusal{reason, res.StatusCode, res.Header, cause}
	}
	contentType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	validator := validatorOf(res.Header)
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden ||
		res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return refuse(ErrGone, ErrGone)
	case res.StatusCode == http.StatusPartialContent && t.Written > 0:
		if !strings.HasPrefix(res.Header.Get("Content-Range"),
			fmt.Sprintf("bytes %d-", t.Written)) ||
			validator != t.validator {
			return refuse(ErrUnfit,
				errors.New("the rest of the content is not that of its beginning"))
		}
	case res.StatusCode == http.StatusOK && t.Written > 0:
		return refuse(ErrUnfit,
			errors.New("the download broke off, and the host does not send the rest of it"))
	case res.StatusCode != http.StatusOK:
		return refuse(ErrStatus, nil)
	case !t.takes(contentType):
		return refuse(ErrUnfit, fmt.Errorf("the content is %s, which is not wanted",
			strconv.Quote(contentType)))
	}
	if res.ContentLength > t.Limit-t.Written {
		return t.tooLarge(res)
	}
	t.ContentType, t.validator = cmp.Or(t.ContentType, contentType), validator
	return nil
}

func (t *Transfer) tooLarge(res *http.Response) error {
	return &Refusal{ErrTooLarge, res.StatusCode, res.Header,
		fmt.Errorf("more than %d bytes", t.Limit)}
}

// validatorOf is what tells whether content has changed; a weak one does not for its bytes.
func validatorOf(h http.Header) string {
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return h.Get("Last-Modified")
}

// takes reports whether content of a type is wanted.
func (t *Transfer) takes(contentType string) bool {
	return len(t.Types) == 0 || slices.ContainsFunc(t.Types, func(want string) bool {
		family, isFamily := strings.CutSuffix(want, "/*")
		before, _, _ := strings.Cut(contentType, "/")
		return strings.EqualFold(want, contentType) || isFamily && strings.EqualFold(family, before)
	})
}

// copy writes the content.
func (t *Transfer) copy(ctx, inner context.Context, res *http.Response, watch *silence) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := watch.read(res.Body, buf)
		if int64(n) > t.Limit-t.Written {
			return t.tooLarge(res)
		}
		if n > 0 {
			written, writeErr := t.W.Write(buf[:n])
			t.Written += int64(written)
			if writeErr == nil && written < n {
				writeErr = io.ErrShortWrite
			}
			if writeErr != nil {
				return fmt.Errorf("the content could not be written: %w", writeErr)
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return broken(ctx, inner, err)
		}
	}
}

// broken is the error of an attempt that got no answer, or not all of it.
func broken(ctx, inner context.Context, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // without the URL
	}
	switch {
	case errors.Is(err, errUnsafeRedirect), errors.Is(err, errManyRedirects):
		return &Refusal{ErrUnfit, http.StatusFound, nil, err}
	case ctx.Err() == nil && inner.Err() != nil:
		err = context.Cause(inner)
	}
	return &Broken{err}
}

// Secrets are the parts of a URL that may be a signature.
func Secrets(u *url.URL) []string {
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
