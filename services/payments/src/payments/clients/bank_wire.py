"""The bank's JSON, both ways. Amounts are decimal strings of pesos there and centavos here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from common.money import Money
from payments.domain.bank import (
    AccountSeen,
    Batch,
    BatchSeen,
    ItemSeen,
    ItemStatus,
    Movement,
    MovementKind,
    MovementPage,
    UnreadableLine,
)
from payments.domain.bank_account import Cbu, Cuit

CONCEPT: Final = "HON"
"""Honorarios, in the list of concepts that Argentine banks share."""
_MOST_TEXT: Final = 200
_MOST_FREE_TEXT: Final = 1000
_BROKEN: Final = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError)
_MOST_MINOR: Final = 10**17


def pesos(money: Money) -> str:
    """`1234.50`."""
    return f"{money.as_units():.2f}"


def batch_body(batch: Batch) -> dict[str, Any]:
    """A batch as the bank takes it."""
    items = [
        {
            "id": item.id,
            "cbu": item.cbu,
            "amount": pesos(item.amount),
            "currency": item.amount.currency,
            "concept": CONCEPT,
            "reference": item.reference,
        }
        for item in batch.items
    ]
    return {"id": str(batch.id), "items": items}


def read_batch(body: Mapping[str, Any]) -> BatchSeen:
    """KeyError, TypeError or ValueError for anything that is no batch, here and below."""
    items = [ItemSeen(_text(each["id"]), ItemStatus(each["status"]), _maybe(each, "failure")) for each in body["items"]]
    return BatchSeen({item.id: item for item in items}, done=_text(body["status"]) == "done")


def read_account(body: Mapping[str, Any]) -> AccountSeen:
    return AccountSeen(
        cbu=Cbu(_text(body["cbu"])),
        holder=Cuit(_text(body["holder_cuit"])),
        currency=_text(body["currency"]),
        active=_text(body["status"]) == "active",
    )


def read_movements(body: Mapping[str, Any]) -> MovementPage:
    """One line that is no movement does not spoil its page."""
    items: list[Movement] = []
    unreadable: list[UnreadableLine] = []
    for nth, each in enumerate(_list(body["items"]), start=1):
        try:
            items.append(_movement(each))
        except _BROKEN:
            unreadable.append(UnreadableLine(nth, _id_of(each)))
    return MovementPage(items, _maybe(body, "next"), unreadable)


def read_refusal(body: object) -> tuple[str, dict[str, str]]:
    """The bank's code, and its code for each wrong item; empty where it says nothing that can be read."""
    if not isinstance(body, dict):
        return "", {}
    errors = body.get("errors")
    found = {
        str(each["item"])[:_MOST_TEXT]: str(each["code"])[:_MOST_TEXT]
        for each in (errors if isinstance(errors, list) else [])
        if isinstance(each, dict) and "item" in each and "code" in each
    }
    code = body.get("code")
    return (code if isinstance(code, str) and code.replace("_", "").isalnum() else "")[:40], found


def _movement(one: Mapping[str, Any]) -> Movement:
    kind = one.get("kind")
    return Movement(
        id=_text(one["id"]),
        at=_instant(one["at"]),
        kind=MovementKind(kind) if kind in list(MovementKind) else MovementKind.OTHER,
        amount=_money(one["amount"], one["currency"]),
        item=_free(one.get("batch_item")),
        reference=_free(one.get("reference")),
        origin_cbu=_free(one.get("origin_cbu")),
        origin_cuit=_free(one.get("origin_cuit")),
    )


def _free(value: object) -> str | None:
    """Whatever a payer wrote, or another bank: without what our database takes for no text, and never too long.

    It is only searched for names of ours.
    """
    text = str(value) if isinstance(value, str | int | float) else ""
    return text.replace("\x00", "").encode(errors="replace").decode()[:_MOST_FREE_TEXT] or None


def _id_of(one: object) -> str | None:
    found = one.get("id") if isinstance(one, Mapping) else None
    try:
        return _text(found)
    except _BROKEN:
        return None


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list")
    return value


def _money(amount: object, currency: object) -> Money:
    found = Money.from_units(Decimal(_text(amount)), _text(currency))
    if abs(found.minor) > _MOST_MINOR:
        raise ValueError("amount")
    return found


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("an instant without an offset")
    return at.astimezone(UTC)


def _maybe(one: Mapping[str, Any], name: str) -> str | None:
    value = one.get(name)
    return None if value is None or value == "" else _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _MOST_TEXT or "\x00" in value:
        raise ValueError("a short text")
    value.encode()
    return value
