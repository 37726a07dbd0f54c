package webhook

import "github.com/tiktokshop-go/tiktokshop"

// ShoppableContentPosting: a creator linked a product to content, or the link changed.
type ShoppableContentPosting struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// Event is what was done.
	Event ShoppableContentEvent `json:"event"`
}

// ShoppableContentEvent is what was done to a product's link in a piece of content.
type ShoppableContentEvent struct {
	// Type is what was done.
	Type ShoppableContentEventType `json:"type"`
	// Scene is the kind of content, such as VIDEO.
	Scene string `json:"scene"`
	// ContentID is the content.
	ContentID tiktokshop.ID `json:"content_id"`
}

// ShoppableContentEventType is what was done to a product's link in a piece of content.
type ShoppableContentEventType string

// Values of ShoppableContentEventType.
const (
	ShoppableContentAdd    ShoppableContentEventType = "ADD"
	ShoppableContentUpdate ShoppableContentEventType = "UPDATE"
	ShoppableContentRemove ShoppableContentEventType = "REMOVE"
)

// VideoPrecheck: the check of a video before its posting ended.
type VideoPrecheck struct {
	// PrecheckTaskID is the check.
	PrecheckTaskID tiktokshop.ID `json:"precheck_task_id"`
	// Result is PASS or FAIL.
	Result PrecheckResult `json:"result"`
	// Issues are what was found.
	Issues []VideoPrecheckIssue `json:"issues,omitzero"`
}

// PrecheckResult is the result of a check.
type PrecheckResult string

// Values of PrecheckResult.
const (
	PrecheckPass PrecheckResult = "PASS"
	PrecheckFail PrecheckResult = "FAIL"
)

// VideoPrecheckIssue is something that a check found in a video.
type VideoPrecheckIssue struct {
	// Risk is what was found.
	Risk string `json:"risk"`
	// Suggestion is the platform's advice.
	Suggestion string `json:"suggestion"`
}

// ShoppableVideoPrecheck: the checks of a shoppable video went on.
type ShoppableVideoPrecheck struct {
	// TaskID is the check's id, not a number.
	TaskID string `json:"task_id"`
	// ViolationCheckResult is the check for violations.
	ViolationCheckResult ViolationCheck `json:"violation_check_result,omitzero"`
	// GoodQualityCheckResult is the check of the quality.
	GoodQualityCheckResult QualityCheck `json:"good_quality_check_result,omitzero"`
}

// ViolationCheck is a check of a video for violations of the platform's rules.
type ViolationCheck struct {
	// Status is how the check went.
	Status VideoCheckStatus `json:"status"`
	// Issues are what was found.
	Issues []ViolationIssue `json:"issues,omitzero"`
}

// ViolationIssue is a violation found in a video.
type ViolationIssue struct {
	// Risk is the violation or its weight.
	Risk string `json:"risk"`
	// Suggestions is the platform's advice.
	Suggestions string `json:"suggestions"`
}

// QualityCheck is a check of a video's quality.
type QualityCheck struct {
	// Status is how the check went.
	Status VideoCheckStatus `json:"status"`
	// Issues are what was found.
	Issues []QualityIssue `json:"issues,omitzero"`
}

// QualityIssue is a weakness found in a video.
type QualityIssue struct {
	// Code names the weakness, such as LOW_RESOLUTION.
	Code string `json:"code"`
	// Suggestions is the platform's advice.
	Suggestions string `json:"suggestions"`
}

// VideoCheckStatus is how a check of a video went.
type VideoCheckStatus string

// Values of VideoCheckStatus.
const (
	VideoCheckSuccess    VideoCheckStatus = "SUCCESS"
	VideoCheckFail       VideoCheckStatus = "FAIL"
	VideoCheckProcessing VideoCheckStatus = "PROCESSING"
)

// SampleApplicationStatusChange: a creator's application for a free sample went on.
type SampleApplicationStatusChange struct {
	// ApplicationID is the application.
	ApplicationID tiktokshop.ID `json:"application_id"`
	// NewStatus is the new status.
	NewStatus SampleApplicationStatus `json:"new_status"`
	// Creator is who applied.
	Creator []SampleCreator `json:"creator,omitzero"`
	// Product is what was applied for.
	Product []SampleProduct `json:"product,omitzero"`
}

// SampleCreator is a creator who applied for a sample.
type SampleCreator struct {
	// CreatorOpenID is the creator's open id.
	CreatorOpenID string `json:"creator_open_id"`
}

// SampleProduct is a product that a sample was applied for of.
type SampleProduct struct {
	// ID is the product.
	ID tiktokshop.ID `json:"id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
}

// SampleApplicationStatus is the status of an application for a sample.
type SampleApplicationStatus string

// Values of SampleApplicationStatus.
const (
	SampleApplicationPending                SampleApplicationStatus = "PENDING"
	SampleApplicationAwaitingShipment       SampleApplicationStatus = "AWAITING_SHIPMENT"
	SampleApplicationShipped                SampleApplicationStatus = "SHIPPED"
	SampleApplicationContentPending         SampleApplicationStatus = "CONTENT_PENDING"
	SampleApplicationRejectCancelled        SampleApplicationStatus = "REJECT_CANCELLED"
	SampleApplicationOverdueCancelled       SampleApplicationStatus = "OVERDUE_CANCELLED"
	SampleApplicationUnfulfillCancelled     SampleApplicationStatus = "UNFULFILL_CANCELLED"
	SampleApplicationDelOpenCollab          SampleApplicationStatus = "DEL_OPEN_COLLAB"
	SampleApplicationSellerNotShipCancelled SampleApplicationStatus = "SELLER_NOT_SHIP_CANCELLED"
	SampleApplicationWithdrawCancelled      SampleApplicationStatus = "WITHDRAW_CANCELLED"
	SampleApplicationUnfulfillableCancelled SampleApplicationStatus = "UNFULFILLABLE_CANCELLED"
	SampleApplicationOpsCancelled           SampleApplicationStatus = "OPS_CANCELLED"
	SampleApplicationOpsFailed              SampleApplicationStatus = "OPS_FAILED"
	SampleApplicationOpsCompleted           SampleApplicationStatus = "OPS_COMPLETED"
	SampleApplicationCompleted              SampleApplicationStatus = "COMPLETED"
)
