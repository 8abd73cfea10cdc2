"""For tests: whoever acts on the seller's money from outside, each as a small client of a sandbox."""

import csv
import io
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.patience import eventually

BANK_TOKEN = "TEST-bank"  # noqa: S105  opens nothing but a sandbox under test

OTHERS_CBU = (
    "0940099324001313220028",
    "0070999020000065706080",
    "0110433630043313857683",
    "0140339601630201381276",
    "0720146820000001062340",
)
"""Accounts of other people."""

PDF = b"%PDF-1.4 a receipt"
"""A file that MercadoPago takes for a document."""


async def _made(reply: Awaitable[httpx.Response]) -> dict[str, Any]:
    """The body of a call that must succeed; AssertionError otherwise."""
    got = await reply
    if not got.is_success:
        raise AssertionError(f"{got.status_code}: {got.text}")
    body: dict[str, Any] = got.json()
    return body


@dataclass(frozen=True, slots=True)
class Disputes:
    """What payers and their banks do after a payment, and who wins. `http` reaches the sandbox's own endpoints."""

    http: httpx.AsyncClient

    async def charge_back(self, payment_id: int | str, **wish: Any) -> dict[str, Any]:
        """Open a chargeback: `deadline`, `coverage_eligible`, `documentation_required`, `reason`."""
        return await _made(self.http.post(f"/sandbox/payments/{payment_id}/chargeback", json=wish))

    async def decide_chargeback(self, chargeback_id: str, winner: str) -> dict[str, Any]:
        """For `seller` or `payer`."""
        return await _made(self.http.post(f"/sandbox/chargebacks/{chargeback_id}/decide", json={"winner": winner}))

    async def set_deadline(self, chargeback_id: str, deadline: str) -> dict[str, Any]:
        """Until when documents are taken."""
        return await _made(self.http.put(f"/sandbox/chargebacks/{chargeback_id}/deadline", json={"deadline": deadline}))

    async def claim(self, payment_id: int | str, stage: str = "claim") -> dict[str, Any]:
        """Open a claim."""
        return await _made(self.http.post(f"/sandbox/payments/{payment_id}/claim", json={"stage": stage}))

    async def escalate(self, claim_id: int) -> dict[str, Any]:
        """MercadoPago steps in."""
        return await _made(self.http.post(f"/sandbox/claims/{claim_id}/escalate"))

    async def decide_claim(self, claim_id: int, winner: str) -> dict[str, Any]:
        """For `seller` or `payer`."""
        return await _made(self.http.post(f"/sandbox/claims/{claim_id}/decide", json={"winner": winner}))


@dataclass(frozen=True, slots=True)
class Account:
    """The MercadoPago account: releases, withdrawals and the settlement report. `http` carries MercadoPago's token."""

    http: httpx.AsyncClient

    async def release(self, payment_id: int | str) -> dict[str, Any]:
        """Make a payment's money available now."""
        return await _made(self.http.post(f"/sandbox/payments/{payment_id}/release"))

    async def withdraw(self, amount: str | None = None, kind: str = "WITHDRAWAL") -> dict[str, Any]:
        """Send it, or all there is, to the bank."""
        return await _made(self.http.post("/sandbox/withdrawals", json={"amount": amount, "type": kind}))

    async def report(self, begin: str, end: str) -> list[dict[str, str]]:
        """Ask for a report, wait until it is there; its lines by the names of its columns."""
        wish = {"begin_date": begin, "end_date": end}
        asked = await _made(self.http.post("/v1/account/settlement_report", json=wish))
        name = ""

        async def ready() -> bool:
            nonlocal name
            listed = (await self.http.get("/v1/account/settlement_report/list")).json()
            name = next(each["file_name"] for each in listed if each["id"] == asked["id"]) or ""
            return bool(name)

        await eventually(ready)
        text = (await self.http.get(f"/v1/account/settlement_report/{name}")).text
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank as its customer calls it, and what others do to the customer's account."""

    http: httpx.AsyncClient
    token: str = BANK_TOKEN

    async def send(self, batch: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Send a batch; its key is its id unless another is given."""
        headers = {**self._bearer, "idempotency-key": key or str(batch["id"])}
        return await self.http.post("/bank/v1/payment-batches", json=batch, headers=headers)

    async def look(self, path: str, **query: Any) -> httpx.Response:
        """GET anything under `/bank/v1/`."""
        return await self.http.get(f"/bank/v1/{path}", params=query, headers=self._bearer)

    async def receive(self, amount: str, reference: str = "", **origin: Any) -> dict[str, Any]:
        """Somebody sends us money: `origin_cbu`, `origin_cuit`."""
        wish = {"amount": amount, "reference": reference, "origin_cbu": OTHERS_CBU[0], **origin}
        return await _made(self.http.post("/sandbox/bank/transfers", json=wish))

    async def register(self, cbu: str, **wish: Any) -> dict[str, Any]:
        """Say whose an account is: `alias`, `cuit`, `name`, `refuses`."""
        return await _made(self.http.put(f"/sandbox/bank/accounts/{cbu}", json=wish))

    async def close(self, cbu: str) -> dict[str, Any]:
        """Close an account."""
        return await _made(self.http.post(f"/sandbox/bank/accounts/{cbu}/close"))

    async def execute(self, batch_id: str, *items: str, failure: str | None = None) -> dict[str, Any]:
        """Decide transfers that are held: these, or all."""
        wish = {"items": list(items) or None, "failure": failure}
        return await _made(self.http.post(f"/sandbox/bank/batches/{batch_id}/execute", json=wish))

    async def give_back(self, batch_id: str, item_id: str) -> dict[str, Any]:
        """An executed transfer comes back."""
        return await _made(self.http.post(f"/sandbox/bank/batches/{batch_id}/items/{item_id}/return"))

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def a_batch(name: str = "b-1", *amounts: str) -> dict[str, Any]:
    """The body of `POST /bank/v1/payment-batches`: a transfer to another account for each amount."""
    items = [
        {
            "id": f"{name}-{number}",
            "cbu": OTHERS_CBU[number % len(OTHERS_CBU)],
            "amount": amount,
            "currency": "ARS",
            "concept": "HON",
            "reference": f"liquidacion {number}",
        }
        for number, amount in enumerate(amounts or ("1234.50",))
    ]
    return {"id": name, "items": items}
