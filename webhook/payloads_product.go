package webhook

import "github.com/tiktokshop-go/tiktokshop"

// ProductStatusChange: a product passed or failed its review, or its status changed.
type ProductStatusChange struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// Status is what happened.
	Status ProductStatus `json:"status"`
	// SuspendedReason tells why a product was suspended.
	SuspendedReason string `json:"suspended_reason"`
	// UpdateTime is when it happened.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// ProductStatus is what happened to a product.
type ProductStatus string

// Values of ProductStatus.
const (
	ProductStatusFirstPassReview ProductStatus = "PRODUCT_FIRST_PASS_REVIEW"
	ProductStatusChanged         ProductStatus = "PRODUCT_STATUS_CHANGED"
	ProductStatusAuditFailure    ProductStatus = "PRODUCT_AUDIT_FAILURE"
)

// ProductInformationChange: a product was edited.
type ProductInformationChange struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// ChangeSource is where it was edited.
	ChangeSource ChangeSource `json:"change_source"`
	// ChangedFields are what was edited.
	ChangedFields []ProductField `json:"changed_fields,omitzero"`
	// UpdateTime is when it was edited.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// ChangeSource is where a product was edited.
type ChangeSource string

// Values of ChangeSource.
const (
	ChangeSourceSellerCenter ChangeSource = "SELLER_CENTER"
	ChangeSourceOpenAPI      ChangeSource = "OPEN_API"
)

// ProductField is a part of a product that can be edited.
type ProductField string

// Values of ProductField.
const (
	ProductFieldTitle             ProductField = "title"
	ProductFieldDescription       ProductField = "description"
	ProductFieldMainImages        ProductField = "main_images"
	ProductFieldProductAttributes ProductField = "product_attributes"
	ProductFieldSizeChartImage    ProductField = "size_chart_image"
	ProductFieldSizeChartTemplate ProductField = "size_chart_template"
	ProductFieldOthers            ProductField = "others"
)

// ProductCreation: a product was created.
type ProductCreation struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// ProductTypes are what kinds of product it is.
	ProductTypes []ProductType `json:"product_types,omitzero"`
	// UpdateTime is when it was created.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// ProductType is a kind of product.
type ProductType string

// Values of ProductType.
const (
	ProductTypeCombined ProductType = "COMBINED_PRODUCT"
	ProductTypeGPR      ProductType = "GPR_PRODUCT"
)

// ProductCategoryChange: a product was moved to another category.
type ProductCategoryChange struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// PreviousCategoryID is where it was.
	PreviousCategoryID tiktokshop.ID `json:"previous_category_id"`
	// CurrentCategoryID is where it is now.
	CurrentCategoryID tiktokshop.ID `json:"current_category_id"`
	// UpdateTime is when it was moved.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// SizeChartChange: a size chart template was created, edited or deleted.
