package tiktokshoptest

import (
	"net/http"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// productKey is a product in a campaign.
type productKey struct{ campaign, product tiktokshop.ID }

// creatorKey is a creator's part in promoting a product.
type creatorKey struct {
	productKey
	creator string
}

// affiliateData is what the server has been given to answer with.
type affiliateData struct {
	statistics map[tiktokshop.ID][]affiliatepartner.ProductStatistics
	creators   map[productKey][]affiliatepartner.ProductCreator
	content    map[creatorKey][]affiliatepartner.ContentStatistics
	samples    map[creatorKey]affiliatepartner.SampleStatus
	tapOrders  []affiliatepartner.TAPOrder
	capOrders  []affiliatepartner.CAPOrder
}

func newAffiliateData() affiliateData {
	return affiliateData{
		statistics: make(map[tiktokshop.ID][]affiliatepartner.ProductStatistics),
		creators:   make(map[productKey][]affiliatepartner.ProductCreator),
		content:    make(map[creatorKey][]affiliatepartner.ContentStatistics),
		samples:    make(map[creatorKey]affiliatepartner.SampleStatus),
	}
}

// AddProductStatistics adds to the product statistics of a campaign.
func (s *Server) AddProductStatistics(
	campaign tiktokshop.ID, statistics ...affiliatepartner.ProductStatistics,
) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.statistics[campaign] = append(s.data.statistics[campaign], statistics...)
}

// AddProductCreators adds to the creators who promote a campaign's product.
func (s *Server) AddProductCreators(
	campaign, product tiktokshop.ID, creators ...affiliatepartner.ProductCreator,
) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := productKey{campaign, product}
	s.data.creators[key] = append(s.data.creators[key], creators...)
}

// AddContentStatistics adds to what a creator made for a campaign's product.
func (s *Server) AddContentStatistics(
	campaign, product tiktokshop.ID, creatorOpenID string,
	content ...affiliatepartner.ContentStatistics,
) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := creatorKey{productKey{campaign, product}, creatorOpenID}
	s.data.content[key] = append(s.data.content[key], content...)
}

// SetSampleStatus sets where a creator's sample of a campaign's product is.
func (s *Server) SetSampleStatus(
	campaign, product tiktokshop.ID, creatorOpenID string, status affiliatepartner.SampleStatus,
) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.samples[creatorKey{productKey{campaign, product}, creatorOpenID}] = status
}

// AddTAPOrders adds SKU orders for SearchTAPOrders to find.
func (s *Server) AddTAPOrders(orders ...affiliatepartner.TAPOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.tapOrders = append(s.data.tapOrders, orders...)
}

// AddCAPOrders adds SKU orders for SearchCAPOrders to find.
func (s *Server) AddCAPOrders(orders ...affiliatepartner.CAPOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.capOrders = append(s.data.capOrders, orders...)
}

func (c *call) productKey() productKey {
	return productKey{tiktokshop.ID(c.params["campaign_id"]), tiktokshop.ID(c.params["product_id"])}
}

func (c *call) creatorKey() creatorKey {
	return creatorKey{c.productKey(), c.params["creator_temp_id"]}
}

func (s *Server) listStatistics(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	all := s.data.statistics[campaign.ID]
	page, next, rep := paginate(all, c.query, 50)
	if rep != nil {
		return *rep
	}
	if next == "" {
		next = "0" // as in the platform's sample
	}
	return success(map[string]any{"campaign_product_statistics": page, "next_page_token": next,
		"total_count": len(all)})
}

func (s *Server) listCreators(c *call) reply {
	if _, rep := s.campaign(c); rep != nil { // this operation has no code of its own for it
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. There is no such campaign of yours.")
	}
	all := s.data.creators[c.productKey()]
	page, next, rep := paginate(all, c.query, 50)
	if rep != nil {
		return *rep
	}
	return success(map[string]any{"promotion_creators": page, "next_page_token": next,
		"total_creator_count": len(all)})
}

func (s *Server) listContent(c *call) reply {
	if _, rep := s.campaign(c); rep != nil {
		return *business(16032001, "Invalid parameter. There is no such campaign of yours.")
	}
	kind := affiliatepartner.ContentType(c.query["content_type"])
	switch kind { // the reference gives numbers, its sample words
	case "1":
		kind = affiliatepartner.ContentTypeVideo
	case "2":
		kind = affiliatepartner.ContentTypeLiveRoom
	}
	known := kind == "" || kind == affiliatepartner.ContentTypeVideo ||
		kind == affiliatepartner.ContentTypeLiveRoom
	if c.query["affiliate_product_id"] == "" || !known {
		return *business(16032001,
			"Invalid parameter. 'affiliate_product_id' or 'content_type' is invalid.")
	}
	content := []affiliatepartner.ContentStatistics{}
	for _, st := range s.data.content[c.creatorKey()] {
		if kind == "" || st.ContentType == kind {
			content = append(content, st)
		}
	}
	return success(map[string]any{"creator_content_statistics": content})
}

