package logistics_test

import (
	"context"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop/api/logistics"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// The warehouses that stock is kept by.
func ExampleService_GetWarehouseList() {
	warehouses := logistics.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := warehouses.GetWarehouseList(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range resp.Data.Warehouses {
		if w.Type == logistics.WarehouseTypeSalesWarehouse &&
			w.EffectStatus == logistics.EffectStatusEnabled {
			fmt.Println(w.ID, w.Name, w.Address.RegionCode, "default:", w.IsDefault)
		}
	}
	// Output: 7000714532876273410 Guangzhou CN default: true
}

// From a warehouse to the carriers of its delivery options.
func ExampleService_GetShippingProviders() {
	service := logistics.New(tiktokshoptest.New().Client()) // a program uses NewClient

	options, err := service.GetWarehouseDeliveryOptions(context.Background(),
		&logistics.GetWarehouseDeliveryOptionsRequest{WarehouseID: "7000714532876273410"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, option := range options.Data.DeliveryOptions {
		providers, err := service.GetShippingProviders(context.Background(),
			&logistics.GetShippingProvidersRequest{DeliveryOptionID: option.ID})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, p := range providers.Data.ShippingProviders {
			fmt.Println(option.Name, option.Type, p.ID, p.Name)
		}
	}
	// Output: LSV-TTS-STD STANDARD 7117858858072016686 USPS
}
