#!/usr/bin/env python3
"""Sends events to floorwatch: one with an API key, a batch as gzipped JSON lines, one signed as Standard Webhooks says."""
import base64
import gzip
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

URL = os.environ.get("FLOORWATCH_URL", "http://127.0.0.1:8090")


def message(direction="in"):
    """What a customer wrote just now. Keep it until it is sent: a retry needs the same event_id."""
    return {
        "type": "message", "event_id": str(uuid.uuid4()), "occurred_at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "conversation_id": "python-1", "message_id": str(uuid.uuid4()), "direction": direction, "author_kind": "customer",
        "text": "Where is my order?",
    }


def send(path, body, headers):
    """Sends until the gateway has decided, and returns its verdicts. headers gives those of an attempt."""
    for attempt in range(8):
        request = urllib.request.Request(URL + path, body, headers())
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500 and refusal.code != 429:
                sys.exit(f"refused: {refusal.code} {refusal.read().decode()}")  # the same would be refused again
            wait = float(refusal.headers.get("Retry-After") or 2**attempt)
        except OSError:
            wait = 2**attempt  # nobody answered
        time.sleep(wait)
    sys.exit("not sent: keep the events and try again later")


def with_key(content_type, **more):
    return lambda: {"Authorization": "Bearer " + os.environ["FLOORWATCH_API_KEY"], "Content-Type": content_type, **more}


def signed(body):
    """Signs anew for each attempt, with the same id: a signature holds for 5 minutes."""
    key = base64.b64decode(os.environ["FLOORWATCH_SECRET"].removeprefix("whsec_"))
    request_id = str(uuid.uuid4())

    def headers():
        at = str(int(time.time()))
        mac = hmac.new(key, f"{request_id}.{at}.".encode() + body, hashlib.sha256)
        return {
            "webhook-id": request_id, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(mac.digest()).decode(),
            "Content-Type": "application/json",
        }

    return headers


def tell(what, answer):
    print(f"{what}: {answer['accepted']} accepted, {answer['rejected']} rejected")
    for verdict in answer["events"]:
        if verdict["status"] == "rejected":
            print(f"  line {verdict['line']}: {verdict['reason']}: {verdict['detail']}")


body = json.dumps(message()).encode()
tell("one event", send("/v1/events", body, with_key("application/json")))

lines = "\n".join(json.dumps(m) for m in [message(), message(), message("sideways")])  # the last is wrong, to show a verdict
packed = gzip.compress(lines.encode())
tell("a batch", send("/v1/events", packed, with_key("application/x-ndjson", **{"Content-Encoding": "gzip"})))

body = json.dumps(message()).encode()
tell("one, signed", send("/v1/events/" + os.environ["FLOORWATCH_SOURCE"], body, signed(body)))
