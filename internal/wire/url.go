package wire

import (
	"net"
	"net/url"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// AddQuery adds a parameter. All but unreserved characters are percent-escaped, a space as %20,
// which every decoder reads alike.
func AddQuery(q *strings.Builder, key, value string) {
	if q.Len() > 0 {
		q.WriteByte('&')
	}
	escape(q, key)
	q.WriteByte('=')
	escape(q, value)
}

func escape(q *strings.Builder, s string) {
	const hexDigits = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; bind.IsUnreserved(c) {
			q.WriteByte(c)
		} else {
			q.WriteByte('%')
			q.WriteByte(hexDigits[c>>4])
			q.WriteByte(hexDigits[c&15])
		}
	}
}

// IsSafe reports whether a URL may be called: https, or http of a loopback host, and no user in it.
func IsSafe(u *url.URL) bool {
	return u.User == nil && u.Hostname() != "" &&
		(u.Scheme == "https" || u.Scheme == "http" && IsLoopback(u.Hostname()))
}

// ParseBase parses the scheme and host that a client calls, or says what is wrong with them.
func ParseBase(s string) (u *url.URL, problem string) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, "cannot be parsed" // the parse error would quote it
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "must start with https://"
	case u.Hostname() == "":
		return nil, "has no host"
	case u.User != nil:
		return nil, "must not carry user information"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, "must be scheme and host alone: the platform signs the whole path, so a prefix cannot work"
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return nil, "must be https: the platform refuses plain http, which is for loopback hosts only"
	}
	return u, ""
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
