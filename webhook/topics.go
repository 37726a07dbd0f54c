package webhook

import "strconv"

// Topic is a kind of event, the number that the platform writes in the field type.
//
// Source: https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
type Topic int

// The topics. Each names the payload type of its events.
const (
	// TopicOrderStatusChange: *OrderStatusChange.
	TopicOrderStatusChange Topic = 1
	// TopicReverseStatusUpdate: *ReverseStatusUpdate. The platform has retired it.
	TopicReverseStatusUpdate Topic = 2
	// TopicRecipientAddressUpdate: *RecipientAddressUpdate.
	TopicRecipientAddressUpdate Topic = 3
	// TopicPackageUpdate: *PackageUpdate.
	TopicPackageUpdate Topic = 4
	// TopicProductStatusChange: *ProductStatusChange.
	TopicProductStatusChange Topic = 5
	// TopicSellerDeauthorization: *SellerDeauthorization.
	TopicSellerDeauthorization Topic = 6
	// TopicAuthorizationExpiration: *AuthorizationExpiration.
	TopicAuthorizationExpiration Topic = 7
	// TopicCancellationStatusChange: *CancellationStatusChange.
	TopicCancellationStatusChange Topic = 11
	// TopicReturnStatusChange: *ReturnStatusChange.
	TopicReturnStatusChange Topic = 12
	// TopicNewConversation: *NewConversation.
	TopicNewConversation Topic = 13
	// TopicNewMessage: *NewMessage.
	TopicNewMessage Topic = 14
	// TopicProductInformationChange: *ProductInformationChange.
	TopicProductInformationChange Topic = 15
	// TopicProductCreation: *ProductCreation.
	TopicProductCreation Topic = 16
	// TopicShoppableContentPosting: *ShoppableContentPosting.
	TopicShoppableContentPosting Topic = 17
	// TopicProductCategoryChange: *ProductCategoryChange.
	TopicProductCategoryChange Topic = 18
	// TopicSizeChartChange: *SizeChartChange.
	TopicSizeChartChange Topic = 19
	// TopicCreatorDeauthorization: *CreatorDeauthorization.
	TopicCreatorDeauthorization Topic = 20
	// TopicInboundOrderStatusChange: *InboundOrderStatusChange.
	TopicInboundOrderStatusChange Topic = 21
	// TopicFBTOnboarding: *FBTOnboarding.
	TopicFBTOnboarding Topic = 22
	// TopicGoodsMatch: *GoodsMatch.
	TopicGoodsMatch Topic = 23
	// TopicFBTInventoryUpdate: *FBTInventoryUpdate.
	TopicFBTInventoryUpdate Topic = 24
	// TopicOpportunityMatch: *OpportunityMatch.
	TopicOpportunityMatch Topic = 25
	// TopicInventoryStatusChange: *InventoryStatusChange.
	TopicInventoryStatusChange Topic = 27
	// TopicAffiliateMessage: *AffiliateMessage.
	TopicAffiliateMessage Topic = 33
	// TopicTokopediaMirrorStatusChange: *TokopediaMirrorStatusChange.
	TopicTokopediaMirrorStatusChange Topic = 35
	// TopicInvoiceStatusChange: *InvoiceStatusChange.
	TopicInvoiceStatusChange Topic = 36
	// TopicProductAuditStatusChange: *ProductAuditStatusChange.
	TopicProductAuditStatusChange Topic = 37
	// TopicStrikethroughPriceExpired: *StrikethroughPriceExpired.
	TopicStrikethroughPriceExpired Topic = 38
	// TopicActivityStatusChange: *ActivityStatusChange.
	TopicActivityStatusChange Topic = 39
	// TopicCombinedListingChange: *CombinedListingChange.
	TopicCombinedListingChange Topic = 42
	// TopicImageTranslation: *ImageTranslation.
	TopicImageTranslation Topic = 46
	// TopicSKUStatusChange: *SKUStatusChange.
	TopicSKUStatusChange Topic = 50
	// TopicGlobalReplication: *GlobalReplication.
	TopicGlobalReplication Topic = 51
	// TopicGlobalListingMethodChange: *GlobalListingMethodChange.
	TopicGlobalListingMethodChange Topic = 52
	// TopicVideoPrecheck: *VideoPrecheck.
	TopicVideoPrecheck Topic = 55
	// TopicSampleApplicationStatusChange: *SampleApplicationStatusChange.
	TopicSampleApplicationStatusChange Topic = 56
	// TopicMCFOrderStatusChange: *MCFOrderStatusChange.
	TopicMCFOrderStatusChange Topic = 58
	// TopicShoppableVideoPrecheck: *ShoppableVideoPrecheck.
	TopicShoppableVideoPrecheck Topic = 59
	// TopicPackageRecommendation: *PackageRecommendation.
	TopicPackageRecommendation Topic = 62
	// TopicActivityChange: *ActivityChange.
	TopicActivityChange Topic = 63
	// TopicAftersalesRequestStatusChange: *AftersalesRequestStatusChange.
	TopicAftersalesRequestStatusChange Topic = 64
	// TopicRMAStatusChange: *RMAStatusChange.
	TopicRMAStatusChange Topic = 65
	// TopicAppealCompleted: *AppealCompleted.
	TopicAppealCompleted Topic = 66
	// TopicRefundSuccess: *RefundSuccess.
	TopicRefundSuccess Topic = 67
	// TopicInventoryChange: *InventoryChange. Its events have no envelope and no type: they are
	// known by their fields.
	TopicInventoryChange Topic = 68
)

