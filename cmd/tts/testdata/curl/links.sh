#!/bin/sh
# Promotion links with curl and openssl alone, to show what other languages have to do:
#
#   tts fake serve --addr 127.0.0.1:0 -- sh links.sh 7362840009596339923 7362840009596400000 7362840009596400001
#
# It signs by itself and takes what it needs from the variables that `tts fake serve` gives to it. It is made for the fake: openssl
# takes the secret as an argument only, which other users of a machine can see.
set -eu

campaign=$1
shift
ids=
for id; do ids="$ids${ids:+,}\"$id\""; done
body="{\"product_ids\":[$ids]}"
path=/affiliate_partner/202505/campaigns/$campaign/products/promotion_links/generate_batch
now=$(date +%s)

# What is signed: the secret, the path, each parameter's name and value by the order of names, the body, the secret. Values as they
# are, not as the URL writes them; without sign itself.
signed="app_key${TIKTOK_APP_KEY}category_asset_cipher${TIKTOK_CATEGORY_ASSET_CIPHER}timestamp$now"
sign=$(printf %s "$TIKTOK_APP_SECRET$path$signed$body$TIKTOK_APP_SECRET" |
	openssl dgst -sha256 -hmac "$TIKTOK_APP_SECRET" -hex | sed 's/^.* //')

cipher=$(printf %s "$TIKTOK_CATEGORY_ASSET_CIPHER" | sed 's/%/%25/g; s/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
answer=$(printf 'x-tts-access-token: %s\n' "$TIKTOK_APP_ACCESS_KEY" | curl -sS -m 30 -H @- -H 'content-type: application/json' \
	--data-binary "$body" \
	"$TIKTOK_BASE_URL$path?app_key=$TIKTOK_APP_KEY&category_asset_cipher=$cipher&timestamp=$now&sign=$sign")

# The code tells whether it worked, not the HTTP status; single products may have errors beside it.
printf '%s\n' "$answer"
case $answer in
*'"code":0,'*) ;;
*) exit 1 ;;
esac
