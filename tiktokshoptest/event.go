package tiktokshoptest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/event"
)

const webhooksPath = "/event/202309/webhooks"

func eventRoutes() []route {
	const scope = "seller.authorization.info"
	return []route{
		{method: http.MethodGet, path: webhooksPath, takesShopCipher: true, scopes: []string{scope},
			handle: (*Server).listWebhooks},
		{method: http.MethodPut, path: webhooksPath, takesShopCipher: true, scopes: []string{scope},
			handle: (*Server).updateWebhook},
		{method: http.MethodDelete, path: webhooksPath, takesShopCipher: true,
			scopes: []string{scope}, handle: (*Server).deleteWebhook},
	}
}

// listWebhooks answers in the order of the event types. s.mu is held.
func (s *Server) listWebhooks(*call) reply {
	webhooks := append([]event.ShopWebhook{}, s.webhooks...)
	slices.SortFunc(webhooks, func(a, b event.ShopWebhook) int {
		return strings.Compare(string(a.EventType), string(b.EventType))
	})
	return success(map[string]any{"webhooks": webhooks, "total_count": len(webhooks)})
}

// updateWebhook makes a subscription or changes its address. The platform documents no errors for
// it: the fake takes any event type and goes by the documented form of an address. s.mu is held.
func (s *Server) updateWebhook(c *call) reply {
	var body struct {
		EventType event.EventType `json:"event_type"`
		Address   string          `json:"address"`
	}
	if err := json.Unmarshal(c.body, &body); err != nil || body.EventType == "" {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid request body. The field 'event_type' is required.")
	}
	if !strings.HasPrefix(strings.ToLower(body.Address), "https://") || len(body.Address) > 255 {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid request body. The field 'address' must be an HTTPS URL of at most 255 characters.")
	}
	now := tiktokshop.NewUnixTime(s.now())
	i := s.webhookIndex(body.EventType)
	if i < 0 {
		i = len(s.webhooks)
		s.webhooks = append(s.webhooks, event.ShopWebhook{EventType: body.EventType,
			CreateTime: now})
	}
	s.webhooks[i].Address, s.webhooks[i].UpdateTime = body.Address, now
	return success(nil)
}

// deleteWebhook ends a subscription. Where there is none, nothing is left to do, and the fake calls
// it a success; the platform does not say what it does. s.mu is held.
func (s *Server) deleteWebhook(c *call) reply {
	var body struct {
		EventType event.EventType `json:"event_type"`
	}
	if err := json.Unmarshal(c.body, &body); err != nil || body.EventType == "" {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid request body. The field 'event_type' is required.")
	}
	if i := s.webhookIndex(body.EventType); i >= 0 {
		s.webhooks = slices.Delete(s.webhooks, i, i+1)
	}
	return success(nil)
}

func (s *Server) webhookIndex(eventType event.EventType) int {
	return slices.IndexFunc(s.webhooks,
		func(w event.ShopWebhook) bool { return w.EventType == eventType })
}
