"""A client who takes its consent back: a booking, a contact, and what travels to it."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from services.payments.tests.builders import CONTACT_KEYS, SCOPE, Booked, Road, drain

from common.contacts import Contact, seal, unseal
from common.testing import event, published
from contracts.booking import BookingCancelled, BookingCompleted, BookingCreated, BookingStatus
from contracts.identity import AccountContact
from contracts.ids import AccountId, PaymentId, new_id
from contracts.payments import WithdrawalCode
from payments import usecases

EMAIL, PHONE = "ana@example.com", "+5493515123456"
KEYS = {name: b64decode(key) for name, key in CONTACT_KEYS.items()}
WITHDRAWAL = "/api/v1/withdrawal"


def contact_of(account: AccountId, version: int = 1, email: str = EMAIL, key_id: str = "k2") -> AccountContact:
    return seal(Contact("Ana", PHONE, email), account, version, key_id, KEYS[key_id])


@dataclass
class Ana:
    """One client with a booking."""

    road: Road
    booked: Booked
    payment_id: PaymentId | None = None

    async def ask(self, **contact: str) -> dict[str, Any]:
        """What she is answered."""
        reply = await self.try_to_ask(**contact)
        assert reply.status_code == 202, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def try_to_ask(self, **contact: str) -> httpx.Response:
        body = {"bookingId": str(self.booked.id), **(contact or {"email": EMAIL})}
        return await self.road.http.post(WITHDRAWAL, json=body)

    async def confirm(self, asked: dict[str, Any], code: str) -> httpx.Response:
        return await self.road.http.post(f"{WITHDRAWAL}/{asked['id']}/confirm", json={"code": code})

    async def code(self, asked: dict[str, Any]) -> str | None:
        """The code that travels, once the job has had its turn."""
        await self.settle()
        for told in await published(self.road.uow, SCOPE, UUID(asked["id"])):
            if isinstance(told.data, WithdrawalCode):
                return code_in(told.data)
        return None

    async def proved(self) -> dict[str, Any]:
        """Asked for and confirmed."""
        asked = await self.ask()
        code = await self.code(asked)
        assert code is not None
        assert (await self.confirm(asked, code)).status_code == 200
        return asked

    async def settle(self) -> None:
        await drain(usecases.settle_withdrawals, self.road.context, SCOPE)

    async def status(self, asked: dict[str, Any]) -> str:
        await self.settle()
        query = {"trackingCode": asked["trackingCode"]}
        reply = await self.road.http.get(f"{WITHDRAWAL}/{asked['id']}", params=query)
        return str(reply.json()["status"])

    async def completes(self) -> None:
        await self.road.hear(self.booked.tell(BookingCompleted, BookingStatus.COMPLETED))

    async def cancelled(self) -> None:
        await self.road.hear(self.booked.tell(BookingCancelled, BookingStatus.CANCELLED, reason="withdrawal"))

    async def booked_days_ago(self, days: int) -> None:
        """The booking was made then."""
        async with self.road.uow.begin(SCOPE) as work:
            query = "UPDATE payable SET created_at = app_now() - $2::interval WHERE booking_id = $1"
            await work.connection.execute(query, self.booked.id, timedelta(days=days))


def code_in(fact: WithdrawalCode) -> str:
    closed = AccountContact(
        account_id=fact.client_id, version=0, key_id=fact.key_id, nonce=fact.nonce, sealed=fact.sealed
    )
    verification = unseal(closed, KEYS).verification
    assert verification is not None
    return verification.code


async def hear_contact(road: Road, fact: AccountContact) -> None:
    async with road.uow.begin(SCOPE) as work:
        await usecases.keep_contact(road.context, work, event(fact, "*"))


async def ana(road: Road, *, paid: bool = True) -> Ana:
    """Her booking, paid or held, and her contact, as identity tells it."""
    if paid:
        booked, payment_id, _ = await road.paid()
        found = Ana(road, booked, payment_id)
    else:
        booked = Booked(client_id=AccountId(new_id()))
        await road.hear(booked.tell(BookingCreated))
        found = Ana(road, booked)
    await hear_contact(road, contact_of(booked.client_id))
    return found


def slug(reply: httpx.Response) -> str:
    return str(reply.json()["type"]).rpartition(":")[2]


async def hurry(road: Road, asked: dict[str, Any]) -> None:
    async with road.uow.begin(SCOPE) as work:
        query = "UPDATE withdrawal SET due_at = app_now() WHERE id = $1 AND due_at IS NOT NULL"
        await work.connection.execute(query, UUID(asked["id"]))
