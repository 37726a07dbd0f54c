package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/request"
)

// captured is a request as it would be sent.
type captured struct {
	*http.Request
	body []byte // nil for a form, which is not signed
	form []request.Part
}

var errCaptured = errors.New("captured")

// capture takes a request instead of sending it.
type capture struct{ got *captured }

func (c *capture) RoundTrip(req *http.Request) (*http.Response, error) {
	c.got = &captured{Request: req}
	if req.Body != nil {
		defer req.Body.Close()
		if !strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/") {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return nil, err
			}
			c.got.body = body
		}
	}
	return nil, errCaptured
}

// prepared is the request that a call would send, checked and signed. Nothing is sent.
func prepared(ctx context.Context, r *request.Request, c *tiktokshop.Client) (*captured, error) {
	var taken capture
	_, err := r.Do(ctx, c, tiktokshop.WithHTTPClient(&http.Client{Transport: &taken}),
		tiktokshop.WithoutRetry())
	if taken.got == nil {
		return nil, err
	}
	taken.got.form = r.Parts()
	return taken.got, nil
}

// masks stand for what is not shown.
const (
	maskedToken = "$TIKTOK_ACCESS_TOKEN"
	maskedSign  = "[redacted]"
)

// shownURL is the URL, its signature masked unless reveal is set. The order of the parameters
// stays.
func (c *captured) shownURL(reveal bool) string {
	raw := c.URL.String()
	sign := c.URL.Query().Get("sign")
	if reveal || sign == "" {
		return raw
	}
	return strings.Replace(raw, "sign="+sign, "sign="+maskedSign, 1)
}

// stringToSign is what the signature is made of, with {app_secret} for the secret.
func (c *captured) stringToSign() (string, error) {
	query := c.URL.Query()
	return tiktokshop.SignInput{
		Path: c.URL.Path, Query: query, ContentType: c.Header.Get("Content-Type"),
		Body: bytes.Clone(c.body),
	}.StringToSign(), nil
}

// curl is a command line that sends the request.
func (c *captured) curl(reveal bool) string {
	var b strings.Builder
	b.WriteString("curl")
	if c.Method != http.MethodGet {
		b.WriteString(" -X " + c.Method)
	}
	b.WriteString(" " + quoted(c.shownURL(reveal)))
	for _, name := range []string{"X-Tts-Access-Token", "Content-Type"} {
		value := c.Header.Get(name)
		switch {
		case value == "", strings.HasPrefix(value, "multipart/"):
			// curl makes a boundary of its own
			continue
		case name == "X-Tts-Access-Token" && !reveal:
			// a shell fills it in
			fmt.Fprintf(&b, " \\\n  -H \"%s: %s\"", strings.ToLower(name), maskedToken)
			continue
		}
		fmt.Fprintf(&b, " \\\n  -H %s", quoted(strings.ToLower(name)+": "+value))
	}
	if len(c.body) > 0 {
		fmt.Fprintf(&b, " \\\n  --data-raw %s", quoted(string(c.body)))
	}
	for _, p := range c.form {
		value := p.Name + "=" + p.Text
		if p.File != "" {
			value = p.Name + "=@" + p.File
		}
		fmt.Fprintf(&b, " \\\n  -F %s", quoted(value))
	}
	return b.String()
}

// quoted is a text as a shell takes it.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
