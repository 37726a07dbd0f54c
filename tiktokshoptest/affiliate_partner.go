package tiktokshoptest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

const (
	scopeRead  = "partner.tap_campaign.read"
	scopeWrite = "partner.tap_campaign.write"

	campaignsPath = "/affiliate_partner/202405/campaigns"
	campaignPath  = campaignsPath + "/{campaign_id}"
	productPath   = campaignPath + "/products/{product_id}"
	creatorPath   = "/affiliate_partner/202508/campaigns/{campaign_id}/products/{product_id}/creator/{creator_temp_id}/content/statistics"
	// The facts declare no cipher for this one; see WithStatisticsCipher.
	statisticsPath = "/affiliate_partner/202501/campaigns/{campaign_id}/products/performance"
)

func affiliatePartnerRoutes() []route {
	asset := func(method, path, scope string, handle func(*Server, *call) reply) route {
		return route{method: method, path: path, takesCategoryAssetCipher: true,
			scopes: []string{scope}, handle: handle}
	}
	batch := asset(http.MethodPost,
		"/affiliate_partner/202505/campaigns/{campaign_id}/products/promotion_links/generate_batch",
		scopeRead, (*Server).generateBatch)
	batch.cipherOptional = true // as declared
	statistics := asset(http.MethodGet, statisticsPath, scopeRead, (*Server).listStatistics)
	statistics.takesCategoryAssetCipher = false
	return []route{
		batch,
		statistics,
		asset(http.MethodPost, campaignsPath, scopeWrite, (*Server).createCampaign),
		asset(http.MethodGet, campaignsPath, scopeRead, (*Server).listCampaigns),
		asset(http.MethodGet, campaignPath, scopeRead, (*Server).getCampaign),
		asset(http.MethodPost, campaignPath+"/partial_edit", scopeWrite, (*Server).editCampaign),
		asset(http.MethodPost, campaignPath+"/publish", scopeWrite, (*Server).publishCampaign),
		asset(http.MethodGet, campaignPath+"/products", scopeRead, (*Server).listProducts),
		asset(http.MethodPost, productPath+"/review", "partner.tap_campaign.product.write",
			(*Server).reviewProduct),
		asset(http.MethodPost, productPath+"/promotion_link/generate",
			"partner.tap_campaign.link.write", (*Server).generateLink),
		asset(http.MethodGet,
			"/affiliate_partner/202508/campaigns/{campaign_id}/products/{product_id}/performance",
			scopeRead, (*Server).listCreators),
		asset(http.MethodGet, creatorPath, scopeRead, (*Server).listContent),
		asset(http.MethodGet, creatorPath+"/sample/status", scopeRead, (*Server).sampleStatus),
		asset(http.MethodPost, "/affiliate_partner/202603/orders/search", scopeRead,
			(*Server).searchTAPOrders),
		asset(http.MethodPost, "/affiliate_partner/202603/cap_order/search",
			"partner.cap_orders.read", (*Server).searchCAPOrders),
	}
}

// WithStatisticsCipher makes the list of product statistics ask for a category asset cipher. The
// platform declares none for it, which is what a server does without this option, and clients that
// send one report success.
func WithStatisticsCipher() Option {
	return func(s *Server) {
		rt := *statefulRoutes().at(http.MethodGet, statisticsPath)
		rt.takesCategoryAssetCipher = true
		s.own.add(rt)
	}
}

// business is a refusal of an operation; the platform sends those with HTTP 200.
func business(code int, format string, args ...any) *reply {
	rep := refuse(http.StatusOK, code, fmt.Sprintf(format, args...))
	return &rep
}

func success(data any) reply { return reply{status: http.StatusOK, data: data} }

// decodeBody decodes the body, if there is one; JSON types are strict, as the platform's are. Only
// a lenient server comes here with others.
func decodeBody(body []byte, into any) *reply {
	te, ok := json.Unmarshal(body, into).(*json.UnmarshalTypeError)
	if !ok {
		return nil
	}
	rep := refuse(http.StatusBadRequest, 36009004,
		fmt.Sprintf("param %s type invalid. actual type:%s, expected type:%s", te.Field, te.Value,
			te.Type))
	return &rep
}

// paginate cuts the page that a query asks for out of a list.
func paginate[T any](
	items []T, query map[string]string, largest int,
) (page []T, next string, rep *reply) {
	size := 10
	if given := query["page_size"]; given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > largest {
			r := refuse(http.StatusBadRequest, 36009004,
				fmt.Sprintf("Invalid parameter. 'page_size' must be 1 to %d.", largest))
			return nil, "", &r
		}
		size = n
	}
	offset, ok := pageOffset(query["page_token"])
	if !ok || offset > len(items) {
		r := refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. 'page_token' is not one that was given out.")
		return nil, "", &r
	}
	end := min(offset+size, len(items))
	if end < len(items) {
		next = pageToken(end)
	}
	return append([]T{}, items[offset:end]...), next, nil
}

// pageTokenPrefix puts the characters into a token that have a meaning in queries.
const pageTokenPrefix = "+/"

func pageToken(offset int) string {
	return pageTokenPrefix + base64.StdEncoding.EncodeToString(
		fmt.Appendf(nil, "offset=%d;", offset)) + "="
}

func pageOffset(token string) (int, bool) {
	if token == "" {
		return 0, true
	}
	b, err := base64.StdEncoding.DecodeString(
		strings.TrimSuffix(strings.TrimPrefix(token, pageTokenPrefix), "="))
	var offset int
	if err != nil {
		return 0, false
	}
	_, err = fmt.Sscanf(string(b), "offset=%d;", &offset)
	return offset, err == nil && offset >= 0 && pageToken(offset) == token
}

// campaign finds the campaign of a call. s.mu is held.
func (s *Server) campaign(c *call) (*Campaign, *reply) {
	campaign, ok := s.campaigns[tiktokshop.ID(c.params["campaign_id"])]
	switch {
	case !ok:
		return nil, business(16032005, "Campaign not found.")
	case campaign.Foreign:
		return nil, business(16032007, "Permission denied.")
	}
	return campaign, nil
}
