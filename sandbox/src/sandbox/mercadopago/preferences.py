"""`/checkout/preferences`: what a hosted checkout page offers, until when, and whom it tells."""

import json
import sqlite3
import uuid
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from sandbox import clock
from sandbox.mercadopago import errors
from sandbox.mercadopago.catalog import METHODS, Method
from sandbox.mercadopago.gate import Body, JsonObject, answer, as_json, require_token
from sandbox.mercadopago.offers import check, total_minor
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.world import Here

router = APIRouter(
    prefix="/checkout/preferences", tags=["MercadoPago: preferences"], dependencies=[Depends(require_token)]
)


_DEFAULTS: JsonObject = {
    "additional_info": "",
    "auto_return": "",
    "back_urls": {"failure": "", "pending": "", "success": ""},
    "binary_mode": False,
    "date_of_expiration": None,
    "expiration_date_from": None,
    "expiration_date_to": None,
    "expires": False,
    "external_reference": "",
    "marketplace": "NONE",
    "marketplace_fee": 0,
    "metadata": {},
    "notification_url": None,
    "payment_methods": {"excluded_payment_methods": [], "excluded_payment_types": [], "installments": None},
    "processing_modes": None,
    "statement_descriptor": None,
}


class ClosedPreferenceError(Exception):
    """Este link de pago venció."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A preference as it was last written: `body` holds the caller's fields."""

    id: str
    body: JsonObject
    created_ms: int
    updated_ms: int

    @property
    def amount(self) -> int:
        """What its items cost together, in centavos."""
        return total_minor(self.body["items"])

    def methods(self) -> list[Method]:
        """The payment methods it does not exclude; `binary_mode` leaves out those that take time."""
        rules = self.body.get("payment_methods") or {}
        types = {each.get("id") for each in rules.get("excluded_payment_types") or []}
        ids = {each.get("id") for each in rules.get("excluded_payment_methods") or []}
        if self.body.get("binary_mode") is True:
            types |= {"ticket", "bank_transfer"}
        return [method for method in METHODS.values() if method.type not in types and method.id not in ids]

    def refuse_when_closed(self, now: int) -> None:
        """Raises ClosedPreferenceError outside of its time, which counts only when `expires` is true."""
        if self.body.get("expires") is not True:
            return
        begins, ends = self.body.get("expiration_date_from"), self.body.get("expiration_date_to")
        if begins and clock.parse_instant(begins) > now:
            raise ClosedPreferenceError
        if ends and clock.parse_instant(ends) <= now:
            raise ClosedPreferenceError


@router.post("", status_code=201)
async def create_preference(world: Here, body: Body) -> Response:
    """Any `x-idempotency-key` is ignored, as it is there: asking twice makes two."""
    now = clock.now_ms()
    check(body)
    made = Preference(f"{world.settings.collector_id}-{uuid.uuid4()}", body, now, now)
    with world.store.write():
        world.store.run(
            "INSERT INTO preference (id, external_reference, created_ms, updated_ms, body) VALUES (?, ?, ?, ?, ?)",
            (made.id, body.get("external_reference"), now, now, as_json(body)),
        )
    return answer(201, as_json(preference_json(made, world.settings)))


@router.get("/search")
async def search_preferences(world: Here, request: Request) -> Response:
    """By `external_reference`, newest first: `{"elements", "next_offset", "total"}`."""
    reference = request.query_params.get("external_reference", "")
    rows = world.store.all(
        "SELECT * FROM preference WHERE external_reference = ? ORDER BY seq DESC LIMIT 100", (reference,)
    )
    found = [preference_json(_from_row(row), world.settings) for row in rows]
    return answer(200, as_json({"elements": found, "next_offset": len(found), "total": len(found)}))


@router.get("/{preference_id}")
async def get_preference(world: Here, preference_id: str) -> Response:
    """One preference."""
    return answer(200, as_json(preference_json(must_find(world.store, preference_id), world.settings)))


@router.put("/{preference_id}")
async def update_preference(world: Here, preference_id: str, body: Body) -> Response:
    """Replace the fields named; `{"expires": true, "expiration_date_to": <past>}` closes it."""
    found, now = must_find(world.store, preference_id), clock.now_ms()
    merged = {**found.body, **body}
    check(merged)
    changed = Preference(found.id, merged, found.created_ms, max(now, found.updated_ms + 1))
    with world.store.write():
        world.store.run(
            "UPDATE preference SET external_reference = ?, updated_ms = ?, body = ? WHERE id = ?",
            (merged.get("external_reference"), changed.updated_ms, as_json(merged), changed.id),
        )
    return answer(200, as_json(preference_json(changed, world.settings)))


def must_find(store: Store, preference_id: str) -> Preference:
    """The preference, or MercadoPago's 404."""
    row = store.one("SELECT * FROM preference WHERE id = ?", (preference_id,))
    if row is None:
        raise errors.preference_not_found()
    return _from_row(row)


def page(store: Store, after: int, limit: int) -> list[tuple[int, Preference]]:
    """Preferences in the order they were made, with their sequence numbers."""
    rows = store.all("SELECT * FROM preference WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [(row["seq"], _from_row(row)) for row in rows]


def preference_json(preference: Preference, settings: Settings) -> JsonObject:
    """The preference object, the caller's own fields among MercadoPago's."""
    link = f"{settings.base_url}/checkout/v1/redirect?pref_id={preference.id}"
    return {
        **_DEFAULTS,
        **preference.body,
        "id": preference.id,
        "client_id": str(settings.collector_id),
        "collector_id": settings.collector_id,
        "date_created": clock.stamp(preference.created_ms),
        "last_updated": clock.stamp(preference.updated_ms),
        "init_point": link,
        "sandbox_init_point": link,
        "operation_type": "regular_payment",
        "site_id": "MLA",
        "total_amount": None,
    }


def _from_row(row: sqlite3.Row) -> Preference:
    return Preference(row["id"], json.loads(row["body"]), row["created_ms"], row["updated_ms"])
