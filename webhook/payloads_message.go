package webhook

import (
	"encoding/json"

	"github.com/tiktokshop-go/tiktokshop"
)

// NewConversation: a buyer opened a conversation with the shop.
type NewConversation struct {
	// ConversationID is the conversation.
	ConversationID tiktokshop.ID `json:"conversation_id"`
	// CreateTime is when it was opened.
	CreateTime tiktokshop.UnixTime `json:"create_time"`
}

// NewMessage: someone wrote in a conversation between a buyer and the shop.
type NewMessage struct {
	// MessageID is the message.
	MessageID tiktokshop.ID `json:"message_id"`
	// Index orders the messages of a conversation.
	Index tiktokshop.Number `json:"index"`
	// ConversationID is the conversation.
	ConversationID tiktokshop.ID `json:"conversation_id"`
	// Type is the kind of message.
	Type MessageType `json:"type"`
	// Content is a JSON document in a string, whose fields depend on Type; see DecodeContent.
	Content string `json:"content"`
	// CreateTime is when it was written.
	CreateTime tiktokshop.UnixTime `json:"create_time"`
	// IsVisible tells whether buyer and seller see the message.
	IsVisible bool `json:"is_visible"`
	// Sender is who wrote it.
	Sender MessageSender `json:"sender"`
}

// DecodeContent decodes the JSON document in Content into v.
func (m *NewMessage) DecodeContent(v any) error { return json.Unmarshal([]byte(m.Content), v) }

// MessageSender is who wrote a message.
type MessageSender struct {
	// IMUserID is the sender's id in the messaging system.
	IMUserID tiktokshop.ID `json:"im_user_id"`
	// Role is the sender's part in the conversation.
	Role MessageRole `json:"role"`
}

// MessageRole is the part of a sender in a conversation.
type MessageRole string

// Values of MessageRole.
const (
	MessageRoleBuyer           MessageRole = "BUYER"
	MessageRoleShop            MessageRole = "SHOP"
	MessageRoleCustomerService MessageRole = "CUSTOMER_SERVICE"
	MessageRoleSystem          MessageRole = "SYSTEM"
	MessageRoleRobot           MessageRole = "ROBOT"
)

// MessageType is a kind of message.
type MessageType string

// Values of MessageType.
const (
	MessageTypeText                   MessageType = "TEXT"
	MessageTypeImage                  MessageType = "IMAGE"
	MessageTypeAllocatedService       MessageType = "ALLOCATED_SERVICE"
	MessageTypeNotification           MessageType = "NOTIFICATION"
	MessageTypeBuyerEnterFromTransfer MessageType = "BUYER_ENTER_FROM_TRANSFER"
	MessageTypeBuyerEnterFromProduct  MessageType = "BUYER_ENTER_FROM_PRODUCT"
	MessageTypeBuyerEnterFromOrder    MessageType = "BUYER_ENTER_FROM_ORDER"
	MessageTypeProductCard            MessageType = "PRODUCT_CARD"
	MessageTypeOrderCard              MessageType = "ORDER_CARD"
	MessageTypeEmoticons              MessageType = "EMOTICONS"
	MessageTypeVideo                  MessageType = "VIDEO"
	MessageTypeCouponCard             MessageType = "COUPON_CARD"
	MessageTypeLogisticsCard          MessageType = "LOGISTICS_CARD"
	MessageTypeOther                  MessageType = "OTHER"
)

// AffiliateMessage: someone wrote in a conversation between a creator and the shop.
type AffiliateMessage struct {
	// Index orders the messages of a conversation.
	Index tiktokshop.Number `json:"index"`
	// MessageID is the message.
	MessageID tiktokshop.ID `json:"message_id"`
	// ConversationID is the conversation.
	ConversationID tiktokshop.ID `json:"conversation_id"`
	// MsgType is the kind of message.
	MsgType AffiliateMessageType `json:"msg_type"`
	// Content is the text, or what the kind of message calls for.
	Content string `json:"content"`
	// CreateTime is when it was written.
	CreateTime tiktokshop.UnixTime `json:"create_time"`
	// Sender is who wrote it.
	Sender AffiliateMessageSender `json:"sender"`
}

// AffiliateMessageSender is who wrote a message.
type AffiliateMessageSender struct {
	// IMUserID is the sender's id in the messaging system.
	IMUserID tiktokshop.ID `json:"sender_im_user_id"`
}

// AffiliateMessageType is a kind of message between a creator and a shop.
type AffiliateMessageType string

// Values of AffiliateMessageType.
const (
	AffiliateMessageText                    AffiliateMessageType = "TEXT"
	AffiliateMessageProductCard             AffiliateMessageType = "PRODUCT_CARD"
	AffiliateMessageTargetCollaborationCard AffiliateMessageType = "TARGET_COLLABORATION_CARD"
	AffiliateMessageFreeSampleCard          AffiliateMessageType = "FREE_SAMPLE_CARD"
)
