package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func (a *App) webhookVerifyCommand() *cobra.Command {
	var bodyFile, headerFile string
	c := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check a captured delivery, and say what is different",
		Long: `Check the signature of a captured delivery, and say what is different if it is wrong. The delivery is a whole HTTP request
(FILE, or stdin): its line, headers and body. Or it is in two files: --body has the body's bytes, --headers the headers,
of which Authorization counts. Nothing is sent.`,
		Example: `  tts webhook verify delivery.http
  tts webhook verify --body body.json --headers headers.txt
  tts --fake webhook verify --json < delivery.http`,
		Args: arguments(0, 1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if bodyFile != "" || headerFile != "" {
				if err := required(cmd, "body", "headers"); err != nil {
					return err
				}
			}
			d, err := a.readDelivery(cmd.Context(), args, bodyFile, headerFile)
			if err != nil {
				return err
			}
			return a.webhookVerify(cmd.Context(), d)
		},
	}
	c.Flags().StringVar(&bodyFile, "body", "", "a file with the body, byte for byte")
	c.Flags().StringVar(&headerFile, "headers", "", "a file with the headers, one a line")
	return c
}

// delivery is a captured one.
type delivery struct {
	body []byte
	// all that stands behind the headers, which may be more or less than the body's length says
	rest   []byte
	header string // Authorization
	utf16  bool   // the capture was UTF-16, which body and rest are not any more
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// inUTF8 is a capture in UTF-8; it tells whether it was UTF-16.
func inUTF8(content []byte) (text []byte, was16 bool) {
	if textfile.UTF16(content) {
		return textfile.FromUTF16(content), true
	}
	return bytes.TrimPrefix(content, byteOrderMark), false
}

// readDelivery reads a captured delivery.
func (a *App) readDelivery(
	ctx context.Context, args []string, bodyFile, headerFile string,
) (*delivery, error) {
	if bodyFile != "" {
		if len(args) > 0 {
			return nil, usagef("give either a file with a whole request, or --body and --headers")
		}
		body, err := textfile.Read(bodyFile)
		if err != nil {
			return nil, &output.UsageError{Err: err}
		}
		headers, err := textfile.Read(headerFile)
		if err != nil {
			return nil, &output.UsageError{Err: err}
		}
		d := &delivery{body: body, rest: body}
		if textfile.UTF16(body) {
			d.body, d.utf16 = inUTF8(body)
			d.rest = d.body
		}
		head, _ := inUTF8(headers)
		for line := range strings.Lines(string(head)) {
			if name, value, ok := strings.Cut(line, ":"); ok &&
				strings.EqualFold(strings.TrimSpace(name), webhook.SignatureHeader) {
				d.header = strings.TrimSpace(value)
			}
		}
		return d, nil
	}
	content, err := a.input(ctx, args)
	if err != nil {
		return nil, orUsage(err)
	}
	return parseDelivery(content)
}

// headEnd is the empty line between headers and body, whatever the ends of the lines are.
var headEnd = regexp.MustCompile(`\r?\n\r?\n`)

// parseDelivery reads a whole request, as a tool or an editor may have written it.
func parseDelivery(content []byte) (*delivery, error) {
	content, was16 := inUTF8(content)
	content = bytes.TrimLeft(content, "\r\n")
	end := headEnd.FindIndex(content)
	if end == nil {
		return nil, output.Usagef(
			"not a whole HTTP request: no empty line stands between its headers and its body")
	}
	head, rest := content[:end[0]], content[end[1]:]
	// HTTP/2 as tools write it has headers alike
	if line, others, ok := bytes.Cut(head, []byte("\n")); ok {
		line = bytes.TrimRight(line, "\r")
		if request, ok := bytes.CutSuffix(line, []byte(" HTTP/2")); ok {
			head = bytes.Join([][]byte{request, []byte(" HTTP/1.1\n"), others}, nil)
		}
	}
	whole := bytes.Join([][]byte{head, rest}, []byte("\r\n\r\n"))
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(whole)))
	if err != nil {
		return nil, output.Usagef(
			"not an HTTP request: it begins with a line such as POST /events HTTP/1.1, and headers")
	}
	defer req.Body.Close()
	d := &delivery{body: rest, rest: rest, header: req.Header.Get(webhook.SignatureHeader),
		utf16: was16}
	switch body, err := io.ReadAll(req.Body); {
	case req.ContentLength <= 0 && len(req.TransferEncoding) == 0:
		// captured without: the rest is the body
	case err == nil:
		d.body = body
	case len(req.TransferEncoding) == 0:
		return nil, output.Usagef("the body is shorter than Content-Length says: %d bytes of %d",
			len(rest), req.ContentLength)
	default: // most tools keep the header that says chunked, and the body without chunks
	}
	return d, nil
}

