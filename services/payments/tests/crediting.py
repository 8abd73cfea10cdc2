"""Builders for credit: operators who give it, a client who pays with it, and what is there after that."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from services.payments.tests.builders import SCOPE, Booked, Road

from common.testing import event
from contracts.identity import AccountErased, AccountKind
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from payments import usecases

_OF_LEDGER: Final = """
    SELECT coalesce(sum(-p.amount_minor), 0)::bigint AS minor
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    JOIN credit_movement m ON t.reference IN
        (m.reference, 'capture:' || m.reference, 'refund:' || m.reference)
    WHERE m.client_id = $1 AND p.account = 'client_credit'
"""
_BALANCES: Final = """
    SELECT p.account, sum(p.amount_minor)::bigint AS minor
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.intent_id = $1 GROUP BY 1 HAVING sum(p.amount_minor) <> 0
"""
_MOVED: Final = """
    SELECT coalesce(sum(amount_minor), 0)::bigint AS minor FROM credit_movement WHERE client_id = $1 AND status = 'done'
"""


@dataclass
class Purse:
    """What one client has, with two operators beside it."""

    road: Road
    first: AccountId = field(default_factory=lambda: AccountId(new_id()))
    second: AccountId = field(default_factory=lambda: AccountId(new_id()))
    client: AccountId = field(default_factory=lambda: AccountId(new_id()))

    async def opened(self, minor: int = 0) -> "Purse":
        """Somebody who booked here once, with that much credit."""
        await self.book()
        if minor:
            assert (await self.grant(minor / 100)).json()["status"] == "done"
        return self

    async def book(self, **changes: Any) -> Booked:
        """One more booking of the client's."""
        return await self.road.book(client_id=self.client, **changes)

    async def grant(
        self, pesos: Any, who: AccountId | None = None, key: str | None = None, **more: Any
    ) -> httpx.Response:
        body = {"clientId": str(self.client), "amount": pesos, "reason": "goodwill"} | more
        headers = {"Idempotency-Key": key} if key is not None else {}
        auth = self.road.tokens.bearer(who or self.first, "operator:*")
        return await self.road.http.post("/api/v1/credits", json=body, headers=auth | headers)

    async def decide(self, grant: str, verb: str, who: AccountId, scope: str = "operator:*") -> httpx.Response:
        auth = self.road.tokens.bearer(who, scope)
        return await self.road.http.post(f"/api/v1/credits/{grant}/{verb}", headers=auth)

    async def seen(self, who: AccountId | None = None, scope: str = "client", **query: str) -> httpx.Response:
        """By the client, if by nobody else."""
        auth = self.road.tokens.bearer(who or self.client, scope)
        return await self.road.http.get("/api/v1/credits", params=query, headers=auth)

    async def pay(self, booked: Booked, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        return await self.road.ask(booked, {"method": "credit"} | more, **headers)

    async def paid(self, **changes: Any) -> tuple[Booked, PaymentId]:
        """A booking paid for out of it."""
        booked = await self.book(**changes)
        reply = await self.pay(booked)
        assert (reply.status_code, reply.json()["status"]) == (201, "paid"), reply.text
        return booked, PaymentId(UUID(reply.json()["id"]))

    async def refund(self, booked: Booked, payment_id: PaymentId, minor: int) -> RefundId:
        """Booking wants it back, and the job has done what it can."""
        wanted = RefundId(new_id())
        await self.road.hear_refund_due(booked, payment_id, minor, wanted)
        await self.road.refund_now()
        return wanted

    async def erase(self) -> None:
        """The client asks to be forgotten."""
        fact = AccountErased(version=4, account_id=self.client, kind=AccountKind.REGISTERED, roles=())
        async with self.road.uow.begin(SCOPE) as work:
            await usecases.forget_contact(self.road.context, work, event(fact, "*"))

    async def balance(self) -> int:
        """Centavos: what the balance is, which its movements and the ledger say too."""
        rows = await self.road.rows("SELECT balance_minor FROM credit_account WHERE client_id = $1", self.client)
        found = sum(row["balance_minor"] for row in rows)
        assert found == (await self.road.row(_MOVED, self.client))["minor"]
        assert found == (await self.road.row(_OF_LEDGER, self.client))["minor"]
        return int(found)

    async def kinds(self) -> list[str]:
        """Of every movement, oldest first."""
        query = "SELECT kind FROM credit_movement WHERE client_id = $1 ORDER BY id"
        return [row["kind"] for row in await self.road.rows(query, self.client)]

    async def accounts(self, payment_id: PaymentId) -> dict[str, int]:
        """What a payment left on them."""
        return {row["account"]: row["minor"] for row in await self.road.rows(_BALANCES, payment_id)}


def slug(reply: httpx.Response) -> str:
    return str(reply.json()["type"]).rpartition(":")[2]
