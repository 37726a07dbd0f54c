package tiktokshoptest

import (
	"encoding/json"
	"math/big"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
)

// AddReturn gives the shop returns, or replaces those with their ReturnIDs: refunds, returns,
// replacements and exchanges that buyers ask for.
//
//	srv.AddReturn(returnrefund.ReturnOrder{OrderID: "576461413038785752", ReturnType: returnrefund.ReturnTypeRefund})
//
// One without a type is a refund, and one without a status waits for the seller, who can approve or
// reject it with the decisions that suit both. One without lines is of the whole order. Other
// states of the shop do as in [Server.AddOrder].
func (s *Server) AddReturn(returns ...returnrefund.ReturnOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepOrders()
	for _, r := range returns {
		s.putReturn(r)
	}
}

// ChangeReturn lets change alter a return, as the buyer does who sends the goods, say. Its
// UpdateTime becomes the server's time unless change sets another one. It fails if there is no such
// return.
func (s *Server) ChangeReturn(id tiktokshop.ID, change func(*returnrefund.ReturnOrder)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r, err := s.returns.changed(id, change)
	if err == nil {
		s.putReturn(r)
	}
	return err
}

// Return returns a return of the shop's.
func (s *Server) Return(id tiktokshop.ID) (r returnrefund.ReturnOrder, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.returns.get(id)
}

// keepReturns has the server answer from its returns. s.mu is held.
func (s *Server) keepReturns() {
	s.returns = newShelf("return", func(r *returnrefund.ReturnOrder) recordKey {
		return recordKey{&r.ReturnID, &r.CreateTime, &r.UpdateTime}
	})
	s.handleAs((*returnrefund.Service).CreateReturn, (*Server).createReturn)
	s.handleAs((*returnrefund.Service).CreateReturn202309, (*Server).createReturn)
	s.handleAs((*returnrefund.Service).SearchReturns, (*Server).searchReturns)
	s.handleAs((*returnrefund.Service).SearchReturns202309, (*Server).searchReturns)
	s.handleAs((*returnrefund.Service).ApproveReturn, (*Server).approveReturn)
	s.handleAs((*returnrefund.Service).RejectReturn, (*Server).rejectReturn)
	s.handleAs((*returnrefund.Service).RejectReturn202309, (*Server).rejectReturn)
}

// pendingStatus is the status of a new return of a type.
func pendingStatus(t returnrefund.ReturnType) returnrefund.ReturnStatus {
	switch t {
	case returnrefund.ReturnTypeReplacement:
		return returnrefund.ReturnStatusReplacementRequestPending
	case returnrefund.ReturnTypeExchange:
		return returnrefund.ReturnStatusExchangeRequestPending
	}
	return returnrefund.ReturnStatusReturnOrRefundRequestPending
}

// waits tells whether the seller has to decide about a return.
func waits(r *returnrefund.ReturnOrder) bool {
	return r.ReturnStatus == pendingStatus(r.ReturnType) ||
		r.ReturnStatus == returnrefund.ReturnStatusBuyerShippedItem
}

// isOver tells whether nothing more becomes of a return.
func isOver(r *returnrefund.ReturnOrder) bool {
	switch r.ReturnStatus {
	case returnrefund.ReturnStatusAwaitingBuyerShip, returnrefund.ReturnStatusAwaitingBuyerResponse:
		return false
	}
	return !waits(r)
}

// putReturn puts a return into the shop. s.mu is held.
func (s *Server) putReturn(r returnrefund.ReturnOrder) tiktokshop.ID {
	or(&r.ReturnType, returnrefund.ReturnTypeRefund)
	or(&r.ReturnStatus, pendingStatus(r.ReturnType))
	or(&r.Role, returnrefund.RecordRoleBuyer)
	old, known := s.returns.get(r.ReturnID)
	if known && old.ReturnStatus != r.ReturnStatus &&
		slices.Equal(old.SellerNextActionResponse, r.SellerNextActionResponse) {
		r.SellerNextActionResponse = nil // was of the status before
	}
	switch {
	case !waits(&r):
		r.SellerNextActionResponse = nil
	case len(r.SellerNextActionResponse) == 0:
		r.SellerNextActionResponse = []returnrefund.SellerNextActionResponse{{Action: nextAction(&r)}}
	}
	id := s.returns.put(s, &r)
	s.open.note(r.OrderID, id, waits(&r))
	if !known || old.ReturnStatus != r.ReturnStatus {
		s.returnEvent(&r)
	}
	return id
}

func nextAction(r *returnrefund.ReturnOrder) returnrefund.SellerNextActionResponseAction {
	switch {
	case r.ReturnStatus == returnrefund.ReturnStatusBuyerShippedItem:
		return returnrefund.SellerNextActionResponseActionSellerRespondReceivePackage
	case r.ReturnType == returnrefund.ReturnTypeReturnAndRefund:
		return returnrefund.SellerNextActionResponseActionSellerRespondReturn
	case r.ReturnType == returnrefund.ReturnTypeRefund:
		return returnrefund.SellerNextActionResponseActionSellerRespondRefund
	}
	return returnrefund.SellerNextActionResponseActionSellerRespondReplacement
}

