package tiktokshoptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/logistics"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// seed is the JSON that LoadSeed reads. A list that is there, be it empty, gives the shop that kind
// of state.
type seed struct {
	Shops         []authorization.AuthorizedShop          `json:"shops"`
	Assets        []authorization.CategoryAsset           `json:"category_assets"`
	Tokens        []seedToken                             `json:"tokens"`
	Warehouses    []logistics.Warehouse                   `json:"warehouses"`
	Products      []product.GetProductData                `json:"products"`
	Orders        []order.Order                           `json:"orders"`
	Packages      []fulfillment.GetPackageDetailData      `json:"packages"`
	Cancellations []returnrefund.Cancellation             `json:"cancellations"`
	Returns       []returnrefund.ReturnOrder              `json:"returns"`
	Statements    []finance.Statement                     `json:"statements"`
	Payments      []finance.Payment                       `json:"payments"`
	Transactions  map[tiktokshop.ID][]finance.Transaction `json:"transactions"`
	Campaigns     []seedCampaign                          `json:"campaigns"`
	Creators      []seedCreator                           `json:"creators"`
	TAPOrders     []affiliatepartner.TAPOrder             `json:"tap_orders"`
	CAPOrders     []affiliatepartner.CAPOrder             `json:"cap_orders"`
}

// seedToken is a token as the token host answers with it; the times may be left out.
type seedToken struct {
	AccessToken     string         `json:"access_token"`
	AccessExpireIn  int64          `json:"access_token_expire_in"`
	RefreshToken    string         `json:"refresh_token"`
	RefreshExpireIn int64          `json:"refresh_token_expire_in"`
	OpenID          string         `json:"open_id"`
	SellerName      string         `json:"seller_name"`
	SellerRegion    string         `json:"seller_base_region"`
	UserType        token.UserType `json:"user_type"`
	Scopes          []string       `json:"granted_scopes"`
}

// seedCampaign is a campaign with its products.
type seedCampaign struct {
	affiliatepartner.GetCampaignData
	Products []seedCampaignProduct `json:"products"`
}

type seedCampaignProduct struct {
	affiliatepartner.CampaignProduct
	IsAvailable *bool `json:"is_available"` // true if it is left out
}

// seedCreator is a creator who promotes a campaign's product.
type seedCreator struct {
	CampaignID tiktokshop.ID `json:"campaign_id"`
	ProductID  tiktokshop.ID `json:"product_id"`
	affiliatepartner.ProductCreator
}

// LoadSeed gives the server what a JSON file has, such as testdata/seed.json: an object with any of
// these lists, whose elements are as the platform's API answers with them.
//
//	| key | elements | like |
//	| --- | --- | --- |
//	| shops, category_assets | authorization.AuthorizedShop, authorization.CategoryAsset | AddShop, AddCategoryAsset |
//	| tokens | a token as the token host has it: access_token, refresh_token, open_id and so on | AddAccount |
//	| warehouses | logistics.Warehouse | AddWarehouse |
//	| products | product.GetProductData | AddProduct |
//	| orders | order.Order | AddOrder |
//	| packages | fulfillment.GetPackageDetailData | AddPackage |
//	| cancellations, returns | returnrefund.Cancellation, returnrefund.ReturnOrder | AddCancellation, AddReturn |
//	| statements, payments | finance.Statement, finance.Payment | AddStatement, AddPayment |
//	| transactions | an object: finance.Transaction by the statement's id | AddTransaction |
//	| campaigns | affiliatepartner.GetCampaignData with products, affiliatepartner.CampaignProduct | AddCampaign |
//	| creators | affiliatepartner.ProductCreator with campaign_id and product_id | AddProductCreators |
//	| tap_orders, cap_orders | affiliatepartner.TAPOrder, affiliatepartner.CAPOrder | AddTAPOrders, AddCAPOrders |
//
// What is left out is as it is there: ids are made up, times are the server's clock, statuses those
// of something new. A product of a campaign is available, and approved. A token with an
// access_token is taken from then on; its times are those of a new one.
//
// Several files can be loaded one after the other. A key that is not known is an error that names
// all such keys with their places, and nothing of the file is taken then.
func (s *Server) LoadSeed(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("tiktokshoptest: read the seed: %w", err)
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("tiktokshoptest: the seed is not JSON: %w", err)
	}
	if _, ok := all.(map[string]any); !ok {
		return errors.New("tiktokshoptest: the seed is not a JSON object")
	}
	var unknown []string
	unknownKeys(reflect.TypeFor[seed](), all, "", &unknown)
	if len(unknown) > 0 {
		return fmt.Errorf("tiktokshoptest: the seed has unknown keys: %s",
			strings.Join(unknown, ", "))
	}
	var seed seed
	if err := json.Unmarshal(data, &seed); err != nil {
		return fmt.Errorf("tiktokshoptest: the seed does not fit: %w", err)
	}
	if err := seed.check(s); err != nil {
		return err
	}
	return seed.apply(s)
}

