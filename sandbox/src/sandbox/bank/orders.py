"""What a batch of transfers asks for, judged as the bank judges it: all of it is taken, or nothing."""

import hashlib
import json
from dataclasses import dataclass

from sandbox.bank.gate import BankError
from sandbox.bank.numbers import cbu_holds
from sandbox.bodies import JsonObject
from sandbox.money import BadAmountError, from_text

MAX_ITEMS = 500
_LONGEST_ID = 64
_LONGEST_REFERENCE = 30
_LONGEST_CONCEPT = 3


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment of a batch; `id` is the caller's, the amount is centavos."""

    id: str
    cbu: str
    amount: int
    concept: str
    reference: str


@dataclass(frozen=True, slots=True)
class Order:
    """A batch under the caller's id; `fingerprint` tells one body from another, however it is written."""

    id: str
    transfers: tuple[Transfer, ...]
    fingerprint: str


def read(body: JsonObject) -> Order:
    """The order. Raises BankError 400 for a body of another form, 422 with each item that is wrong."""
    name, items = _text(body, "id", _LONGEST_ID), body.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        raise BankError(400, "invalid_body")
    for item in items:
        _check_form(item)
    wrong = _errors(items)
    if wrong:
        raise BankError(422, "invalid_items", wrong)
    transfers = tuple(
        Transfer(item["id"], item["cbu"], from_text(item["amount"]), item["concept"], item["reference"])
        for item in items
    )
    return Order(name, transfers, fingerprint(body))


def fingerprint(body: JsonObject) -> str:
    """The same for the same content, whatever the order of its names and its spaces."""
    plain = json.dumps(body, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def _check_form(item: object) -> None:
    if not isinstance(item, dict):
        raise BankError(400, "invalid_body")
    _text(item, "id", _LONGEST_ID)
    _text(item, "concept", _LONGEST_CONCEPT)
    if not isinstance(item.get("reference"), str) or len(item["reference"]) > _LONGEST_REFERENCE:
        raise BankError(400, "invalid_body")


def _text(holder: JsonObject, name: str, longest: int) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise BankError(400, "invalid_body")
    return value


def _errors(items: list[JsonObject]) -> list[JsonObject]:
    seen: set[str] = set()
    found = []
    for item in items:
        code = "duplicate_item" if item["id"] in seen else _problem(item)
        seen.add(item["id"])
        if code is not None:
            found.append({"item": item["id"], "code": code})
    return found


def _problem(item: JsonObject) -> str | None:
    if not isinstance(item.get("cbu"), str) or not cbu_holds(item["cbu"]):
        return "invalid_cbu"
    try:
        amount = from_text(item.get("amount"))
    except BadAmountError:
        return "invalid_amount"
    if amount <= 0:
        return "invalid_amount"
    return None if item.get("currency") == "ARS" else "currency"