func (s *Server) sampleStatus(c *call) reply {
	if _, rep := s.campaign(c); rep != nil {
		return *business(16032001, "Invalid parameter. There is no such campaign of yours.")
	}
	status, ok := s.data.samples[c.creatorKey()]
	if !ok {
		return *business(16032001, "Invalid parameter. There is no such sample.")
	}
	return success(map[string]any{"sample_status": status})
}

// orderFilter is the body of an order search.
type orderFilter struct {
	From         *int64 `json:"create_time_ge"`
	Before       *int64 `json:"create_time_lt"`
	CampaignID   string `json:"campaign_id"`
	OrderID      string `json:"order_id"`
	ProductID    string `json:"product_id"`
	SettleStatus int64  `json:"settle_status"`
}

// readOrderFilter reads the body; without a time range it is the last three months.
func (s *Server) readOrderFilter(c *call) (f orderFilter, rep *reply) {
	if rep := decodeBody(c.body, &f); rep != nil {
		return f, rep
	}
	now := s.now()
	if f.From == nil && f.Before == nil {
		from, before := now.AddDate(0, -3, 0).Unix(), now.Unix()+1
		f.From, f.Before = &from, &before
	}
	var refusal reply
	switch {
	case f.From == nil || f.Before == nil:
		refusal = refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. 'create_time_ge' and 'create_time_lt' must be given together.")
	case *f.From >= *f.Before || time.Unix(*f.Before, 0).After(
		time.Unix(*f.From, 0).UTC().AddDate(0, 3, 0).Add(time.Second)):
		refusal = refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. The time range must be at most 3 months.")
	default:
		return f, nil
	}
	return f, &refusal
}

// settleNumber is the number that stands for a stage in a CAP order search.
func settleNumber(s affiliatepartner.SettleStatus) int64 {
	return 1 + int64(slices.Index([]affiliatepartner.SettleStatus{
		affiliatepartner.SettleStatusCustomerUnpaid, affiliatepartner.SettleStatusPending,
		affiliatepartner.SettleStatusSettled, affiliatepartner.SettleStatusIneligible,
		affiliatepartner.SettleStatusFrozen,
	}, s))
}

// matches compares with a filter that may be missing.
func matches(filter string, id tiktokshop.ID) bool { return filter == "" || filter == string(id) }

func (f *orderFilter) covers(created tiktokshop.UnixTime) bool {
	return created.Unix() >= *f.From && created.Unix() < *f.Before
}

// orderPage answers an order search with the orders found, the newest first.
func orderPage[T any](
	c *call, all []T, created func(*T) tiktokshop.UnixTime, wanted func(*T) bool,
) reply {
	found := []T{}
	for i := range all {
		if wanted(&all[i]) {
			found = append(found, all[i])
		}
	}
	slices.SortStableFunc(found, func(a, b T) int { return created(&b).Compare(created(&a).Time) })
	page, next, rep := paginate(found, c.query, 100)
	if rep != nil {
		return *rep
	}
	return success(map[string]any{"sku_orders": page, "next_page_token": next,
		"total_count": len(found)})
}

func (s *Server) searchTAPOrders(c *call) reply {
	f, rep := s.readOrderFilter(c)
	if rep != nil {
		return *rep
	}
	return orderPage(c, s.data.tapOrders,
		func(o *affiliatepartner.TAPOrder) tiktokshop.UnixTime { return o.CreateTime },
		func(o *affiliatepartner.TAPOrder) bool {
			return f.covers(o.CreateTime) && matches(f.CampaignID, o.CampaignID)
		})
}

func (s *Server) searchCAPOrders(c *call) reply {
	f, rep := s.readOrderFilter(c)
	if rep != nil {
		return *rep
	}
	return orderPage(c, s.data.capOrders,
		func(o *affiliatepartner.CAPOrder) tiktokshop.UnixTime { return o.CreateTime },
		func(o *affiliatepartner.CAPOrder) bool {
			return f.covers(o.CreateTime) && matches(f.OrderID, o.ID) &&
				matches(f.ProductID, o.ProductID) &&
				(f.SettleStatus == 0 || f.SettleStatus == settleNumber(o.SettleStatus))
		})
}
