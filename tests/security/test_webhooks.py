"""Webhooks through the gateway: what is signed cannot be changed, and what is not signed is not believed."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from time import time
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from tests.town.client import Call, slug_of
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
PATH: Final = "/api/v1/webhooks/mercadopago"
KEPT: Final = "SELECT count(*) FROM webhook WHERE resource_id = $1"
DELIVERIES: Final = "SELECT deliveries FROM webhook WHERE resource_id = $1 AND request_id = $2"
OPEN: Final = "SELECT count(*) FROM webhook WHERE resource_id = $1 AND due_at IS NOT NULL"
A_MONTH: Final = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification about a payment, as MercadoPago signs it."""

    about: str
    request_id: str
    ts: str
    digest: str

    @classmethod
    def signed(cls, town: Town, about: str, ago: int = 0, secret: str | None = None) -> "Notice":
        """The manifest is written here a second time, on purpose."""
        request_id, ts = uuid4().hex, str(int(time()) - ago)
        key = secret or town.stack.context.secrets.webhook_secret
        text = f"id:{about};request-id:{request_id};ts:{ts};"
        return cls(about, request_id, ts, hmac.new(key.encode(), text.encode(), sha256).hexdigest())

    def call(self, body: Any = None) -> Call:
        """What is sent; the body is not signed."""
        headers = {"x-request-id": self.request_id, "x-signature": f"ts={self.ts},v1={self.digest}"}
        query: Mapping[str, str] = {"data.id": self.about, "type": "payment"}
        return Call("POST", PATH, body=body or {"data": {"id": self.about}}, query=query, headers=headers)


@pytest.mark.parametrize("part", ["about", "request_id", "ts", "digest"])
async def test_no_character_of_what_is_signed_can_be_changed(town: Town, part: str) -> None:
    good = Notice.signed(town, number())
    text = str(getattr(good, part))
    changed = [f"{text[:place]}{flipped(text[place])}{text[place + 1 :]}" for place in range(len(text))]
    taken = [one for one in changed if not refused(await town.gateway.send(replace(good, **{part: one}).call()))]
    assert taken == []
    assert (await town.gateway.send(good.call())).status_code == httpx.codes.OK


@pytest.mark.parametrize("ago", [A_MONTH, -A_MONTH], ids=["a month ago", "in a month"])
async def test_a_signature_of_another_time_is_refused(town: Town, ago: int) -> None:
    assert refused(await town.gateway.send(Notice.signed(town, number(), ago=ago).call()))


async def test_a_signature_of_another_secret_is_refused(town: Town) -> None:
    assert refused(await town.gateway.send(Notice.signed(town, number(), secret="of somebody else").call()))


async def test_a_notification_sent_again_is_acknowledged_and_kept_once(town: Town) -> None:
    notice = Notice.signed(town, number())
    answers = [await town.gateway.send(notice.call()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await town.records.value("payments", "*", KEPT, notice.about) == 1
    assert await town.records.value("payments", "*", DELIVERIES, notice.about, notice.request_id) == 3


async def test_a_body_that_lies_under_a_good_signature_confirms_nothing(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot(hours=100))
    payment = await town.begin_payment(client, booking)
    charge = await town.outside.pay(payment, holder="OTHE")
    assert charge["status"] == "rejected"
    notice = Notice.signed(town, str(charge["id"]))
    lie = {"data": {"id": notice.about, "status": "approved", "transaction_amount": 4000}, "status": "approved"}
    assert (await town.gateway.send(notice.call(lie))).status_code == httpx.codes.OK
    await eventually(lambda: looked_into(town, notice), 20)
    assert (await town.see(client, booking))["status"] == "held"


async def test_a_body_that_names_another_payment_than_the_signed_one_is_not_followed(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, charge = await town.buy(client, shop, await shop.slot(hours=100))
    other = Notice.signed(town, number())
    before = await town.records.value("payments", "*", KEPT, str(charge["id"]))
    await town.gateway.send(other.call({"data": {"id": str(charge["id"])}}))
    assert await town.records.value("payments", "*", KEPT, str(charge["id"])) == before
    assert (await town.see(client, booking))["status"] == "confirmed"


async def looked_into(town: Town, notice: Notice) -> bool:
    """Whether nothing about the payment waits any more."""
    return bool(await town.records.value("payments", "*", OPEN, notice.about) == 0)


def number() -> str:
    """A payment's id at MercadoPago that is none."""
    return str(10**11 + uuid4().int % 10**11)


def flipped(character: str) -> str:
    """Another character of the same kind."""
    return "1" if character != "1" else "2"


def refused(answer: httpx.Response) -> bool:
    """As what MercadoPago did not sign."""
    return slug_of(answer) == "bad-signature"
