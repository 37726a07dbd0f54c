package feed_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliateseller"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// times reads the window that a call asks for, from the query or the body. An inclusive end is made
// an exclusive one.
func times(call tiktokshoptest.Call, from, before string) (bounds [2]int64, missing bool) {
	var body map[string]any
	_ = json.Unmarshal(call.Body, &body)
	for i, name := range []string{from, before} {
		text := call.Query[name]
		if n, ok := body[name].(float64); ok {
			text = strconv.FormatInt(int64(n), 10)
		}
		n, err := strconv.ParseInt(text, 10, 64)
		bounds[i], missing = n, missing || err != nil
	}
	if before == "update_time_le" {
		bounds[1]++
	}
	return bounds, missing
}

// entriesOf gives an operation's answer an entry for each second of the window that has one, in one
// page of up to 100.
func entriesOf[T any](
	t *testing.T, from, before string, entry func(id tiktokshop.ID, at tiktokshop.UnixTime) T,
) func(tiktokshoptest.Call) []T {
	return func(call tiktokshoptest.Call) (entries []T) {
		bounds, missing := times(call, from, before)
		assert.False(t, missing, "the list is asked for a window: %v %s", call.Query, call.Body)
		for at := max(bounds[0], 1699990000); at < min(bounds[1], 1699990060); at++ {
			entries = append(entries, entry(tiktokshop.ID(strconv.FormatInt(at, 10)),
				tiktokshop.NewUnixTime(time.Unix(at, 0))))
		}
		return entries[:min(len(entries), 100)]
	}
}

// count runs a feed and counts what it hands over.
func count[T any](t *testing.T, id func(T) tiktokshop.ID) func(*feed.Feed[T], error) int {
	return func(f *feed.Feed[T], err error) int {
		require.NoError(t, err)
		ids := make(map[tiktokshop.ID]bool)
		for range 2 {
			require.NoError(t, f.Run(t.Context(), func(_ context.Context, things []T) error {
				for _, thing := range things {
					assert.False(t, ids[id(thing)], "twice")
					ids[id(thing)] = true
				}
				return nil
			}))
		}
		return len(ids)
	}
}

