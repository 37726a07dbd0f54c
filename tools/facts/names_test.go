package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCamel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ wire, want string }{
		{"order_line_item_ids", "OrderLineItemIDs"},
		{"avg_ec_video_play_count", "AvgECVideoPlayCount"},
		{"is_pod_customized", "IsPODCustomized"},
		{"toko_pids", "TokoPIDs"},
		{"UN1263", "UN1263"},
		{"shopable_video", "ShoppableVideo"},
		{"sizechart", "SizeChart"},
		{"tiktokshop_rating", "TikTokShopRating"},
		{"is_requried", "IsRequired"},
		{"3gp", "N3gp"},
		{"items_sold", "ItemsSold"},
	} {
		assert.Equal(t, tt.want, Camel(tt.wire), tt.wire)
	}
}
