package tiktokshoptest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
)

// AddStatement gives the shop statements, or replaces those with their IDs, for GetStatements to
// find by time and by the status of the payment. From the first call on, which may be without any,
// the lists of statements, payments and transactions have what the shop has; before, they answer
// with examples. A StatementTime that is zero is the server's clock.
func (s *Server) AddStatement(statements ...finance.Statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepFinance()
	for _, v := range statements {
		or(&v.PaymentStatus, finance.PaymentStatusProcessing)
		s.statements.put(s, &v)
	}
}

// AddPayment gives the shop payments, or replaces those with their IDs, for GetPayments to find by
// time. Other states of the shop do as in [Server.AddStatement].
func (s *Server) AddPayment(payments ...finance.Payment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepFinance()
	for _, v := range payments {
		or(&v.Status, finance.PaymentStatusProcessing)
		s.payments.put(s, &v)
	}
}

// AddTransaction adds transactions to a statement, which has them in this order:
// GetTransactionsByStatement lists them, and GetTransactionsByOrder adds up those of an order. A
// SettlementAmount that is empty is made of the other amounts. It fails if there is no such
// statement, or if an amount is no decimal number.
func (s *Server) AddTransaction(
	statement tiktokshop.ID, transactions ...finance.Transaction,
) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepFinance()
	_, _, err := s.statements.changed(statement, func(*finance.Statement) {})
	if err != nil {
		return err
	}
	for i := range transactions {
		t := transactions[i]
		if t.ID == "" {
			t.ID = s.newID()
		}
		if t.SettlementAmount == "" {
			t.SettlementAmount, err = addUp(t.RevenueAmount, t.ShippingCostAmount, t.FeeTaxAmount,
				t.AdjustmentAmount)
			if err != nil {
				return err
			}
		}
		s.transactions[statement] = append(s.transactions[statement], t)
	}
	return nil
}

// Statement returns a statement of the shop's.
func (s *Server) Statement(id tiktokshop.ID) (v finance.Statement, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statements.get(id)
}

// Payment returns a payment of the shop's.
func (s *Server) Payment(id tiktokshop.ID) (v finance.Payment, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.payments.get(id)
}

// ChangeStatement lets change alter a statement. It fails if there is no such statement.
func (s *Server) ChangeStatement(id tiktokshop.ID, change func(*finance.Statement)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, v, err := s.statements.changed(id, change)
	if err == nil {
		s.statements.put(s, &v)
	}
	return err
}

// ChangePayment lets change alter a payment. It fails if there is no such payment.
func (s *Server) ChangePayment(id tiktokshop.ID, change func(*finance.Payment)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, v, err := s.payments.changed(id, change)
	if err == nil {
		s.payments.put(s, &v)
	}
	return err
}

// keepFinance has the server answer from its statements and payments. s.mu is held.
func (s *Server) keepFinance() {
	if s.statements != nil {
		return
	}
	// Neither has a time of change.
	s.statements = newShelf("statement", func(v *finance.Statement) recordKey {
		return recordKey{&v.ID, &v.StatementTime, &v.StatementTime}
	})
	s.payments = newShelf("payment", func(v *finance.Payment) recordKey {
		return recordKey{&v.ID, &v.CreateTime, &v.CreateTime}
	})
	s.transactions = make(map[tiktokshop.ID][]finance.Transaction)
	s.handleAs((*finance.Service).GetStatements, (*Server).listStatements)
	s.handleAs((*finance.Service).GetPayments, (*Server).listPayments)
	s.handleAs((*finance.Service).GetPayments202309, (*Server).listPayments) //nolint:staticcheck // callers may not have moved on yet
	s.handleAs((*finance.Service).GetTransactionsByStatement, (*Server).transactionsByStatement)
	s.handleAs((*finance.Service).GetTransactionsByOrder, (*Server).transactionsByOrder)
}

