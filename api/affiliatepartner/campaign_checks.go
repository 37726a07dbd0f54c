package affiliatepartner

import (
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// maxCampaignDuration is what a campaign stays under.
const maxCampaignDuration = 360 * 24 * time.Hour

const (
	afterStart = "must be after the start"
	notCleared = "cannot be cleared: a campaign needs it"
	notUTF8    = "is malformed: it is not valid UTF-8"
)

// Validate checks what the fields' tags cannot say: texts in UTF-8, ends after their starts, less
// than 360 days between those of the campaign, and no empty shop code. The client calls it before
// anything is sent.
func (r *CreateCampaignRequest) Validate() error {
	var found mistakes
	if !utf8.ValidString(r.Name) {
		found.add("Name", notUTF8)
	}
	if !utf8.ValidString(r.Description) {
		found.add("Description", notUTF8)
	}
	found.checkPeriods(r.CampaignStartTime, r.CampaignEndTime, r.RegistrationStartTime,
		r.RegistrationEndTime)
	found.checkShopCodes(r.TargetShopCodes)
	return found.err("")
}

// Validate checks what the fields' tags cannot say: that there is a change, and that nothing is
// cleared which a campaign needs; and as for a CreateCampaignRequest. The client calls it before
// anything is sent.
func (r *EditCampaignRequest) Validate() error {
	var found mistakes
	for _, text := range []struct {
		field string
		value *string
	}{{"Name", r.Name}, {"Description", r.Description}} {
		switch {
		case text.value == nil:
		case *text.value == "":
			found.add(text.field, notCleared)
		case !utf8.ValidString(*text.value):
			found.add(text.field, notUTF8)
		}
	}
	if c := r.ContactInfo; c != nil && c.Email != nil && *c.Email == "" {
		found.add("ContactInfo.Email", notCleared)
	}
	found.checkPeriods(r.CampaignStartTime, r.CampaignEndTime, r.RegistrationStartTime,
		r.RegistrationEndTime)
	found.checkShopCodes(r.TargetShopCodes)
	if r.changesNothing() {
		found.add("request", "changes nothing: set at least one field")
	}
	return found.err("")
}

func (r *EditCampaignRequest) changesNothing() bool {
	change := *r
	change.CampaignID = ""
	if c := change.ContactInfo; c != nil && *c == (EditCampaignContactInfo{}) {
		change.ContactInfo = nil
	}
	return reflect.ValueOf(change).IsZero()
}

// checkPeriods looks at the times that are there.
func (m *mistakes) checkPeriods(
	start, end, registrationStart, registrationEnd tiktokshop.UnixTime,
) {
	between := func(start, end tiktokshop.UnixTime) (time.Duration, bool) {
		return time.Duration(end.Unix()-start.Unix()) * time.Second,
			!start.IsZero() && !end.IsZero()
	}
	switch d, both := between(start, end); {
	case both && d <= 0:
		m.add("CampaignEndTime", afterStart)
	case both && d >= maxCampaignDuration:
		m.add("CampaignEndTime", "must be less than 360 days after CampaignStartTime")
	}
	if d, both := between(registrationStart, registrationEnd); both && d <= 0 {
		m.add("RegistrationEndTime", afterStart)
	}
}

func (m *mistakes) checkShopCodes(codes []string) {
	for i, code := range codes {
		if code == "" {
			m.add("TargetShopCodes["+strconv.Itoa(i)+"]", bind.Missing)
		}
	}
}

// Validate checks what the fields' tags cannot say: the filter goes with some types of campaigns
// only. The client calls it before anything is sent.
func (r *ListCampaignsRequest) Validate() error {
	var found mistakes
	switch {
	case r.QueryTypeFilter == "":
	case r.Type == "" || r.Type == CampaignTypeMyCampaigns ||
		r.Type == CampaignTypeGSSellingCampaigns:
		found.add("QueryTypeFilter", "is for SELLER_CAMPAIGNS and EXCLUSIVE_TIKTOK_SHOP only")
	case r.Type == CampaignTypeSellerCampaigns && r.QueryTypeFilter == CampaignFilterAvailable:
		found.add("QueryTypeFilter", "of SELLER_CAMPAIGNS is MARKETPLACE or JOINED")
	case r.Type == CampaignTypeExclusiveTikTokShop &&
		r.QueryTypeFilter == CampaignFilterMarketplace:
		found.add("QueryTypeFilter", "of EXCLUSIVE_TIKTOK_SHOP is AVAILABLE or JOINED")
	}
	return found.err("")
}

// Validate checks what the fields' tags cannot say: reasons go with a rejection. The client calls
// it before anything is sent.
func (r *ReviewCampaignProductRequest) Validate() error {
	var found mistakes
	if r.ReviewResult == ReviewResultApprove && len(r.RejectReasons) > 0 {
		found.add("RejectReasons", "go with a rejection only")
	}
	return found.err("")
}
