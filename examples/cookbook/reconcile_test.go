package cookbook_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// reconcile compares a payment with the statements that went into it, and each statement with its
// transactions. What does not add up is returned, for people to look at; the error is that of a
// call.
func reconcile(
	ctx context.Context, service *finance.Service, payment finance.Payment, from time.Time,
) (differences []string, err error) {
	var paid total
	statements := &finance.GetStatementsRequest{
		SortField: "statement_time",
		SortOrder: finance.SortOrderAsc,
		// Early enough for all statements of the payment.
		StatementTimeGE: tiktokshop.NewUnixTime(from),
	}
	for statement, err := range service.GetStatementsAll(ctx, statements) {
		if err != nil {
			return nil, err
		}
		if statement.PaymentID != payment.ID {
			continue
		}
		paid.add(statement.SettlementAmount)
		var settled total
		transactions := &finance.GetTransactionsByStatementRequest{
			StatementID: statement.ID,
			SortField:   "order_create_time",
		}
		for t, err := range service.GetTransactionsByStatementAll(ctx, transactions) {
			if err != nil {
				return nil, err
			}
			settled.add(t.SettlementAmount) // of an order or an adjustment
		}
		if said := statement.SettlementAmount; !settled.is(said) {
			differences = append(differences,
				fmt.Sprintf("statement %s is %s, its parts are %s", statement.ID, said, &settled))
		}
	}
	// Before the exchange, as the statements are.
	if said := payment.SettlementAmount.Value; !paid.is(said) {
		differences = append(differences,
			fmt.Sprintf("payment %s is %s, its parts are %s", payment.ID, said, &paid))
	}
	return differences, nil
}

// total sums decimals exactly, as floats do not.
type total struct {
	sum    big.Rat
	broken bool
}

func (t *total) add(decimal string) {
	amount, ok := new(big.Rat).SetString(decimal)
	if !ok {
		t.broken = true // a text that is no number makes a difference, and never 0
		return
	}
	t.sum.Add(&t.sum, amount)
}

func (t *total) is(decimal string) bool {
	amount, ok := new(big.Rat).SetString(decimal)
	return ok && !t.broken && t.sum.Cmp(amount) == 0
}

func (t *total) String() string {
	if t.broken {
		return t.sum.FloatString(2) + " and something that is no number"
	}
	return t.sum.FloatString(2)
}

func Example_reconcile() {
	srv := tiktokshoptest.New()
	const (
		payment tiktokshop.ID = "3458767051733897992"
		monday  tiktokshop.ID = "7238804564097517339"
		tuesday tiktokshop.ID = "7238804564097517340"
	)
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	srv.AddPayment(finance.Payment{
		ID: payment, Status: finance.PaymentStatusPaid,
		Amount:           finance.Amount{Value: "149.25", Currency: "EUR"},
		SettlementAmount: finance.Amount{Value: "130.10", Currency: "GBP"}, // before the exchange
	})
	srv.AddStatement(
		finance.Statement{ID: monday, PaymentID: payment, SettlementAmount: "100.10"},
		finance.Statement{ID: tuesday, PaymentID: payment, SettlementAmount: "30.00"},
		finance.Statement{ID: "7238804564097517341", PaymentID: "another"},
	)
	err := errors.Join(
		srv.AddTransaction(monday,
			finance.Transaction{OrderID: "576463220456522968", SettlementAmount: "100.30"},
			finance.Transaction{AdjustmentID: "7238804564097517332", SettlementAmount: "-0.20"},
		),
		srv.AddTransaction(tuesday,
			finance.Transaction{OrderID: "576463220456522969", SettlementAmount: "29.50"},
		),
	)
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, service := context.Background(), finance.New(srv.Client())
	all := &finance.GetPaymentsRequest{SortField: "create_time"}
	for p, err := range service.GetPaymentsAll(ctx, all) {
		if err != nil {
			fmt.Println(err)
			return
		}
		differences, err := reconcile(ctx, service, p, march)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Amount.Value, p.Amount.Currency, p.Status)
		for _, d := range differences {
			fmt.Println(d)
		}
	}
	// Output:
	// 149.25 EUR PAID
	// statement 7238804564097517340 is 30.00, its parts are 29.50
}