// queryTime is a time of the query, nil if it has none.
func (c *call) queryTime(name string) *int64 {
	n, err := strconv.ParseInt(c.query[name], 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

func (s *Server) listStatements(c *call) reply {
	l := listing{
		field: "statements", byCreation: []string{"statement_time"}, withoutTotal: true,
		times: timeBounds{CreatedFrom: c.queryTime("statement_time_ge"),
			CreatedBefore: c.queryTime("statement_time_lt")},
	}
	if status := c.query["payment_status"]; status != "" {
		l.wanted = func(body json.RawMessage) bool {
			var v finance.Statement
			return json.Unmarshal(body, &v) == nil && string(v.PaymentStatus) == status
		}
	}
	return s.statements.search(c, l)
}

func (s *Server) listPayments(c *call) reply {
	return s.payments.search(c, listing{field: "payments", withoutTotal: true, times: timeBounds{
		CreatedFrom: c.queryTime("create_time_ge"), CreatedBefore: c.queryTime("create_time_lt"),
	}})
}

func (s *Server) transactionsByStatement(c *call) reply {
	v, ok := s.statements.get(tiktokshop.ID(c.params["statement_id"]))
	if !ok {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. There is no such statement.")
	}
	all := slices.Clone(s.transactions[v.ID])
	if c.query["sort_order"] != "ASC" {
		slices.Reverse(all)
	}
	page, next, rep := paginate(all, c.query, 100)
	if rep != nil {
		return *rep
	}
	listed := make([]json.RawMessage, 0, len(page))
	for _, t := range page {
		listed = append(listed, encodeRecord(t))
	}
	return success(map[string]any{
		"id": v.ID, "create_time": v.StatementTime.Unix(), "currency": v.Currency,
		"status":       "SETTLED",
		"transactions": listed, "next_page_token": next, "total_count": len(all),
		"total_settlement_amount": v.SettlementAmount,
	})
}

// transactionsByOrder adds up what the statements have of an order, a SKU transaction for each.
func (s *Server) transactionsByOrder(c *call) reply {
	id := tiktokshop.ID(c.params["order_id"])
	data := finance.GetTransactionsByOrderData{OrderID: id,
		SKUTransactions: []finance.SKUTransaction{}}
	if o, ok := s.orders.get(id); ok {
		data.OrderCreateTime = o.CreateTime
	}
	sums := [4]big.Rat{}
	for _, r := range s.statements.created {
		v, _ := s.statements.get(r.id)
		for _, t := range s.transactions[v.ID] {
			if t.OrderID != id {
				continue
			}
			data.Currency = cmp.Or(data.Currency, v.Currency)
			or(&data.OrderCreateTime, t.OrderCreateTime)
			for i, amount := range []string{t.RevenueAmount, t.ShippingCostAmount, t.FeeTaxAmount,
				t.SettlementAmount} {
				if n, ok := new(big.Rat).SetString(amount); ok {
					sums[i].Add(&sums[i], n)
				}
			}
			data.SKUTransactions = append(data.SKUTransactions, finance.SKUTransaction{
				StatementID: v.ID, RevenueAmount: t.RevenueAmount,
				ShippingCostAmount: t.ShippingCostAmount,
				FeeTaxAmount:       t.FeeTaxAmount, SettlementAmount: t.SettlementAmount,
				Quantity:              "1",
				RevenueBreakdown:      t.RevenueBreakdown,
				ShippingCostBreakdown: t.ShippingCostBreakdown, FeeTaxBreakdown: t.FeeTaxBreakdown,
			})
		}
	}
	data.RevenueAmount, data.ShippingCostAmount = sums[0].FloatString(2), sums[1].FloatString(2)
	data.FeeAndTaxAmount, data.SettlementAmount = sums[2].FloatString(2), sums[3].FloatString(2)
	data.TotalCount = int64(len(data.SKUTransactions))
	return success(encodeRecord(data))
}

// addUp is the sum of decimals; one that is missing is nothing.
func addUp(amounts ...string) (string, error) {
	var sum big.Rat
	for _, amount := range amounts {
		if amount == "" {
			continue
		}
		n, ok := new(big.Rat).SetString(amount)
		if !ok {
			return "", fmt.Errorf("tiktokshoptest: %q is no decimal number", amount)
		}
		sum.Add(&sum, n)
	}
	return sum.FloatString(2), nil
}