// verdict is what a check found.
type verdict struct {
	Valid  bool   `json:"valid"`
	Cause  string `json:"cause,omitzero"`
	Remedy string `json:"remedy,omitzero"`
}

func (a *App) webhookVerify(ctx context.Context, d *delivery) error {
	key, secret, err := a.appSecrets(ctx)
	if err != nil {
		return err
	}
	sign := func(key, secret string, body []byte) string {
		s, err := webhook.NewSigner(key, secret)
		if err != nil {
			return ""
		}
		return s.Sign(body)
	}
	if _, err := webhook.NewSigner(key, secret.Reveal()); err != nil {
		return err
	}
	found := diagnose(d, func(body []byte) string { return sign(key, secret.Reveal(), body) })
	if d.utf16 {
		found = ofUTF16(found)
	}
	if err := a.Show(found, func() error {
		if found.Valid {
			a.Println("%s", a.Green("The signature is right."))
			return nil
		}
		a.Println("%s %s", a.Red("The signature is wrong:"), found.Cause)
		return nil
	}); err != nil {
		return err
	}
	if found.Valid {
		return nil
	}
	return &output.CodeError{Code: output.Failure, Err: errors.New("the delivery would be refused"),
		Hint: found.Remedy}
}

const asReceived = "verify the bytes that were received, before anything reads or writes them anew"

// ofUTF16 is what was found of a capture in UTF-16, which is not what was received.
func ofUTF16(found verdict) verdict {
	const cause = "the capture is UTF-16, as editors and shells of Windows write"
	if found.Valid {
		return verdict{Cause: cause + "; as UTF-8 it is the delivery that was signed",
			Remedy: asReceived}
	}
	found.Cause = cause + ", and then " + found.Cause
	return found
}

// diagnose says whether a delivery's header is the signature of its body, and otherwise what is
// different.
func diagnose(d *delivery, sign func([]byte) string) verdict {
	header, right := d.header, sign(d.body)
	switch {
	case header == right:
		return verdict{Valid: true}
	case header == "":
		return verdict{Cause: "there is no " + webhook.SignatureHeader + " header",
			Remedy: "have the proxy in front pass it on; without one, the delivery is not the platform's"}
	case strings.EqualFold(header, right):
		return verdict{Cause: "the header is in capital letters",
			Remedy: "compare with lowercase hexadecimal digits, as the platform sends them"}
	case strings.Contains(header, " "):
		if fields := strings.Fields(header); len(fields) > 0 && fields[len(fields)-1] == right {
			return verdict{Cause: "something stands before the signature, such as Bearer",
				Remedy: "the platform sends 64 digits alone: see what the proxy adds"}
		}
	}
	if raw, err := hex.DecodeString(right); err == nil &&
		header == base64.StdEncoding.EncodeToString(raw) {
		return verdict{Cause: "the header is base64",
			Remedy: "the platform sends hexadecimal digits"}
	}
	if len(header) != len(right) {
		return verdict{Cause: "the header is no signature: it has not 64 hexadecimal digits",
			Remedy: "see whether it is the Authorization header of another system"}
	}
	all := variants(d.body)
	if !bytes.Equal(d.body, d.rest) {
		all = append(all,
			variant{"the body at hand is longer than the Content-Length that came with it", d.rest})
		all = append(all, variants(d.rest)...)
	}
	for _, v := range all {
		if sign(v.body) == strings.ToLower(header) {
			return verdict{Cause: v.cause, Remedy: asReceived}
		}
	}
	if kind, _ := compressed(d.body); kind != "" {
		return verdict{
			Cause: "the body at hand is compressed (" + kind +
				"), and neither it nor what is in it is what was signed, or saving it as text has damaged it",
			Remedy: asReceived,
		}
	}
	return verdict{
		Cause:  "it is of another app key, another secret, or another body than this one",
		Remedy: "compare the app key, and the secret in Partner Center; see that the body is the whole one",
	}
}

// variant is a body that the one at hand may have been.
type variant struct {
	cause string
	body  []byte
}

// variants are what editors, tools and middleware commonly make of a body, undone: one change, or
// one on top of a wrapping.
func variants(body []byte) []variant {
	all := changes(body)
	for _, w := range wrappings(body) {
		all = append(all, w)
		for _, v := range changes(w.body) {
			all = append(all, variant{w.cause + ", and then " + v.cause, v.body})
		}
	}
	return append(all, variant{"the signature is that of no body at all", nil})
}

