package webhook

import "github.com/tiktokshop-go/tiktokshop"

// SellerDeauthorization: a seller withdrew the app's authorization for the shop. Calls for the shop
// fail from now on.
type SellerDeauthorization struct {
	// Message is the platform's text; Event.Owner names the shop.
	Message string `json:"message"`
}

// AuthorizationExpiration: the authorization of a shop ends soon. It is sent daily in the last 30
// days.
type AuthorizationExpiration struct {
	// Message is the platform's text.
	Message string `json:"message"`
	// ExpirationTime is when the authorization ends.
	ExpirationTime tiktokshop.UnixTime `json:"expiration_time"`
}

// CreatorDeauthorization: a creator withdrew the app's authorization.
type CreatorDeauthorization struct {
	// CancelTime is when it was withdrawn.
	CancelTime tiktokshop.UnixTime `json:"cancel_time"`
}

// TokopediaMirrorStatusChange: a shop was mirrored to Tokopedia, or no longer is.
type TokopediaMirrorStatusChange struct {
	// ShopID is the TikTok Shop shop.
	ShopID tiktokshop.ID `json:"tts_shop_id"`
	// MirrorStatus is the new status.
	MirrorStatus MirrorStatus `json:"mirror_status"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// MirrorStatus is the status of a shop's mirror on Tokopedia.
type MirrorStatus string

// Values of MirrorStatus.
const (
	MirrorStatusMirrored   MirrorStatus = "MIRRORED"
	MirrorStatusRolledBack MirrorStatus = "ROLLED_BACK"
	MirrorStatusCanceled   MirrorStatus = "CANCELED"
)
