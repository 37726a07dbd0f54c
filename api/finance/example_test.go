package finance_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// The daily statements of a month, and the payments that they went into.
func ExampleService_GetStatementsAll() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	may := time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)
	req := &finance.GetStatementsRequest{
		SortField:       "statement_time",
		StatementTimeGE: tiktokshop.NewUnixTime(may),
		StatementTimeLT: tiktokshop.NewUnixTime(may.AddDate(0, 1, 0)),
	}
	for s, err := range service.GetStatementsAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.ID, s.SettlementAmount, s.Currency, s.PaymentStatus, s.PaymentID)
	}
	// Output: 7238804564097517339 100 GBP PAID 3459275187040258849
}

func ExampleService_GetStatements() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := service.GetStatements(context.Background(), &finance.GetStatementsRequest{
		SortField: "statement_time",
		SortOrder: finance.SortOrderDesc,
		PageSize:  1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range resp.Data.Statements {
		fmt.Println("revenue", s.RevenueAmount, "fees", s.FeeAmount, "shipping",
			s.ShippingCostAmount, s.Currency)
	}
	// Output: revenue 200 fees -30 shipping -70 GBP
}

// What a statement is made of: orders, adjustments and reserves.
func ExampleService_GetTransactionsByStatementAll() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	req := &finance.GetTransactionsByStatementRequest{
		StatementID: "7238804564097517339",
		SortField:   "order_create_time",
	}
	for t, err := range service.GetTransactionsByStatementAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(t.Type, t.OrderID, t.AdjustmentID, t.SettlementAmount)
	}
	// Output: ORDER 576463220456522968 7238804564097517332 100
}

// The statement's totals come with each page.
func ExampleService_GetTransactionsByStatement() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := service.GetTransactionsByStatement(ctx, &finance.GetTransactionsByStatementRequest{
		StatementID: "7238804564097517339",
		SortField:   "order_create_time",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := resp.Data
	fmt.Println(s.Status, "settled", s.TotalSettlementAmount, "reserved", s.TotalReserveAmount,
		s.Currency)
	// Output: SETTLED settled 100 reserved 0 GBP
}

// What became of the money of one order, by SKU.
func ExampleService_GetTransactionsByOrder() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := service.GetTransactionsByOrder(ctx, &finance.GetTransactionsByOrderRequest{
		OrderID: "5793990727963214852",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	o := resp.Data
	fmt.Println(o.OrderID, "brought", o.RevenueAmount, "and settled at", o.SettlementAmount,
		o.Currency)
	for _, sku := range o.SKUTransactions {
		fmt.Println(" ", sku.SKUID, sku.Quantity, sku.SettlementAmount, "in statement",
			sku.StatementID)
	}
	// Output:
	// 5793990727963214852 brought 200 and settled at 100 GBP
	//   1636700041413599290 1 100 in statement 7238804564097517339
}

// What arrived at the bank.
func ExampleService_GetPaymentsAll() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	req := &finance.GetPaymentsRequest{SortField: "create_time"}
	for p, err := range service.GetPaymentsAll(ctx, req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.ID, p.Status, p.Amount.Value, p.Amount.Currency,
			p.PaidTime.UTC().Format(time.DateOnly))
	}
	// Output: 3458767051733897992 PAID 100 GBP 2023-05-31
}

// One page of payments, the latest first.
func ExampleService_GetPayments() {
	service := finance.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := service.GetPayments(context.Background(), &finance.GetPaymentsRequest{
		SortField: "create_time",
		SortOrder: finance.SortOrderDesc,
		PageSize:  10,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range resp.Data.Payments {
		fmt.Println(p.ID, p.Status, p.SettlementAmount.Value, p.SettlementAmount.Currency,
			"paid as", p.Amount.Value, p.Amount.Currency)
	}
	// Output: 3458767051733897992 PAID 130 GBP paid as 100 GBP
}
