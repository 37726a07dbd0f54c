package facts

import (
	"strings"
	"unicode"
)

// initialisms are words that Go writes in capitals.
var initialisms = func() map[string]string {
	m := make(map[string]string)
	for word := range strings.FieldsSeq("ACU AHT AI AOV API ASIN ATC AVI BMSM BR BXGY CAP CB CN CNPJ COD CPF CPM CPS CRM CS CSV " +
		"CTOR CTR DE DG DHL DSAT DT DTO EAN EC EPR ERP ES ETA EU FAQ FBF FBM FBT FC FLV FNSKU FR FTL " +
		"GB GE GMV GPA GPM GS GST GTIN HS HTML HTTP HTTPS ID IE IM IMEI IP ISBN ISO ISR IT IVA " +
		"JAN JIT JP JSON KYC LE LT LTL MCF MCN MD5 MIME MKV MOV MP4 MPEG MSDS MX MY NBFR NRR OBM " +
		"ODM OEM OTDR PC PCU PDF PH PID PIT POB POD PV QC QR RFC RMA ROI RP RTS SEO SFCR SFP SFR SG SIOC " +
		"SKC SKPP SKU SLA SNS SPS SPU SST TAP TCW TH TIN TSP TTS UK UN UPC UPS URI URL US USPS " +
		"UTC UV VAT VN WMS WMV ZPL") {
		m[strings.ToLower(word)] = word
	}
	for _, plural := range []string{"id", "pid", "sku", "skc", "spu", "url", "uri"} {
		m[plural+"s"] = m[plural] + "s"
	}
	for _, name := range []string{"BigCommerce", "D2FC", "FedEx", "TikTok", "TikTokShop", "WebM",
		"WhatsApp", "WooCommerce"} {
		m[strings.ToLower(name)] = name
	}
	delete(m, "it") // more often the pronoun than the market
	return m
}()

// misspelt are words of the wire's names that Go names correct or take apart.
var misspelt = map[string]string{
	"applyed":      "applied",
	"avaliable":    "available",
	"awating":      "awaiting",
	"batchs":       "batches",
	"calcelled":    "cancelled",
	"collabration": "collaboration",
	"damagaed":     "damaged",
	"deliveryed":   "delivered",
	"distict":      "district",
	"docurement":   "document",
	"filed":        "field",
	"fileds":       "fields",
	"flashsale":    "flashSale",
	"heigth":       "height",
	"infomation":   "information",
	"inivited":     "invited",
	"invaild":      "invalid",
	"merchat":      "merchant",
	"mutiple":      "multiple",
	"oepn":         "open",
	"operater":     "operator",
	"produt":       "product",
	"regx":         "regex",
	"requried":     "required",
	"segement":     "segment",
	"segements":    "segments",
	"sended":       "sent",
	"shopable":     "shoppable",
	"shoptab":      "shopTab",
	"singletext":   "singleText",
	"sizechart":    "sizeChart",
	"staus":        "status",
	"stockup":      "stockUp",
	"targe":        "target",
	"timeslots":    "timeSlots",
	"tsize":        "size",
	"unauthoriezd": "unauthorized",
	"uncode":       "UNCode",
	"unfulfil":     "unfulfill",
}

// Camel turns a name of the wire, such as "order_line_item_ids", into a Go name such as
// "OrderLineItemIDs".
func Camel(wire string) string { return camel(wire, misspelt) }

// CamelAsSpelt is Camel with the misspelt words as they are.
func CamelAsSpelt(wire string) string { return camel(wire, nil) }

func camel(wire string, misspelt map[string]string) string {
	var b strings.Builder
	for _, word := range words(wire) {
		if right, ok := misspelt[word]; ok {
			word = right
		}
		if upper, ok := initialisms[word]; ok {
			b.WriteString(upper)
			continue
		}
		letters := strings.TrimRight(word, "0123456789")
		if upper, ok := initialisms[letters]; ok { // such as UN1263
			b.WriteString(upper + word[len(letters):])
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	name := b.String()
	if name != "" && unicode.IsDigit(rune(name[0])) {
		name = "N" + name
	}
	return name
}

// words splits a name at what is no letter or digit and before capitals, and lowers it.
func words(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			if i > 0 && unicode.IsLower(runes[i-1]) {
				flush()
			}
		default:
			flush()
			continue
		}
		word = append(word, r)
	}
	flush()
	return out
}
