"""One notification as it leaves: address with its query, signed headers, body."""

import json
import sqlite3
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox import clock
from sandbox.bodies import JsonObject
from sandbox.knobs import Knobs
from sandbox.mercadopago import notices, signature
from sandbox.settings import Settings

_IPN = {
    notices.CHARGEBACKS: ("chargebacks", "v1/chargebacks"),
    notices.CLAIMS: ("claim", "v1/claims"),
    "topic_merchant_order_wh": ("merchant_order", "merchant_orders"),
}
"""What the old form calls a topic, and where it says to look; anything else is a payment's."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Ready to be posted; `ts` is None when there is no signature."""

    url: str
    headers: dict[str, str]
    body: bytes
    request_id: str
    ts: str | None


def seal(row: sqlite3.Row, settings: Settings, knobs: Knobs, request_id: str, now: int) -> Envelope:
    """Address, sign and write the body of one delivery row, as its kind and the knobs say."""
    headers = {"content-type": "application/json", "user-agent": "MercadoPago WebHook v1.0 payment"}
    if row["kind"] == "ipn":
        return _ipn(row, settings, headers, request_id)
    shown, signed = _ids(row["subject"], knobs)
    signed_ms = now if knobs.fresh_ts_on_retry else row["created_ms"]
    ts = str(signed_ms if knobs.ts_unit == "ms" else signed_ms // 1000)
    headers["x-request-id"] = request_id
    if row["kind"] != "unsigned":
        secret = knobs.webhook_secret or settings.webhook_secret.get_secret_value()
        key = secret if row["kind"] != "bad_signature" else f"not-{secret}"
        headers["x-signature"] = signature.header(key, signed, request_id, ts)
    url = with_query(row["url"], {"data.id": shown, "type": row["topic"]})
    body = _body(row, shown, settings, knobs, now)
    return Envelope(url, headers, body, request_id, None if row["kind"] == "unsigned" else ts)


def with_query(url: str, extra: dict[str, str]) -> str:
    """The address with parameters added after those it has; a fragment never leaves."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True) + list(extra.items())
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _ids(subject: str, knobs: Knobs) -> tuple[str, str]:
    """The id as sent and as signed."""
    if knobs.data_id_case == "verbatim":
        return subject, subject
    return (subject.upper() if knobs.data_id_case == "upper" else subject), subject.lower()


def _body(row: sqlite3.Row, shown: str, settings: Settings, knobs: Knobs, now: int) -> bytes:
    # A retry is a new notification about the same thing: its id changes, as seen on live accounts.
    number = row["id"] * 100 + row["attempts"] if knobs.fresh_ts_on_retry else row["id"] * 100
    content: JsonObject = {
        "id": number,
        "live_mode": False,
        "type": row["topic"],
        "date_created": clock.stamp(now),
        "user_id": settings.collector_id,
        "api_version": "v1",
        "action": row["action"],
        "data": {"id": shown},
    }
    if row["topic"] == notices.CHARGEBACKS:
        content = {**content, **_chargeback(row, now)}
    return json.dumps(content).encode()


def _chargeback(row: sqlite3.Row, now: int) -> JsonObject:
    """What a chargeback's notification has more, or otherwise, than the others: ids are numbers, actions a list."""
    data = {
        "id": int(row["subject"]) if row["subject"].isdecimal() else row["subject"],
        "payment_id": int(row["payment_id"]) if row["payment_id"] else None,
        "date_updated": clock.stamp(now),
        "site_id": "MLA",
    }
    return {"actions": [row["action"]], "data": data}


def _ipn(row: sqlite3.Row, settings: Settings, headers: dict[str, str], request_id: str) -> Envelope:
    topic, place = _IPN.get(row["topic"], (row["topic"], "v1/payments"))
    url = with_query(row["url"], {"id": row["subject"], "topic": topic})
    resource = f"{settings.base_url}/{place}/{row['subject']}"
    body = json.dumps({"resource": resource, "topic": topic}).encode()
    return Envelope(url, headers, body, request_id, None)
