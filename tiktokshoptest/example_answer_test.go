package tiktokshoptest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Every operation answers with an example until a test says what it wants. In a test, NewServer(t)
// takes the place of Start.
func ExampleAnswer() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, order.GetOrderDetailData{
		Orders: []order.Order{{ID: "576461413038785752", Status: "AWAITING_SHIPMENT"}},
	})

	resp, err := order.New(srv.Client()).GetOrderDetail(context.Background(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"576461413038785752"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.Orders[0].ID, resp.Data.Orders[0].Status)
	// Output: 576461413038785752 AWAITING_SHIPMENT
}

// Pages, one after the other.
func ExampleAnswerFunc() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	tiktokshoptest.AnswerFunc(srv, (*order.Service).GetOrderList,
		func(call tiktokshoptest.Call) (order.GetOrderListData, *tiktokshoptest.Refusal) {
			if call.Query["page_token"] == "" {
				return order.GetOrderListData{Orders: []order.Order{{ID: "1"}, {ID: "2"}},
					NextPageToken: "more"}, nil
			}
			return order.GetOrderListData{Orders: []order.Order{{ID: "3"}}}, nil
		})

	for o, err := range order.New(srv.Client()).GetOrderListAll(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(o.ID)
	}
	// Output:
	// 1
	// 2
	// 3
}

func ExampleRefuse() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	tiktokshoptest.Refuse(srv, (*affiliatepartner.Service).GetCampaign,
		tiktokshoptest.Refusal{Code: 16032007, Message: "Permission denied."})

	_, err = affiliatepartner.New(srv.Client()).GetCampaign(context.Background(),
		&affiliatepartner.GetCampaignRequest{CampaignID: "7362840009596339923"})
	fmt.Println(errors.Is(err, tiktokshop.ErrPermission))
	// Output: true
}
