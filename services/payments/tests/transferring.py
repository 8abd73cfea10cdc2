"""Builders for transfers: a client who is told where to pay, our bank account, and operators at it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
from services.payments.tests.builders import Booked
from services.payments.tests.fake_bank import CBUS, CUIT
from services.payments.tests.till import Till

from common.settings import SHARED
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from payments import usecases
from payments.domain.bank import Movement, MovementKind

WEEKS: Final = timedelta(days=20)
_BALANCES: Final = """
    SELECT p.account, sum(p.amount_minor)::bigint AS minor
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.intent_id = $1 GROUP BY 1 HAVING sum(p.amount_minor) <> 0
"""
_IN_SUSPENSE: Final = """
    SELECT coalesce(sum(p.amount_minor), 0)::bigint AS minor
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.reference IN ('bank:' || $1, 'bank-matched:' || $1) AND p.account = 'suspense'
"""
_CASES: Final = "SELECT kind FROM reconciliation_case WHERE subject = $1 AND closed_at IS NULL ORDER BY id"


@dataclass
class Counter:
    """Where transfers arrive."""

    till: Till
    first: AccountId = field(default_factory=lambda: AccountId(new_id()))
    second: AccountId = field(default_factory=lambda: AccountId(new_id()))

    async def ask(self, booked: Booked, **headers: str) -> httpx.Response:
        return await self.till.road.ask(booked, {"method": "transfer"}, **headers)

    async def begun(self, **booked: Any) -> tuple[Booked, PaymentId, str]:
        """A booking whose client was told where to transfer; with the reference."""
        made = await self.till.road.book(**{"ahead": WEEKS} | booked)
        reply = await self.ask(made)
        assert reply.status_code == 201, reply.text
        return made, await self.till.road.id_of(made), reply.json()["transfer"]["reference"]

    def arrive(self, minor: int, text: str | None) -> Movement:
        """Money comes in with that text."""
        more = {"origin_cbu": CBUS[3], "origin_cuit": CUIT} | ({"reference": text} if text is not None else {})
        return self.till.bank.move(MovementKind.TRANSFER_IN, minor, **more)

    def leave(self, minor: int) -> Movement:
        """Somebody transfers from our account by hand."""
        return self.till.bank.move(MovementKind.TRANSFER_OUT, -minor)

    async def look(self) -> None:
        """The account is read, and what came is matched."""
        await self.till.look()
        await usecases.match_transfers(self.till.context, SHARED)

    async def paid(self, **booked: Any) -> tuple[Booked, PaymentId, Movement]:
        made, payment_id, code = await self.begun(**booked)
        line = self.arrive(made.due, code)
        await self.look()
        assert await self.till.road.status(payment_id) == "paid"
        return made, payment_id, line

    async def status(self, line: Movement) -> str:
        query = "SELECT status FROM bank_movement WHERE id = $1"
        (row,) = await self.till.road.rows(query, line.id, scope=SHARED)
        return str(row["status"])

    async def balances(self, payment_id: PaymentId) -> dict[str, int]:
        return {row["account"]: row["minor"] for row in await self.till.road.rows(_BALANCES, payment_id)}

    async def in_suspense(self, line: Movement) -> int:
        """What of it nobody can explain, in centavos: below zero for what came in."""
        (row,) = await self.till.road.rows(_IN_SUSPENSE, line.id, scope=SHARED)
        return int(row["minor"])

    async def cases(self, subject: object, scope: str = SHARED) -> list[str]:
        """What a person is still to look at."""
        return [row["kind"] for row in await self.till.road.rows(_CASES, str(subject), scope=scope)]

    async def refund_of(self, payment_id: PaymentId) -> RefundId:
        """The payment's only refund."""
        row = await self.till.road.row("SELECT id FROM refund WHERE intent_id = $1", payment_id)
        return RefundId(row["id"])

    async def match(self, line: Movement, payment_id: PaymentId, scope: str = "operator:*") -> httpx.Response:
        path = f"/api/v1/payments/transfers/{line.id}/match"
        return await self._post(path, {"paymentId": str(payment_id)}, self.first, scope)

    async def done(self, refund_id: RefundId, line: Movement, who: AccountId) -> httpx.Response:
        return await self._post(f"/api/v1/refunds/{refund_id}/done", {"movementId": line.id}, who, "operator:*")

    async def list(self, scope: str = "operator:*", **query: str) -> httpx.Response:
        auth = self.till.road.tokens.bearer(self.first, scope)
        return await self.till.road.http.get("/api/v1/payments/transfers", params=query, headers=auth)

    async def _post(self, path: str, body: dict[str, str], who: AccountId, scope: str) -> httpx.Response:
        auth = self.till.road.tokens.bearer(who, scope)
        return await self.till.road.http.post(path, json=body, headers=auth)
