package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
)

// bareMessage and bareInventory are what a receiver without this package would decode into: structs
// without maps, with every field of the event as the platform's example has it.
type bareMessage struct {
	Type           int    `json:"type"`
	NotificationID string `json:"tts_notification_id"`
	ShopID         string `json:"shop_id"`
	Timestamp      int64  `json:"timestamp"`
	Data           struct {
		MessageID      string `json:"message_id"`
		Index          string `json:"index"`
		ConversationID string `json:"conversation_id"`
		Type           string `json:"type"`
		Content        string `json:"content"`
		CreateTime     int64  `json:"create_time"`
		IsVisible      bool   `json:"is_visible"`
		Sender         struct {
			IMUserID string `json:"im_user_id"`
			Role     string `json:"role"`
		} `json:"sender"`
	} `json:"data"`
}

type barePackages struct {
	Type           int    `json:"type"`
	NotificationID string `json:"tts_notification_id"`
	ShopID         string `json:"shop_id"`
	Timestamp      int64  `json:"timestamp"`
	Data           struct {
		SCType      string `json:"sc_type"`
		RoleType    string `json:"role_type"`
		PackageList []struct {
			PackageID   string   `json:"package_id"`
			OrderIDList []string `json:"order_id_list"`
		} `json:"package_list"`
		UpdateTime int64 `json:"update_time"`
	} `json:"data"`
}

type bareInventory struct {
	EventID    string `json:"event_id"`
	OccurredAt string `json:"occurred_at"`
	SellerID   string `json:"seller_id"`
	ProductID  string `json:"product_id"`
	SKUID      string `json:"sku_id"`
	Snapshot   struct {
		Total          int64 `json:"total_quantity"`
		TotalAvailable int64 `json:"total_available_quantity"`
		TotalCommitted int64 `json:"total_committed_quantity"`
		InShop         int64 `json:"in_shop_quantity"`
		CampaignLocked int64 `json:"campaign_locked_quantity"`
		CreatorLocked  int64 `json:"creator_locked_quantity"`
	} `json:"quantity_snapshot_after_change"`
	Changes []struct {
		IdempotencyKey string `json:"idempotency_key"`
		TriggerSource  string `json:"trigger_source"`
		OccurredAt     string `json:"occurred_at"`
		Total          int64  `json:"total_quantity_delta"`
		Available      int64  `json:"available_quantity_delta"`
		Committed      int64  `json:"committed_quantity_delta"`
		InShop         int64  `json:"in_shop_quantity_delta"`
		CampaignLocked int64  `json:"campaign_locked_quantity_delta"`
		CreatorLocked  int64  `json:"creator_locked_quantity_delta"`
	} `json:"change_detail"`
}

// kilobyteMessage is an event of 1 KB: a buyer's message.
func kilobyteMessage() []byte {
	text := ""
	for i := 0; len(text) < 620; i++ {
		text += fmt.Sprintf("line %d of the message, ", i)
	}
	return fmt.Appendf(nil,
		`{"type":14,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,`+
			`"data":{"content":"{\"content\":\"%s\"}","conversation_id":"710688832392260838","create_time":1681790246,"is_visible":true,`+
			`"message_id":"722323407926368819","index":"7494560109732334274","type":"TEXT","sender":{"im_user_id":"707885565181165594","role":"BUYER"}}}`, text)
}

// kilobytePackages is an event of 1 KB that is lists of ids for the most part.
func kilobytePackages() []byte {
	packages := ""
	for i := range 9 {
		packages += fmt.Sprintf(
			`,{"package_id":"115388859300%04d","order_id_list":["5766536881352581%02d","5766536881352582%02d"]}`, i, i, i)
	}
	return fmt.Appendf(nil,
		`{"type":4,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,`+
			`"data":{"sc_type":"COMBINE","role_type":"ROLE_USER","package_list":[%s],"update_time":1644412885}}`, packages[1:])
}

// kilobyteInventory is the platform's own example of the largest event.
func kilobyteInventory(b *testing.B) []byte {
	for _, g := range goldenEvents(b) {
		if g.name == "sample 68" {
			return g.body
		}
	}
	b.Fatal("no example")
	return nil
}

func bare[T any](b *testing.B, body []byte) func(signature string) {
	return func(signature string) {
		mac := hmac.New(sha256.New, []byte(appSecret))
		mac.Write([]byte(appKey))
		mac.Write(body)
		if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature)) {
			b.Fatal("signature refused")
		}
		var event T
		if err := json.Unmarshal(body, &event); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyAndParse puts Verifier.Parse beside the bare minimum: an HMAC and one
// json.Unmarshal into a struct of strings.
func BenchmarkVerifyAndParse(b *testing.B) {
	verifier, signer := newVerifier(b), newSigner(b, appSecret)
	message, packages, inventory := kilobyteMessage(), kilobytePackages(), kilobyteInventory(b)
	for _, bench := range []struct {
		name string
		body []byte
		bare func(signature string)
	}{
		{"message", message, bare[bareMessage](b, message)},
		{"packages", packages, bare[barePackages](b, packages)},
		{"inventory", inventory, bare[bareInventory](b, inventory)},
	} {
		signature := signer.Sign(bench.body)
		b.Run(bench.name+"/bare", func(b *testing.B) {
			b.SetBytes(int64(len(bench.body)))
			b.ReportAllocs()
			for b.Loop() {
				bench.bare(signature)
			}
		})
		b.Run(bench.name+"/webhook", func(b *testing.B) {
			b.SetBytes(int64(len(bench.body)))
			b.ReportAllocs()
			for b.Loop() {
				event, err := verifier.Parse(bench.body, signature)
				if err != nil || event.Payload == nil {
					b.Fatal(err, event)
				}
			}
		})
	}
}
