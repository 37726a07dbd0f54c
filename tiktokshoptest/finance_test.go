package tiktokshoptest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestStatements(t *testing.T) {
	t.Parallel()
	c := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(c.now), tiktokshoptest.InMemory(),
		tiktokshoptest.Strict())
	srv.AddStatement(finance.Statement{ID: "1", Currency: "GBP"})
	c.advance(time.Minute)
	srv.AddStatement(finance.Statement{ID: "2", PaymentStatus: finance.PaymentStatusPaid})
	srv.AddPayment(finance.Payment{ID: "3"})
	c.advance(time.Minute)
	srv.AddPayment(finance.Payment{ID: "4"})
	service := finance.New(srv.Client())

	all, err := service.GetStatements(t.Context(),
		&finance.GetStatementsRequest{SortField: "statement_time", SortOrder: finance.SortOrderAsc,
			PageSize: 1})
	require.NoError(t, err)
	assert.Equal(t, tiktokshop.ID("1"), all.Data.Statements[0].ID)
	assert.NotEmpty(t, all.Data.NextPageToken)
	paid, err := service.GetStatements(t.Context(),
		&finance.GetStatementsRequest{SortField: "statement_time",
			PaymentStatus: finance.PaymentStatusPaid})
	require.NoError(t, err)
	require.Len(t, paid.Data.Statements, 1)
	assert.Equal(t, tiktokshop.ID("2"), paid.Data.Statements[0].ID)
	early, err := service.GetStatements(t.Context(),
		&finance.GetStatementsRequest{SortField: "statement_time",
			StatementTimeLT: c.in(-time.Minute)})
	require.NoError(t, err)
	assert.Len(t, early.Data.Statements, 1)
	payments, err := service.GetPayments(t.Context(),
		&finance.GetPaymentsRequest{SortField: "create_time", CreateTimeGE: c.in(0)})
	require.NoError(t, err)
	require.Len(t, payments.Data.Payments, 1)
	assert.Equal(t, tiktokshop.ID("4"), payments.Data.Payments[0].ID)

	require.NoError(t,
		srv.ChangePayment("4", func(p *finance.Payment) { p.Status = finance.PaymentStatusPaid }))
	v, _ := srv.Payment("4")
	assert.Equal(t, finance.PaymentStatusPaid, v.Status)
	require.NoError(t, srv.ChangeStatement("1", func(p *finance.Statement) { p.PaymentID = "4" }))
	assert.Error(t, srv.ChangeStatement("9", func(*finance.Statement) {}))
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	srv.AddStatement(finance.Statement{ID: "1", Currency: "GBP"},
		finance.Statement{ID: "2", Currency: "GBP"})
	require.NoError(t, srv.AddTransaction("1",
		finance.Transaction{OrderID: "7", RevenueAmount: "200", ShippingCostAmount: "-70",
			FeeTaxAmount: "-30.50"},
		finance.Transaction{AdjustmentID: "8", AdjustmentAmount: "-0.20"},
	))
	require.NoError(t,
		srv.AddTransaction("2", finance.Transaction{OrderID: "7", RevenueAmount: "-10"}))
	require.Error(t, srv.AddTransaction("9", finance.Transaction{}))
	require.Error(t, srv.AddTransaction("1", finance.Transaction{RevenueAmount: "much"}))
	service := finance.New(srv.Client())

	list, err := service.GetTransactionsByStatement(t.Context(),
		&finance.GetTransactionsByStatementRequest{
			StatementID: "1", SortField: "order_create_time", SortOrder: finance.SortOrderAsc,
		})
	require.NoError(t, err)
	require.Len(t, list.Data.Transactions, 2)
	assert.EqualValues(t, 2, list.Data.TotalCount)
	assert.Equal(t, "99.50", list.Data.Transactions[0].SettlementAmount)
	assert.Equal(t, "-0.20", list.Data.Transactions[1].SettlementAmount)

	resp, err := service.GetTransactionsByOrder(t.Context(),
		&finance.GetTransactionsByOrderRequest{OrderID: "7"})
	require.NoError(t, err)
	assert.Equal(t, "190.00", resp.Data.RevenueAmount)
	assert.Equal(t, "89.50", resp.Data.SettlementAmount)
	assert.Equal(t, "GBP", resp.Data.Currency)
	assert.Len(t, resp.Data.SKUTransactions, 2)
	_, err = service.GetTransactionsByStatement(t.Context(),
		&finance.GetTransactionsByStatementRequest{StatementID: "9",
			SortField: "order_create_time"})
	assert.NotZero(t, codeOf(err))
}

// Examples of settlements add up, as the platform's do.
func TestExampleOfASettlementAddsUp(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	resp, err := finance.New(srv.Client()).GetTransactionsByOrder(t.Context(),
		&finance.GetTransactionsByOrderRequest{OrderID: "7"})
	require.NoError(t, err)
	d := resp.Data
	assert.Equal(t, []string{"200", "-70", "-30", "100"},
		[]string{d.RevenueAmount, d.ShippingCostAmount, d.FeeAndTaxAmount, d.SettlementAmount})
	require.EqualValues(t, d.TotalCount, len(d.SKUTransactions))
	sku := d.SKUTransactions[0]
	assert.Equal(t, []string{"200", "-70", "-30", "100"},
		[]string{sku.RevenueAmount, sku.ShippingCostAmount, sku.FeeTaxAmount, sku.SettlementAmount})
	assert.Equal(t, "-30", sku.FeeTaxBreakdown.Fee.ReferralFeeAmount)
	assert.Equal(t, "-70", sku.ShippingCostBreakdown.ActualShippingFeeAmount)
}
