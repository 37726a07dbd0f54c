package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAddUp(t *testing.T) {
	t.Parallel()
	sku := map[string]any{
		"revenue_amount": "200", "shipping_cost_amount": "-70", "fee_tax_amount": "-30",
		"settlement_amount": "130",
		"revenue_breakdown": map[string]any{"subtotal_before_discount_amount": "210",
			"seller_discount_amount": "-10"},
		"fee_tax_breakdown": map[string]any{
			"fee": map[string]any{"referral_fee_amount": "-2", "a_fee": "12.50"},
			"tax": map[string]any{"vat_amount": "7"},
		},
		"shipping_cost_breakdown": map[string]any{
			"actual_shipping_fee_amount": "-50",
			"supplementary_component":    map[string]any{"offset": "5"},
		},
	}
	data := map[string]any{
		"revenue_amount": "1", "shipping_cost_amount": "1", "fee_and_tax_amount": "1",
		"settlement_amount": "1", "total_count": 2,
		"sku_transactions": []any{sku},
	}
	addUp(data)
	assert.Equal(t, "100", data["settlement_amount"])
	assert.Equal(t, "200", data["revenue_amount"])
	assert.Equal(t, "-30", data["fee_and_tax_amount"])
	assert.Equal(t, 1, data["total_count"])
	assert.Equal(t, "100", sku["settlement_amount"])
	assert.Equal(t, map[string]any{"subtotal_before_discount_amount": "210",
		"seller_discount_amount": "-10"}, sku["revenue_breakdown"], "it did")
	assert.Equal(t, map[string]any{
		"fee": map[string]any{"referral_fee_amount": "-30", "a_fee": "0"},
		"tax": map[string]any{"vat_amount": "0"},
	}, sku["fee_tax_breakdown"])
	assert.Equal(t, map[string]any{
		"actual_shipping_fee_amount": "-70",
		"supplementary_component":    map[string]any{"offset": "5"},
	}, sku["shipping_cost_breakdown"])

	order := map[string]any{
		"type": "ORDER", "est_revenue_amount": "200", "est_shipping_cost_amount": "-70",
		"est_fee_tax_amount":    "-30",
		"est_adjustment_amount": "170", "est_settlement_amount": "130",
	}
	unsettled := map[string]any{"sum_est_settlement_amount": "1", "sum_est_fee_amount": "1",
		"total_count": 2, "transactions": []any{order}}
	addUp(unsettled)
	assert.Equal(t, "100", order["est_settlement_amount"])
	assert.Equal(t, "100", unsettled["sum_est_settlement_amount"])
	assert.Equal(t, "-30", unsettled["sum_est_fee_amount"])
}
