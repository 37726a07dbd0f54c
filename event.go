package tiktokshop

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// Event serves a shop's webhook subscriptions: which events the platform sends the app about the shop, and where to.
// Its operations need a seller's access token and a shop cipher. Package webhook receives the events.
type Event struct{ client *Client }

// maxWebhookAddress is the platform's limit for the length of an address.
const maxWebhookAddress = 255

var (
	opListShopWebhooks = &Operation{
		Name:       "Event.ListShopWebhooks",
		Method:     http.MethodGet,
		Path:       "/event/202309/webhooks",
		Identifier: ShopCipher,
		Scopes:     []string{"seller.authorization.info"},
		RepeatSafe: true,
	}
	opUpdateShopWebhook = &Operation{
		Name:       "Event.UpdateShopWebhook",
		Method:     http.MethodPut,
		Path:       "/event/202309/webhooks",
		Identifier: ShopCipher,
		Scopes:     []string{"seller.authorization.info"},
		RepeatSafe: true,
	}
	opDeleteShopWebhook = &Operation{
		Name:       "Event.DeleteShopWebhook",
		Method:     http.MethodDelete,
		Path:       "/event/202309/webhooks",
		Identifier: ShopCipher,
		Scopes:     []string{"seller.authorization.info"},
		RepeatSafe: true,
	}
)

// EventType is a kind of event that an app can subscribe to for a shop.
type EventType string

// Values of EventType.
const (
	EventTypeOrderStatusChange               EventType = "ORDER_STATUS_CHANGE"
	EventTypeRecipientAddressUpdate          EventType = "RECIPIENT_ADDRESS_UPDATE"
	EventTypePackageUpdate                   EventType = "PACKAGE_UPDATE"
	EventTypeProductStatusChange             EventType = "PRODUCT_STATUS_CHANGE"
	EventTypeSellerDeauthorization           EventType = "SELLER_DEAUTHORIZATION"
	EventTypeUpcomingAuthorizationExpiration EventType = "UPCOMING_AUTHORIZATION_EXPIRATION"
	EventTypeCancellationStatusChange        EventType = "CANCELLATION_STATUS_CHANGE"
	EventTypeReturnStatusChange              EventType = "RETURN_STATUS_CHANGE"
	EventTypeNewConversation                 EventType = "NEW_CONVERSATION"
	EventTypeNewMessage                      EventType = "NEW_MESSAGE"
	EventTypeProductInformationChange        EventType = "PRODUCT_INFORMATION_CHANGE"
	EventTypeProductCreation                 EventType = "PRODUCT_CREATION"
	EventTypeProductCategoryChange           EventType = "PRODUCT_CATEGORY_CHANGE"
	EventTypeNewMessageListener              EventType = "NEW_MESSAGE_LISTENER"
	EventTypeInvoiceStatusChange             EventType = "INVOICE_STATUS_CHANGE"
	EventTypeProductAuditStatusChange        EventType = "PRODUCT_AUDIT_STATUS_CHANGE"
	EventTypeReverseStatusUpdate             EventType = "REVERSE_STATUS_UPDATE"
)

// ListShopWebhooksResponse is the answer of ListShopWebhooks.
type ListShopWebhooksResponse = Response[ListShopWebhooksData]

// ListShopWebhooksData are a shop's subscriptions.
type ListShopWebhooksData struct {
	// Webhooks are all of them; the list has no pages.
	Webhooks []ShopWebhook `json:"webhooks"`
	// TotalCount is their number.
	TotalCount int64 `json:"total_count"`
}

// ShopWebhook is a subscription to one kind of event.
type ShopWebhook struct {
	// EventType is the kind of event.
	EventType EventType `json:"event_type"`
	// Address is where the events are sent.
	Address string `json:"address"`
	// CreateTime is when the subscription was made.
	CreateTime UnixTime `json:"create_time"`
	// UpdateTime is when its address was last set.
	UpdateTime UnixTime `json:"update_time"`
}

// ListShopWebhooks lists the subscriptions of the shop. Scope: seller.authorization.info.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-shop-webhooks-202309
func (s *Event) ListShopWebhooks(ctx context.Context, opts ...Option) (*ListShopWebhooksResponse, error) {
	return Do[ListShopWebhooksData](ctx, s.api(), opListShopWebhooks, Params{}, opts...)
}

// UpdateShopWebhookRequest subscribes to one kind of event.
type UpdateShopWebhookRequest struct {
	// EventType is the kind of event. Required.
	EventType EventType `json:"event_type"`
	// Address is where to send the events: an https URL with a domain name and neither port nor user
	// information, at most 255 characters long. Required.
	Address string `json:"address"`
}

// UpdateShopWebhook subscribes to a kind of event for the shop, or changes the address of the subscription
// that there is. Scope: seller.authorization.info.
//
// Source: https://partner.tiktokshop.com/docv2/page/update-shop-webhook-202309
func (s *Event) UpdateShopWebhook(ctx context.Context, req *UpdateShopWebhookRequest, opts ...Option) (*EmptyResponse, error) {
	op := opUpdateShopWebhook
	req = orEmpty(req)
	if err := req.validate(op); err != nil {
		return nil, err
	}
	return Do[struct{}](ctx, s.api(), op, Params{Body: req}, opts...)
}

func (req *UpdateShopWebhookRequest) validate(op *Operation) error {
	return joinErrors(op.checkEventType(req.EventType), op.checkWebhookAddress(req.Address))
}

// DeleteShopWebhookRequest ends the subscription to one kind of event.
type DeleteShopWebhookRequest struct {
	// EventType is the kind of event. Required.
	EventType EventType `json:"event_type"`
}

// DeleteShopWebhook ends the subscription to a kind of event for the shop. Scope: seller.authorization.info.
//
// Source: https://partner.tiktokshop.com/docv2/page/delete-shop-webhook-202309
func (s *Event) DeleteShopWebhook(ctx context.Context, req *DeleteShopWebhookRequest, opts ...Option) (*EmptyResponse, error) {
	op := opDeleteShopWebhook
	req = orEmpty(req)
	if err := op.checkEventType(req.EventType); err != nil {
		return nil, err
	}
	return Do[struct{}](ctx, s.api(), op, Params{Body: req}, opts...)
}

// checkEventType goes by the form: there may be types that this SDK does not know.
func (op *Operation) checkEventType(t EventType) error {
	switch {
	case t == "":
		return op.inputError("EventType", bind.Missing)
	case strings.Trim(string(t), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "":
		return op.inputError("EventType", "is malformed: an event type has capital letters, digits and underscores only, such as ORDER_STATUS_CHANGE")
	}
	return nil
}

// checkWebhookAddress refuses an address that the platform would not send events to.
func (op *Operation) checkWebhookAddress(address string) error {
	if reason := webhookAddressReason(address); reason != "" {
		return op.inputError("Address", "%s", reason)
	}
	return nil
}

func webhookAddressReason(address string) string {
	switch {
	case address == "":
		return bind.Missing
	case len(address) > maxWebhookAddress:
		return bind.TooLong(maxWebhookAddress)
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