// topicInfo is what is known of a topic.
type topicInfo struct {
	name    string
	payload func() any
}

func payloadOf[T any]() any { return new(T) }

var topics = map[Topic]topicInfo{
	TopicOrderStatusChange:   {"order status change", payloadOf[OrderStatusChange]},
	TopicReverseStatusUpdate: {"reverse status update", payloadOf[ReverseStatusUpdate]},
	TopicRecipientAddressUpdate: {"recipient address update",
		payloadOf[RecipientAddressUpdate]},
	TopicPackageUpdate:       {"package update", payloadOf[PackageUpdate]},
	TopicProductStatusChange: {"product status change", payloadOf[ProductStatusChange]},
	TopicSellerDeauthorization: {"seller deauthorization",
		payloadOf[SellerDeauthorization]},
	TopicAuthorizationExpiration: {"upcoming authorization expiration",
		payloadOf[AuthorizationExpiration]},
	TopicCancellationStatusChange: {"cancellation status change",
		payloadOf[CancellationStatusChange]},
	TopicReturnStatusChange: {"return status change", payloadOf[ReturnStatusChange]},
	TopicNewConversation:    {"new conversation", payloadOf[NewConversation]},
	TopicNewMessage:         {"new message", payloadOf[NewMessage]},
	TopicProductInformationChange: {"product information change",
		payloadOf[ProductInformationChange]},
	TopicProductCreation: {"product creation", payloadOf[ProductCreation]},
	TopicShoppableContentPosting: {"shoppable content posting",
		payloadOf[ShoppableContentPosting]},
	TopicProductCategoryChange: {"product category change",
		payloadOf[ProductCategoryChange]},
	TopicSizeChartChange: {"size chart change", payloadOf[SizeChartChange]},
	TopicCreatorDeauthorization: {"creator deauthorization",
		payloadOf[CreatorDeauthorization]},
	TopicInboundOrderStatusChange: {"FBT inbound order status change",
		payloadOf[InboundOrderStatusChange]},
	TopicFBTOnboarding:      {"FBT merchant onboarding", payloadOf[FBTOnboarding]},
	TopicGoodsMatch:         {"goods match", payloadOf[GoodsMatch]},
	TopicFBTInventoryUpdate: {"FBT inventory update", payloadOf[FBTInventoryUpdate]},
	TopicOpportunityMatch: {"opportunity matching status change",
		payloadOf[OpportunityMatch]},
	TopicInventoryStatusChange: {"inventory status change",
		payloadOf[InventoryStatusChange]},
	TopicAffiliateMessage: {"affiliate message", payloadOf[AffiliateMessage]},
	TopicTokopediaMirrorStatusChange: {"Tokopedia mirror status change",
		payloadOf[TokopediaMirrorStatusChange]},
	TopicInvoiceStatusChange: {"invoice status change", payloadOf[InvoiceStatusChange]},
	TopicProductAuditStatusChange: {"product audit status change",
		payloadOf[ProductAuditStatusChange]},
	TopicStrikethroughPriceExpired: {"strikethrough price expired",
		payloadOf[StrikethroughPriceExpired]},
	TopicActivityStatusChange: {"activity status change", payloadOf[ActivityStatusChange]},
	TopicCombinedListingChange: {"combined listing change",
		payloadOf[CombinedListingChange]},
	TopicImageTranslation: {"image translation completed",
		payloadOf[ImageTranslation]},
	TopicSKUStatusChange:   {"SKU status change", payloadOf[SKUStatusChange]},
	TopicGlobalReplication: {"global replication", payloadOf[GlobalReplication]},
	TopicGlobalListingMethodChange: {"global listing method change",
		payloadOf[GlobalListingMethodChange]},
	TopicVideoPrecheck: {"video precheck result", payloadOf[VideoPrecheck]},
	TopicSampleApplicationStatusChange: {"sample application status change",
		payloadOf[SampleApplicationStatusChange]},
	TopicMCFOrderStatusChange: {"FBT multi-channel order status change",
		payloadOf[MCFOrderStatusChange]},
	TopicShoppableVideoPrecheck: {"shoppable video precheck result",
		payloadOf[ShoppableVideoPrecheck]},
	TopicPackageRecommendation: {"package recommendation",
		payloadOf[PackageRecommendation]},
	TopicActivityChange: {"activity change", payloadOf[ActivityChange]},
	TopicAftersalesRequestStatusChange: {"aftersales request status change",
		payloadOf[AftersalesRequestStatusChange]},
	TopicRMAStatusChange: {"RMA status change", payloadOf[RMAStatusChange]},
	TopicAppealCompleted: {"appeal completed", payloadOf[AppealCompleted]},
	TopicRefundSuccess:   {"refund success", payloadOf[RefundSuccess]},
	TopicInventoryChange: {"inventory change", payloadOf[InventoryChange]},
}

// String names the topic, such as "order status change"; "topic 99" if it is not known.
func (t Topic) String() string {
	if info, ok := topics[t]; ok {
		return info.name
	}
	return "topic " + strconv.Itoa(int(t))
}

// topicOf reads the type field, which has been seen as a number, a numeric string and other text.
func topicOf(typ string) Topic {
	n, err := strconv.Atoi(typ)
	if err != nil || n < 0 {
		return 0
	}
	return Topic(n)
}