// wrappings are the body within the one at hand, if there is one.
func wrappings(body []byte) []variant {
	var all []variant
	if inner, ok := bytes.CutPrefix(body, byteOrderMark); ok {
		all = append(all, variant{"the body at hand begins with a byte order mark", inner})
	}
	if kind, inner := compressed(body); inner != nil {
		all = append(all,
			variant{"the body at hand is compressed (" + kind +
				"), which a proxy in front has done", inner})
	}
	// some tools break the lines
	digits := strings.TrimRight(strings.Join(strings.Fields(string(body)), ""), "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if inner, err := encoding.DecodeString(digits); err == nil && len(inner) > 0 {
			all = append(all,
				variant{"the body at hand is base64 of the one signed, as gateways hand it on",
					inner})
		}
	}
	var text string
	if json.Unmarshal(body, &text) == nil && text != "" {
		all = append(all, variant{"the body at hand is a JSON string that has the one signed in it",
			[]byte(text)})
	}
	return all
}

// compressed tells how a body is compressed, "" if it is not, and what is in it, nil if that cannot
// be read.
func compressed(body []byte) (kind string, inner []byte) {
	var from io.Reader
	var err error
	in := bytes.NewReader(body)
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b")):
		kind = "gzip"
		from, err = gzip.NewReader(in)
	case bytes.HasPrefix(body, []byte("\x1f\xef\xbf\xbd")): // saved as text
		return "gzip", nil
	case len(body) > 2 && body[0] == 0x78 && (int(body[0])<<8|int(body[1]))%31 == 0:
		kind = "deflate"
		from, err = zlib.NewReader(in)
	default:
		return "", nil
	}
	if err != nil {
		return kind, nil
	}
	inner, err = textfile.ReadAll(from)
	if err != nil {
		return kind, nil
	}
	return kind, inner
}

// changes are bodies that the one at hand may have been before white space or characters were
// written otherwise.
func changes(body []byte) []variant {
	trimmed := bytes.TrimRight(body, " \t\r\n")
	all := []variant{
		{"the body at hand has white space at its end that was not signed", trimmed},
		{"the body at hand has lost a newline at its end", append(bytes.Clone(body), '\n')},
		{"the body at hand has lost a CRLF at its end", append(bytes.Clone(trimmed), '\r', '\n')},
		{"the body at hand has CRLF for newlines",
			bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))},
		{"the body at hand has CRLF for newlines, and one more at its end",
			bytes.ReplaceAll(trimmed, []byte("\r\n"), []byte("\n"))},
		{"the body at hand has newlines for CRLF",
			bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n"))},
	}
	var compact, indented bytes.Buffer
	if json.Compact(&compact, body) == nil {
		all = append(all,
			variant{"the body at hand is JSON with other white space than the one signed, which had none", compact.Bytes()})
		for _, indent := range []string{"  ", "    ", "\t"} {
			indented.Reset()
			_ = json.Indent(&indented, compact.Bytes(), "", indent)
			all = append(all,
				variant{"the body at hand is JSON without the white space of the one signed",
					bytes.Clone(indented.Bytes())})
		}
		// Python's json.dumps has a space behind commas and colons.
		spaced := respaced(compact.Bytes())
		all = append(all, variant{"the body at hand is JSON without the spaces of the one signed",
			spaced})
		for _, in := range [][]byte{compact.Bytes(), spaced} {
			all = append(all,
				variant{"the body at hand is JSON with / written otherwise than in the one signed",
					bytes.ReplaceAll(in, []byte(`\/`), []byte(`/`))},
				variant{"the body at hand is JSON with / written otherwise than in the one signed",
					bytes.ReplaceAll(in, []byte(`/`), []byte(`\/`))},
				variant{"the body at hand is JSON with characters written otherwise than in the one signed", unescaped(in)},
			)
		}
	}
	return all
}

// unescaped is JSON with <, > and & as themselves, which Go's encoder escapes.
func unescaped(body []byte) []byte {
	return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`,
		"&").Replace(string(body)))
}

// respaced is compact JSON with a space behind each comma and colon outside of strings.
func respaced(body []byte) []byte {
	var out []byte
	inString, escaped := false, false
	for _, c := range body {
		out = append(out, c)
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case !inString && (c == ',' || c == ':'):
			out = append(out, ' ')
		}
	}
	return out
}
