#!/bin/sh
# Sends events to floorwatch with curl: one with an API key, a batch as gzipped JSON lines, one signed as Standard Webhooks says.
set -eu
url=${FLOORWATCH_URL:-http://127.0.0.1:8090}

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# message DIRECTION: what a customer wrote just now. Keep it until it is sent: a retry needs the same event_id.
message() {
	printf '{"type":"message","event_id":"%s","occurred_at":"%s","conversation_id":"sh-1","message_id":"%s","direction":"%s","author_kind":"customer","text":"Where is my order?"}\n' \
		"$(random)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(random)" "$1"
}

# send PATH OPTION...: sends the standard input and prints the answer. curl sends again after 429, 503 and broken connections, and waits as
# Retry-After says; any other refusal ends it with its reason. The signature of a request holds for 5 minutes.
send() {
	path=$1
	shift
	curl --silent --show-error --fail-with-body --retry 8 --retry-connrefused --retry-max-time 240 --max-time 30 --data-binary @- "$@" "$url$path"
}

echo "One event:"
message in | send /v1/events -H "Authorization: Bearer $FLOORWATCH_API_KEY" -H 'Content-Type: application/json'

echo "Three at once, of which the last is wrong; its verdict says why:"
{ message in; message in; message sideways; } | gzip |
	send /v1/events -H "Authorization: Bearer $FLOORWATCH_API_KEY" -H 'Content-Type: application/x-ndjson' -H 'Content-Encoding: gzip'

echo "One, signed:"
body=$(message in) id=$(random) at=$(date +%s)
key=$(printf %s "${FLOORWATCH_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
signature=$(printf %s "$id.$at.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
printf %s "$body" | send "/v1/events/$FLOORWATCH_SOURCE" -H 'Content-Type: application/json' \
	-H "webhook-id: $id" -H "webhook-timestamp: $at" -H "webhook-signature: v1,$signature"
