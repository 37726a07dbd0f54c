package event

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// Validate checks what the fields' tags cannot say: the form of an event type, and an address that
// the platform sends events to, which is an https URL with a domain name and neither port nor user
// information. The client calls it before anything is sent.
func (r *UpdateShopWebhookRequest) Validate() error {
	return errors.Join(r.EventType.check(), checkAddress(r.Address))
}

// Validate checks what the fields' tags cannot say: the form of an event type. The client calls it
// before anything is sent.
func (r *DeleteShopWebhookRequest) Validate() error { return r.EventType.check() }

// check goes by the form: there may be types that this SDK does not know.
func (t EventType) check() error {
	if strings.Trim(string(t), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == "" {
		return nil
	}
	return &tiktokshop.InputError{
		Field:  "EventType",
		Reason: "is malformed: an event type has capital letters, digits and underscores only, such as ORDER_STATUS_CHANGE",
	}
}

// checkAddress refuses an address that the platform would not send events to.
func checkAddress(address string) error {
	if reason := addressReason(address); reason != "" {
		return &tiktokshop.InputError{Field: "Address", Reason: reason}
	}
	return nil
}

func addressReason(address string) string {
	switch {
	case address == "":
		return "" // as its tag says
	case strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "has a character that is not printable ASCII: escape it, and write a domain name in its xn-- form"
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "cannot be parsed" // the parse error would quote it
	case u.Scheme != "https":
		return "must start with https://"
	case u.User != nil:
		return "must not carry user information"
	case u.Fragment != "" || strings.HasSuffix(address, "#"):
		return "must not have a fragment"
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return "must not have a port"
	case net.ParseIP(u.Hostname()) != nil || strings.HasPrefix(u.Host, "["):
		return "must have a domain name: the platform does not send to IP addresses"
	case !isDomainName(u.Host):
		return "must have a domain name such as example.com"
	}
	return ""
}

// isDomainName tells whether host has the form of a full domain name.
func isDomainName(host string) bool {
	labels := strings.Split(host, ".")
	if len(labels) < 2 || len(host) > 253 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	// No top-level domain is a number: what ends in one is an IP address of some notation.
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}