type SizeChartChange struct {
	// TemplateID is the template.
	TemplateID tiktokshop.ID `json:"size_chart_template_id"`
	// TemplateName is the template's name.
	TemplateName string `json:"size_chart_template_name"`
	// EventType is what was done.
	EventType SizeChartEventType `json:"event_type"`
	// UpdateTime is when it was done.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// SizeChartEventType is what was done to a size chart template.
type SizeChartEventType string

// Values of SizeChartEventType.
const (
	SizeChartCreate SizeChartEventType = "CREATE"
	SizeChartEdit   SizeChartEventType = "EDIT"
	SizeChartDelete SizeChartEventType = "DELETE"
)

// OpportunityMatch: the search for opportunities that a product matches began or ended.
type OpportunityMatch struct {
	// ExternalProductID is what the system that the product comes from calls it.
	ExternalProductID string `json:"external_product_id"`
	// Status is the new status.
	Status OpportunityMatchStatus `json:"opportunity_matching_status"`
	// OpportunityIDs are the opportunities.
	OpportunityIDs []tiktokshop.ID `json:"opportunity_ids,omitzero"`
	// EndTime is when the matching ends.
	EndTime tiktokshop.UnixTime `json:"opportunity_matching_end_time"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// OpportunityMatchStatus is the status of a search for opportunities.
type OpportunityMatchStatus string

// Values of OpportunityMatchStatus.
const (
	OpportunityMatchPending    OpportunityMatchStatus = "PENDING"
	OpportunityMatchMatched    OpportunityMatchStatus = "MATCHED"
	OpportunityMatchNotMatched OpportunityMatchStatus = "NOT_MATCHED"
)

// ProductAuditStatusChange: the audit of a product went on, here or on an integrated platform.
type ProductAuditStatusChange struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// Audit is the audit here.
	Audit ProductAudit `json:"audit"`
	// IntegratedPlatformStatuses are the audits elsewhere.
	IntegratedPlatformStatuses []IntegratedPlatformStatus `json:"integrated_platform_statuses,omitzero"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// ProductAudit is the state of a product's audit.
type ProductAudit struct {
	// Status is the status.
	Status ProductAuditStatus `json:"status"`
	// PreApprovedReasons tell what is missing for a full approval, as the platform's field table
	// spells it; see Reasons.
	PreApprovedReasons []string `json:"pre_approved_reasons,omitzero"`
	// PreApprovedReason is the same as the platform's example spells it.
	PreApprovedReason []string `json:"pre_approved_reason,omitzero"`
}

// Reasons tell what is missing for a full approval, such as KYC_PENDING, from whichever spelling is
// set.
func (a *ProductAudit) Reasons() []string {
	if len(a.PreApprovedReasons) > 0 {
		return a.PreApprovedReasons
	}
	return a.PreApprovedReason
}

// IntegratedPlatformStatus is the state of a product's audit on an integrated platform.
type IntegratedPlatformStatus struct {
	// Platform is the platform, such as TOKOPEDIA.
	Platform string `json:"platform"`
	// Status is the status there.
	Status ProductAuditStatus `json:"status"`
}

// ProductAuditStatus is the status of a product's audit.
type ProductAuditStatus string

// Values of ProductAuditStatus.
const (
	ProductAuditNone        ProductAuditStatus = "NONE"
	ProductAuditAuditing    ProductAuditStatus = "AUDITING"
	ProductAuditFailed      ProductAuditStatus = "FAILED"
	ProductAuditPreApproved ProductAuditStatus = "PRE_APPROVED"
	ProductAuditApproved    ProductAuditStatus = "APPROVED"
)

// CombinedListingChange: a combined listing was created, changed or deleted.
type CombinedListingChange struct {
	// CombinedListingID is the listing.
	CombinedListingID tiktokshop.ID `json:"combined_listing_id"`
	// Products are the products in it.
	Products []CombinedListingProduct `json:"products,omitzero"`
	// Status is its status now.
	Status CombinedListingStatus `json:"status"`
	// ChangeType is what was done.
	ChangeType CombinedListingChangeType `json:"change_type"`
	// AddedProductIDs are the products added.
	AddedProductIDs []tiktokshop.ID `json:"added_product_ids,omitzero"`
	// RemovedProductIDs are the products removed.
	RemovedProductIDs []tiktokshop.ID `json:"removed_product_ids,omitzero"`
}

// CombinedListingProduct is a product in a combined listing.
type CombinedListingProduct struct {
	// ID is the product.
	ID tiktokshop.ID `json:"id"`
}

// CombinedListingStatus is the status of a combined listing.
type CombinedListingStatus string

// Values of CombinedListingStatus.
const (
	CombinedListingLive              CombinedListingStatus = "LIVE"
	CombinedListingSystemDeactivated CombinedListingStatus = "SYSTEM_DEACTIVATED"
	CombinedListingSellerDeactivated CombinedListingStatus = "SELLER_DEACTIVATED"
	CombinedListingDeleted           CombinedListingStatus = "DELETED"
)

// CombinedListingChangeType is what was done to a combined listing.
type CombinedListingChangeType string

// Values of CombinedListingChangeType.
const (
	CombinedListingCreate CombinedListingChangeType = "CREATE"
	CombinedListingUpdate CombinedListingChangeType = "UPDATE"
	CombinedListingDelete CombinedListingChangeType = "DELETE"
)

// ImageTranslation: the translation of an image went on.
type ImageTranslation struct {
	// TranslationTask is the translation.
	TranslationTask ImageTranslationTask `json:"translation_task"`
}

// ImageTranslationTask is the translation of an image.
type ImageTranslationTask struct {
	// ID is the task's id, not a number.
	ID string `json:"id"`
	// Status is its status.
	Status ImageTranslationStatus `json:"status"`
	// FailReason tells why it failed.
	FailReason string `json:"fail_reason"`
	// TargetLanguage is the language translated to, as the platform's field table spells it; see
	// Language.
	TargetLanguage string `json:"target_language,omitzero"`
	// TargetLang is the same as the platform's example spells it.
	TargetLang string `json:"target_lang,omitzero"`
	// OriginalImage is the image to translate.
	OriginalImage Image `json:"original_image,omitzero"`
	// TranslatedImage is the result.
	TranslatedImage Image `json:"translated_image,omitzero"`
}

// Language is the language translated to, such as "it-IT", from whichever spelling is set.
func (t *ImageTranslationTask) Language() string {
	if t.TargetLanguage != "" {
		return t.TargetLanguage
	}
	return t.TargetLang
}

// Image is an image of the platform's.
type Image struct {
	// URI is the image's name in the platform's API.
	URI string `json:"uri"`
	// URL is where it can be fetched.
	URL string `json:"url"`
}

// ImageTranslationStatus is the status of a translation.
type ImageTranslationStatus string

// Values of ImageTranslationStatus.
const (
	ImageTranslationProcessing ImageTranslationStatus = "PROCESSING"
	ImageTranslationCompleted  ImageTranslationStatus = "COMPLETED"
	ImageTranslationFailed     ImageTranslationStatus = "FAILED"
)

// AppealCompleted: the appeal about a product's size chart was decided.
type AppealCompleted struct {
	// AppealTask is the appeal.
	AppealTask AppealTask `json:"appeal_task"`
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
}

// AppealTask is an appeal about a size chart: a template or an image.
type AppealTask struct {
	// SizeChartID is the template, "" for an image.
	SizeChartID tiktokshop.ID `json:"size_chart_id,omitzero"`
	// SizeChartImageURI is the image, "" for a template.
	SizeChartImageURI string `json:"size_chart_image_uri,omitzero"`
	// Results are the decisions, one for each indicator.
	Results []AppealResult `json:"appeal_audit_result,omitzero"`
}

// AppealResult is the decision on one indicator.
type AppealResult struct {
	// IndicatorType is the indicator.
	IndicatorType string `json:"indicator_type"`
	// Status is the decision.
	Status string `json:"status"`
	// RejectReason tells why the appeal was rejected.
	RejectReason string `json:"reject_reason,omitzero"`
}

// PackageRecommendation: the weight or size that a product is listed with looks wrong, and the
// platform suggests another (Brazil and Mexico).
type PackageRecommendation struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// AbnormalityTypes are what looks wrong.
	AbnormalityTypes []PackageAbnormality `json:"abnormality_types,omitzero"`
	// Weight is the weight suggested.
	Weight WeightRecommendation `json:"weight_recommendation,omitzero"`
	// Dimension is the size suggested.
	Dimension DimensionRecommendation `json:"dimension_recommendation,omitzero"`
}

// PackageAbnormality is what looks wrong about a package.
type PackageAbnormality string

// Values of PackageAbnormality.
const (
	PackageAbnormalityWeight    PackageAbnormality = "Weight"
	PackageAbnormalityDimension PackageAbnormality = "Dimension"
	PackageAbnormalityNone      PackageAbnormality = "None"
)

// WeightRecommendation is a suggested weight.
type WeightRecommendation struct {
	// Unit is GRAM.
	Unit string `json:"unit"`
	// Weight is in Unit.
	Weight Range `json:"weight"`
}

// DimensionRecommendation is a suggested size.
type DimensionRecommendation struct {
	// Unit is CENTIMETER.
	Unit string `json:"unit"`
	// Length, Width and Height are in Unit.
	Length Range `json:"length"`
	Width  Range `json:"width"`
	Height Range `json:"height"`
}

// Range is a range of decimal numbers, both ends included.
type Range struct {
	// MinValue is the least value.
	MinValue tiktokshop.Number `json:"min_value"`
	// MaxValue is the greatest value.
	MaxValue tiktokshop.Number `json:"max_value"`
}