// TestModules reads the list of each module that has one, as strict as the platform's facts are,
// for 60 things of a minute.
func TestModules(t *testing.T) {
	t.Parallel()
	type test struct {
		name string
		run  func(*testing.T, *tiktokshoptest.Server, *tiktokshop.Client, feed.Options) int
	}
	for _, test := range []test{
		{"returnrefund.ReturnChanges",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "update_time_ge", "update_time_lt",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) returnrefund.ReturnOrder {
						return returnrefund.ReturnOrder{ReturnID: id, UpdateTime: at}
					})
				tiktokshoptest.AnswerFunc(srv, (*returnrefund.Service).SearchReturns,
					func(
						call tiktokshoptest.Call,
					) (d returnrefund.SearchReturnsData, _ *tiktokshoptest.Refusal) {
						d.ReturnOrders = entries(call)
						return d, nil
					})
				return count(t,
					func(v returnrefund.ReturnOrder) tiktokshop.ID {
						return v.ReturnID
					})(returnrefund.New(c).ReturnChanges(nil, opts))
			}},
		{"returnrefund.CancellationChanges",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "update_time_ge", "update_time_lt",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) returnrefund.Cancellation {
						return returnrefund.Cancellation{CancelID: id, UpdateTime: at}
					})
				tiktokshoptest.AnswerFunc(srv, (*returnrefund.Service).SearchCancellations,
					func(
						call tiktokshoptest.Call,
					) (d returnrefund.SearchCancellationsData, _ *tiktokshoptest.Refusal) {
						d.Cancellations = entries(call)
						return d, nil
					})
				return count(t,
					func(v returnrefund.Cancellation) tiktokshop.ID {
						return v.CancelID
					})(returnrefund.New(c).CancellationChanges(nil, opts))
			}},
		{"product.Changes",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "update_time_ge", "update_time_le",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) product.SearchProductsProduct {
						return product.SearchProductsProduct{ID: id, UpdateTime: at}
					})
				tiktokshoptest.AnswerFunc(srv, (*product.Service).SearchProducts,
					func(
						call tiktokshoptest.Call,
					) (d product.SearchProductsData, _ *tiktokshoptest.Refusal) {
						d.Products = entries(call)
						return d, nil
					})
				return count(t,
					func(v product.SearchProductsProduct) tiktokshop.ID {
						return v.ID
					})(product.New(c).Changes(nil, opts))
			}},
		{"fulfillment.PackageChanges",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "update_time_ge", "update_time_lt",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) fulfillment.Package {
						return fulfillment.Package{ID: id, UpdateTime: at}
					})
				tiktokshoptest.AnswerFunc(srv, (*fulfillment.Service).SearchPackage,
					func(
						call tiktokshoptest.Call,
					) (d fulfillment.SearchPackageData, _ *tiktokshoptest.Refusal) {
						d.Packages = entries(call)
						return d, nil
					})
				return count(t,
					func(v fulfillment.Package) tiktokshop.ID {
						return v.ID
					})(fulfillment.New(c).PackageChanges(nil, opts))
			}},
		{"finance.StatementChanges",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "statement_time_ge", "statement_time_lt",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) finance.Statement {
						return finance.Statement{ID: id, StatementTime: at}
					})
				tiktokshoptest.AnswerFunc(srv, (*finance.Service).GetStatements,
					func(
						call tiktokshoptest.Call,
					) (d finance.GetStatementsData, _ *tiktokshoptest.Refusal) {
						d.Statements = entries(call)
						return d, nil
					})
				return count(t,
					func(v finance.Statement) tiktokshop.ID {
						return v.ID
					})(finance.New(c).StatementChanges(nil, opts))
			}},
		{"finance.PaymentChanges",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "create_time_ge", "create_time_lt",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) finance.Payment {
						return finance.Payment{ID: id, CreateTime: at}
					})
				tiktokshoptest.AnswerFunc(srv, (*finance.Service).GetPayments,
					func(
						call tiktokshoptest.Call,
					) (d finance.GetPaymentsData, _ *tiktokshoptest.Refusal) {
						d.Payments = entries(call)
						return d, nil
					})
				return count(t,
					func(v finance.Payment) tiktokshop.ID {
						return v.ID
					})(finance.New(c).PaymentChanges(nil, opts))
			}},
		{"affiliateseller.OrderChanges",
			func(
				t *testing.T, srv *tiktokshoptest.Server, c *tiktokshop.Client, opts feed.Options,
			) int {
				entries := entriesOf(t, "create_time_ge", "create_time_lt",
					func(id tiktokshop.ID, at tiktokshop.UnixTime) affiliateseller.Order {
						return affiliateseller.Order{ID: id, CreateTime: at}
					})
				tiktokshoptest.AnswerFunc(srv,
					(*affiliateseller.Service).SearchSellerAffiliateOrders,
					func(
						call tiktokshoptest.Call,
					) (d affiliateseller.SearchSellerAffiliateOrdersData, _ *tiktokshoptest.Refusal) {
						d.Orders = entries(call)
						return d, nil
					})
				return count(t,
					func(v affiliateseller.Order) tiktokshop.ID {
						return v.ID
					})(affiliateseller.New(c).OrderChanges(nil, opts))
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := func() time.Time { return time.Unix(1700000000, 0) }
			srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(), tiktokshoptest.Strict(),
				tiktokshoptest.WithClock(now))
			opts := feed.Options{
				Name: "a", Store: feed.NewMemoryStore(), Since: now().AddDate(-1, 0, 0), Clock: now,
				MaxRange: 100*24*time.Hour + 13*time.Second, Overlap: 24 * time.Hour,
			}
			assert.Equal(t, 60, test.run(t, srv, srv.Client(), opts))
			b, err := opts.Store.Load(t.Context(), "a")
			require.NoError(t, err)
			assert.Contains(t, string(b), `"feed":"`+test.name+`"`)
		})
	}
}

func TestReturnsNeedANumberOfEntries(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	_, err := returnrefund.New(srv.Client()).ReturnChanges(
		&returnrefund.SearchReturnsRequest{PageSize: "ten"}, feed.Options{})
	assert.Len(t, tiktokshop.InputErrors(err), 1)
}