func (s *Server) searchReturns(c *call) reply {
	var f struct {
		timeBounds
		Buyers      []tiktokshop.ID                  `json:"buyer_user_ids"`
		IDs         []tiktokshop.ID                  `json:"return_ids"`
		Orders      []tiktokshop.ID                  `json:"order_ids"`
		Statuses    []returnrefund.ReturnStatus      `json:"return_status"`
		Types       []returnrefund.ReturnType        `json:"return_types"`
		Arbitration []returnrefund.ArbitrationStatus `json:"arbitration_status"`
		Proposed    []string                         `json:"seller_proposed_return_type"`
	}
	if rep := decodeBody(c.body, &f); rep != nil {
		return *rep
	}
	return s.returns.search(c, listing{field: "return_orders", times: f.timeBounds,
		wanted: func(body json.RawMessage) bool {
			var r returnrefund.ReturnOrder
			return json.Unmarshal(body, &r) == nil &&
				among(f.IDs, r.ReturnID) && among(f.Orders, r.OrderID) &&
				among(f.Statuses, r.ReturnStatus) && among(f.Types, r.ReturnType) &&
				among(f.Arbitration, r.ArbitrationStatus) &&
				among(f.Proposed, r.SellerProposedReturnType) && s.ofBuyers(f.Buyers, r.OrderID)
		}})
}