// check finds what would not apply, so that nothing is applied by half.
func (seed *seed) check(s *Server) error {
	known := func(id tiktokshop.ID) bool {
		_, ok := s.Statement(id)
		return ok || slices.ContainsFunc(seed.Statements,
			func(v finance.Statement) bool { return v.ID == id })
	}
	for _, id := range slices.Sorted(maps.Keys(seed.Transactions)) {
		if !known(id) {
			return fmt.Errorf(
				"tiktokshoptest: the seed has transactions of statement %s, and no such statement",
				id)
		}
		for _, t := range seed.Transactions[id] {
			if _, err := addUp(t.RevenueAmount, t.ShippingCostAmount, t.FeeTaxAmount,
				t.AdjustmentAmount); err != nil {
				return err
			}
		}
	}
	for i, t := range seed.Tokens {
		if t.OpenID == "" {
			return fmt.Errorf("tiktokshoptest: tokens[%d] of the seed has no open_id", i)
		}
	}
	for i, c := range seed.Campaigns {
		if c.ID == "" {
			return fmt.Errorf("tiktokshoptest: campaigns[%d] of the seed has no id", i)
		}
	}
	return nil
}

func (seed *seed) apply(s *Server) error {
	for _, shop := range seed.Shops {
		s.AddShop(shop)
	}
	for _, asset := range seed.Assets {
		s.AddCategoryAsset(asset)
	}
	for _, t := range seed.Tokens {
		s.addToken(t)
	}
	// What is not in the file stays without a state.
	if seed.Warehouses != nil {
		s.AddWarehouse(seed.Warehouses...)
	}
	if seed.Products != nil {
		s.AddProduct(seed.Products...)
	}
	if seed.Orders != nil || seed.Packages != nil || seed.Cancellations != nil ||
		seed.Returns != nil {
		s.AddOrder(seed.Orders...)
		s.AddPackage(seed.Packages...)
		s.AddCancellation(seed.Cancellations...)
		s.AddReturn(seed.Returns...)
	}
	if seed.Statements != nil || seed.Payments != nil || seed.Transactions != nil {
		s.AddStatement(seed.Statements...)
		s.AddPayment(seed.Payments...)
	}
	for id, transactions := range seed.Transactions {
		if err := s.AddTransaction(id, transactions...); err != nil {
			return err
		}
	}
	for _, c := range seed.Campaigns {
		s.AddCampaign(c.campaign())
	}
	for _, c := range seed.Creators {
		s.AddProductCreators(c.CampaignID, c.ProductID, c.ProductCreator)
	}
	s.AddTAPOrders(seed.TAPOrders...)
	s.AddCAPOrders(seed.CAPOrders...)
	return nil
}

// addToken adds an account, and a token of it if the seed names one.
func (s *Server) addToken(t seedToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.addAccount(Account{
		OpenID: t.OpenID, Name: t.SellerName, Region: t.SellerRegion, UserType: t.UserType,
		Scopes: t.Scopes,
	})
	if t.AccessToken == "" {
		return
	}
	g := s.issue(a)
	delete(s.auth.access, g.access)
	delete(s.auth.refresh, g.refresh)
	g.access = t.AccessToken
	if t.RefreshToken != "" {
		g.refresh = t.RefreshToken
	}
	if t.AccessExpireIn != 0 {
		g.accessUntil = time.Unix(t.AccessExpireIn, 0)
	}
	if t.RefreshExpireIn != 0 {
		g.refreshUntil = time.Unix(t.RefreshExpireIn, 0)
	}
	s.auth.access[g.access], s.auth.refresh[g.refresh] = g, g
}

// campaign is the campaign of a seed as the server has it.
func (c *seedCampaign) campaign() Campaign {
	campaign := Campaign{
		ID: c.ID, Name: c.Name, Description: c.Description, Status: c.Status, Region: c.Region,
		StartTime: c.CampaignStartTime.Time, EndTime: c.CampaignEndTime.Time,
		RegistrationStartTime: c.RegistrationStartTime.Time,
		RegistrationEndTime:   c.RegistrationEndTime.Time,
		CommissionRate:        c.CommissionRate, ContactInfo: c.ContactInfo,
		TargetShops: c.TargetShops, TargetSellerTypes: c.TargetSellerTypes,
	}
	for _, p := range c.Products {
		campaign.Products = append(campaign.Products, Product{
			ID: p.ID, ReviewStatus: p.ReviewStatus,
			Unavailable: p.IsAvailable != nil && !*p.IsAvailable,
			Info:        p.CampaignProduct,
		})
	}
	return campaign
}

// unknownKeys finds the keys of decoded JSON that a type has no fields for.
func unknownKeys(t reflect.Type, v any, path string, unknown *[]string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return
	}
	switch v := v.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for i, element := range v {
				unknownKeys(t.Elem(), element, fmt.Sprintf("%s[%d]", path, i), unknown)
			}
		}
	case map[string]any:
		fields := make(map[string]reflect.Type)
		switch t.Kind() {
		case reflect.Struct:
			jsonFields(t, fields)
		case reflect.Map:
			for name := range v {
				fields[name] = t.Elem()
			}
		default: // decoding says that it does not fit
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if field, ok := fields[name]; ok {
				unknownKeys(field, v[name], join(path, name), unknown)
			} else {
				*unknown = append(*unknown, join(path, name))
			}
		}
	}
}

// jsonFields are the fields of a struct by their names in JSON. Own ones go before embedded ones.
func jsonFields(t reflect.Type, fields map[string]reflect.Type) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			jsonFields(f.Type, fields)
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && f.IsExported() && name != "-" && name != "" {
			fields[name] = f.Type
		}
	}
}
