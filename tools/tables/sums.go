package main

import (
	"maps"
	"math/big"
	"slices"
	"strings"
)

// parts are the amounts that a settlement is the sum of, without the prefix est_ of estimates.
var parts = []string{"revenue_amount", "shipping_cost_amount", "fee_tax_amount",
	"fee_and_tax_amount", "fee_amount", "adjustment_amount"}

// addUp makes the amounts of an example of settlements agree, as the reference says that they do: a
// settlement is the sum of its parts, a part that of its breakdown, and the whole that of its
// transactions. The examples of the single fields, made up one by one, do not.
func addUp(data map[string]any) {
	var below []map[string]any
	for _, name := range slices.Sorted(maps.Keys(data)) {
		list, _ := data[name].([]any)
		for _, element := range list {
			if object, ok := element.(map[string]any); ok &&
				strings.HasSuffix(name, "transactions") {
				addUp(object)
				below = append(below, object)
			}
		}
	}
	for _, prefix := range []string{"", "est_"} {
		settle(data, prefix, below)
	}
	if _, counts := data["total_count"]; counts && below != nil {
		data["total_count"] = len(below)
	}
	for _, prefix := range []string{"total_", "sum_est_"} {
		inner := map[string]string{"total_": "", "sum_est_": "est_"}[prefix]
		if _, ok := data[prefix+"settlement_amount"].(string); ok && below != nil {
			data[prefix+"settlement_amount"] = sumOf(below, inner+"settlement_amount")
			for _, part := range append(parts, "reserve_amount") {
				for _, object := range []map[string]any{data,
					objectOf(data, prefix+"settlement_breakdown")} {
					if _, ok := object[prefix+part].(string); ok {
						from := part
						if _, has := below[0][inner+part]; !has && strings.HasPrefix(part, "fee") {
							from = "fee_tax_amount"
						}
						object[prefix+part] = sumOf(below, inner+from)
					}
				}
			}
			if _, ok := data["payable_amount"]; ok {
				data["payable_amount"] = data[prefix+"settlement_amount"]
			}
		}
	}
}

// settle makes one object's settlement the sum of its parts, which are those of what is below.
func settle(data map[string]any, prefix string, below []map[string]any) {
	if _, ok := data[prefix+"settlement_amount"].(string); !ok {
		return
	}
	if data["type"] == "ORDER" { // and no adjustment or reserve
		for _, name := range []string{prefix + "adjustment_amount", "reserve_amount"} {
			if _, ok := data[name]; ok {
				data[name] = "0"
			}
		}
	}
	var own []map[string]any
	for _, part := range parts {
		amount, ok := data[prefix+part].(string)
		if !ok {
			continue
		}
		if below != nil {
			from := part
			if _, has := below[0][from]; !has {
				from = "fee_tax_amount"
			}
			amount = sumOf(below, from)
			data[prefix+part] = amount
		}
		own = append(own, map[string]any{"amount": amount})
		breakdown, _ := strings.CutSuffix(part, "_amount")
		fit(objectOf(data, breakdown+"_breakdown"), amount)
	}
	data[prefix+"settlement_amount"] = sumOf(own, "amount")
}

func objectOf(data map[string]any, name string) map[string]any {
	object, _ := data[name].(map[string]any)
	return object
}

// fit leaves a breakdown if its amounts add up, and else has all of it in one amount.
func fit(breakdown map[string]any, amount string) {
	var leaves []leaf
	collect(breakdown, &leaves)
	if len(leaves) == 0 {
		return
	}
	values := make([]map[string]any, 0, len(leaves))
	for _, l := range leaves {
		values = append(values, map[string]any{"amount": l.in[l.name]})
	}
	if sumOf(values, "amount") == amount {
		return
	}
	all := leaves[0]
	for _, l := range leaves {
		l.in[l.name] = "0"
		switch l.name {
		case "actual_shipping_fee_amount", "referral_fee_amount", "subtotal_before_discount_amount":
			all = l
		}
	}
	all.in[all.name] = amount
}

// leaf is an amount of a breakdown.
type leaf struct {
	in   map[string]any
	name string
}

// collect finds the amounts. What the platform calls supplementary is part of the others.
func collect(breakdown map[string]any, leaves *[]leaf) {
	for _, name := range slices.Sorted(maps.Keys(breakdown)) {
		switch v := breakdown[name].(type) {
		case string:
			*leaves = append(*leaves, leaf{breakdown, name})
		case map[string]any:
			if name != "supplementary_component" {
				collect(v, leaves)
			}
		}
	}
}

// sumOf adds an amount of objects up; what is no number counts as nothing.
func sumOf(objects []map[string]any, name string) string {
	var sum big.Rat
	for _, object := range objects {
		text, _ := object[name].(string)
		if n, ok := new(big.Rat).SetString(text); ok {
			sum.Add(&sum, n)
		}
	}
	if sum.IsInt() {
		return sum.Num().String()
	}
	return sum.FloatString(2)
}
