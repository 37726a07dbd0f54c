package main

// givenNames are names of types that the rules would make too long, or misleading, by package and a
// place where the type is used.
var givenNames = map[string]map[string]string{
	"affiliatecreator": {
		"CreatorSelectAffiliateProduct answer.products":                             "AffiliateProduct",
		"CreatorSelectAffiliateProduct request.filter_params.commission_rate_range": "FilterCommissionRateRange",
		"CreatorSearchSampleApplicationFulfillments request.sort_field":             "FulfillmentSortField",
		"GetShopProducts request.sort_field":                                        "ShopProductSortField",
	},
	"affiliateseller": {
		"CreateCompassOfflineExportTask request.module_type":                             "CompassModule",
		"QueryTargetCollaborationDetail_202409 answer.target_collaboration":              "TargetCollaborationDetail202409",
		"SearchOpenCollaboration answer.open_collaborations.product":                     "CollaborationProduct",
		"SearchTargetCollaborations_202409 answer.target_collaborations":                 "TargetCollaboration202409",
		"QueryTargetCollaborationDetail answer.target_collaboration.seller_contact_info": "ContactInfo",
		"CancelTargetCollaborationConflicts request.conflict_items":                      "CancelConflictItem",
		"GetSellerSearchCreatorMarketplaceAdvancedFilters answer.data":                   "AdvancedFilter",
		"GetSellerSearchCreatorMarketplaceAdvancedFilters request.options":               "AdvancedFilterOption",
		"QueryCreatorPromotionDetailsInTargetCollaboration answer.data":                  "CreatorPromotionDetail",
		// spelt unlike that of the list
		"QueryTargetCollaborationDetail answer.target_collaboration":                                    "TargetCollaborationDetail",
		"CreateOpenCollaboration answer.open_collaboration":                                             "CreatedOpenCollaboration",
		"SearchOpenCollaboration answer.open_collaborations":                                            "OpenCollaboration",
		"SellerSearchAffiliateOpenCollaborationProduct answer.products":                                 "AffiliateOpenCollaborationProduct",
		"SellerSearchAffiliateOpenCollaborationProduct request.category":                                "ProductCategory",
		"SellerSearchCreatoronMarketplace answer.creators":                                              "MarketplaceCreator",
		"SellerSearchCreatoronMarketplace answer.creators.creator_profile":                              "MarketplaceCreatorProfile",
		"SellerSearchCreatoronMarketplace request.advanced_filters.option_list":                         "MarketplaceFilter",
		"SellerSearchCreatoronMarketplace request.advanced_filters.option_list.options":                 "MarketplaceFilterOption",
		"SellerSearchCreatoronMarketplace request.advanced_filters.option_list.options.option_children": "MarketplaceFilterSubOption",
		"SellerSearchCreatoronMarketplace request.category":                                             "CreatorCategory",
		"SellerSearchCreatoronMarketplace request.units_sold_ranges":                                    "CreatorUnitsSoldRange",
		"SellerSearchCreatoronMarketplace_202406 answer.creators":                                       "MarketplaceCreator202406",
		"SellerSearchCreatoronMarketplace_202505 answer.creators":                                       "MarketplaceCreator202505",
		"SellerSearchCreatoronMarketplace_202508 answer.creators":                                       "MarketplaceCreator202508",
	},
	"fulfillment": {
		"SearchPackage answer.packages":            "Package",
		"SplitOrders request.splittable_groups_v2": "SplittableGroupV2",
	},
	"gsfullservicecommodity": {
		"GetGlobalSellingFullServiceCategories answer.categories": "Category",
	},
	"gsfullserviceshipment": {
		"GSSearchStockupOrders answer.stockup_orders.skus":                           "OrderSKU",
		"GlobalSellingSearchAvailableShippingProviders answer.reserve_arrived_times": "GlobalSellingReserveArrivedTime",
	},
	"product": {
		// and of what is found; ProductStatus leaves the audit aside
		"SearchProducts request.status":                                                       "ListingStatus",
		"GetOpportunityDetail answer.opportunity.action_type":                                 "OpportunityAction",
		"GetOpportunityDetail answer.opportunity.basic_info.status":                           "OpportunityStatus",
		"CreateAttributeRecommendationRequest request.external_product.images":                "AttributeRecommendationImage",
		"CreateAttributeRecommendationRequest request.external_product.skus":                  "AttributeRecommendationSKU",
		"CreateAttributeRecommendationRequest request.external_product.skus.sales_attributes": "AttributeRecommendationSalesAttribute",
	},
	"returnrefund": {"GetRejectReasons answer.reasons": "RejectReason"},
	"seller":       {"GetShopGroup answer.shop_group_data.shops": "GroupShop"},
}