func (s *Server) createReturn(c *call) reply {
	var body struct {
		Order    tiktokshop.ID               `json:"order_id"`
		Reason   string                      `json:"return_reason"`
		Type     returnrefund.ReturnType     `json:"return_type"`
		Refund   string                      `json:"refund_total"`
		Currency string                      `json:"currency"`
		Shipment returnrefund.ShipmentType   `json:"shipment_type"`
		Handover returnrefund.HandoverMethod `json:"handover_method"`
		namedLines
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	o, ok := s.orders.get(body.Order)
	if !ok {
		return *business(codeInvalidRequest, "Order not found.")
	}
	switch o.Status {
	case order.OrderStatusInTransit, order.OrderStatusDelivered, order.OrderStatusCompleted,
		order.OrderStatusAwaitingCollection:
	default:
		return *business(codeRequestState, "The order cannot be returned in its status.")
	}
	if len(s.open[o.ID]) > 0 {
		return *business(codeRequestExists, "The order has a request that waits for the seller.")
	}
	lines, why := body.of(&o)
	if why != nil {
		return why.reply()
	}
	if moreThan(body.Refund, o.Payment.TotalAmount) {
		return *business(codeRefundTooHigh, "The refund is more than was paid.")
	}
	r := returnrefund.ReturnOrder{
		OrderID: o.ID, ReturnType: body.Type, ReturnReason: body.Reason,
		Role:         returnrefund.RecordRoleSeller,
		ShipmentType: body.Shipment, HandoverMethod: body.Handover,
		RefundAmount: returnrefund.RefundAmount{Currency: body.Currency, RefundTotal: body.Refund},
	}
	or(&r.ReturnType, returnrefund.ReturnTypeRefund)
	r.ReturnStatus = pendingStatus(r.ReturnType)
	for _, line := range lines {
		r.ReturnLineItems = append(r.ReturnLineItems, returnrefund.ReturnLineItem{
			ReturnLineItemID: s.newID(), OrderLineItemID: line.ID, ProductName: line.ProductName,
			SellerSKU: line.SellerSKU, SKUID: line.SKUID, SKUName: line.SKUName,
		})
	}
	id := s.putReturn(r)
	return success(map[string]any{"return_id": id, "return_status": r.ReturnStatus})
}

// moreThan compares decimals. One that is missing is not compared.
func moreThan(a, b string) bool {
	x, ok := new(big.Rat).SetString(a)
	y, also := new(big.Rat).SetString(b)
	return ok && also && x.Cmp(y) > 0
}

// decision is what a seller can decide about a return: of these types, in the first state or once
// the goods are back, with this outcome.
type decision struct {
	types    []returnrefund.ReturnType
	received bool
	becomes  returnrefund.ReturnStatus
}

// The decisions. Which state each leads to follows from what the platform's reference says of both.
var (
	ofRefund      = []returnrefund.ReturnType{returnrefund.ReturnTypeRefund}
	ofReturn      = []returnrefund.ReturnType{returnrefund.ReturnTypeReturnAndRefund}
	ofReplacement = []returnrefund.ReturnType{returnrefund.ReturnTypeReplacement}

	approvals = map[returnrefund.ApproveReturnDecision]decision{
		returnrefund.ApproveReturnDecisionApproveRefund: {ofRefund, false,
			returnrefund.ReturnStatusReturnOrRefundRequestSuccess},
		returnrefund.ApproveReturnDecisionApproveReturn: {ofReturn, false,
			returnrefund.ReturnStatusAwaitingBuyerShip},
		returnrefund.ApproveReturnDecisionApproveReceivedPackage: {ofReturn, true,
			returnrefund.ReturnStatusReturnOrRefundRequestSuccess},
		returnrefund.ApproveReturnDecisionApproveReplacement: {ofReplacement, false,
			returnrefund.ReturnStatusReplacementRequestComplete},
		returnrefund.ApproveReturnDecisionIssueReplacementRefund: {ofReplacement, false,
			returnrefund.ReturnStatusReplacementRequestRefundSuccess},
		returnrefund.ApproveReturnDecisionOfferPartialRefund: {slices.Concat(ofRefund,
			ofReturn), false, returnrefund.ReturnStatusAwaitingBuyerResponse},
		returnrefund.ApproveReturnDecisionDirectRefund: {slices.Concat(ofRefund,
			ofReturn), false, returnrefund.ReturnStatusReturnOrRefundRequestSuccess},
	}
	rejections = map[returnrefund.RejectReturnDecision]decision{
		returnrefund.RejectReturnDecisionRejectRefund: {ofRefund, false,
			returnrefund.ReturnStatusRefundOrReturnRequestReject},
		returnrefund.RejectReturnDecisionRejectReturn: {ofReturn, false,
			returnrefund.ReturnStatusRefundOrReturnRequestReject},
		returnrefund.RejectReturnDecisionRejectReceivedPackage: {ofReturn, true,
			returnrefund.ReturnStatusRejectReceivePackage},
		returnrefund.RejectReturnDecisionRejectReplacement: {ofReplacement, false,
			returnrefund.ReturnStatusReplacementRequestReject},
		returnrefund.RejectReturnDecisionOfferPartialRefundAfterReceivingPkg: {ofReturn, true,
			returnrefund.ReturnStatusAwaitingBuyerResponse},
	}
)

// decide is the return that a call's path names, if the decision suits it.
func (s *Server) decide(
	c *call, d decision, known bool, whenOver int,
) (r returnrefund.ReturnOrder, rep *reply) {
	r, ok := s.returns.get(tiktokshop.ID(c.params["return_id"]))
	switch {
	case !ok:
		return r, business(codeNoRequest, "Return not found.")
	case !known, !slices.Contains(d.types, r.ReturnType):
		return r, business(codeWrongDecision, "The decision does not suit the type of the return.")
	case isOver(&r):
		return r, business(whenOver, "The return has been decided.")
	case !waits(&r), d.received != (r.ReturnStatus == returnrefund.ReturnStatusBuyerShippedItem):
		return r, business(codeRequestState, "The decision does not suit the status of the return.")
	}
	return r, nil
}

func (s *Server) approveReturn(c *call) reply {
	var body struct {
		Decision returnrefund.ApproveReturnDecision `json:"decision"`
		Keeps    *bool                              `json:"buyer_keep_item"`
		Partial  *tiktokshop.Money                  `json:"partial_refund"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	d, known := approvals[body.Decision]
	r, rep := s.decide(c, d, known, codeCannotApprove)
	if rep != nil {
		return *rep
	}
	offers := body.Decision == returnrefund.ApproveReturnDecisionOfferPartialRefund
	if offers != (body.Partial != nil) {
		return *business(codeWrongDecision,
			"'partial_refund' goes with OFFER_PARTIAL_REFUND, and only with it.")
	}
	r.ReturnStatus, r.UpdateTime, r.SellerNextActionResponse = d.becomes, s.thisSecond(), nil
	switch {
	case offers:
		r.PartialRefund = *body.Partial
	case body.Keeps != nil && body.Decision != returnrefund.ApproveReturnDecisionApproveReturn:
		return *business(codeWrongDecision, "'buyer_keep_item' goes with APPROVE_RETURN only.")
	case body.Keeps != nil && *body.Keeps:
		r.CanBuyerKeepItem, r.ReturnStatus = true,
			returnrefund.ReturnStatusReturnOrRefundRequestSuccess
	}
	s.putReturn(r)
	return success(nil)
}

func (s *Server) rejectReturn(c *call) reply {
	var body struct {
		Decision returnrefund.RejectReturnDecision `json:"decision"`
		Partial  *returnrefund.PartialRefundAmount `json:"partial_refund_amount"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	d, known := rejections[body.Decision]
	r, rep := s.decide(c, d, known, codeAlreadyApproved)
	if rep != nil {
		return *rep
	}
	if body.Partial != nil {
		r.PartialRefund = tiktokshop.Money{Amount: body.Partial.PartialRefundTotal,
			Currency: body.Partial.Currency}
	}
	r.ReturnStatus, r.UpdateTime, r.SellerNextActionResponse = d.becomes, s.thisSecond(), nil
	s.putReturn(r)
	return success(nil)
}
