"""The bank's wire before a bank in memory: what the real client speaks to until the sandbox has a bank of its own."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from services.payments.tests.fake_bank import FakeBank

from common.money import Money
from payments.clients import BankNotAcceptedError, BankRefusedError, BankUnansweredError
from payments.domain.bank import Batch, BatchId, BatchItem, Movement
from payments.domain.bank_account import Cbu

TOKEN = "bank-token"
_BATCHES = "/bank/v1/payment-batches"


class StandIn:
    """Answers as the bank is described to: `garble` makes the next answer a page of HTML."""

    def __init__(self, bank: FakeBank) -> None:
        self.bank, self.garble = bank, False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"code": "unauthorized"})
        try:
            reply = await self._answer(request)
        except BankRefusedError as error:
            reply = httpx.Response(error.status, json={"code": error.code, "errors": _errors(error)})
        except BankNotAcceptedError as error:
            reply = httpx.Response(429, headers={"Retry-After": str(error.retry_after)})
        except BankUnansweredError:
            raise httpx.ReadTimeout("lost", request=request) from None
        if self.garble:
            self.garble = False
            return httpx.Response(200, text="<html>Mantenimiento</html>")
        return reply

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        if request.method == "POST" and path == _BATCHES:
            batch = _batch(json.loads(request.content))
            known = request.headers["Idempotency-Key"] in self.bank.keys
            await self.bank.send_batch(batch, request.headers["Idempotency-Key"])
            return httpx.Response(200 if known else 201, json={"id": str(batch.id), "status": "accepted"})
        if path.startswith(f"{_BATCHES}/"):
            return httpx.Response(200, json=await self._seen(path.rpartition("/")[2]))
        if path == "/bank/v1/movements":
            page = await self.bank.movements(query.get("after"), int(query["limit"]))
            return httpx.Response(200, json={"items": [_line(one) for one in page.items], "next": page.next})
        account = await self.bank.account(path.rpartition("/")[2])
        return httpx.Response(
            200,
            json={
                "cbu": account.cbu,
                "alias": None,
                "holder_cuit": account.holder,
                "holder_name": "Ana Canario",
                "currency": account.currency,
                "status": "active" if account.active else "closed",
            },
        )

    async def _seen(self, batch_id: str) -> dict[str, Any]:
        seen = await self.bank.batch(BatchId(UUID(batch_id)))
        items = [
            {"id": one.id, "status": one.status.value, "failure": one.failure, "executed_at": None}
            for one in seen.items.values()
        ]
        return {"id": batch_id, "status": "done" if seen.done else "processing", "items": items}


def _batch(body: dict[str, Any]) -> Batch:
    items = [
        BatchItem(
            one["id"], Cbu(one["cbu"]), Money.from_units(Decimal(one["amount"]), one["currency"]), one["reference"]
        )
        for one in body["items"]
    ]
    assert all(one["concept"] == "HON" and len(one["reference"]) <= 30 for one in body["items"])
    return Batch(BatchId(UUID(body["id"])), items)


def _line(one: Movement) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at.isoformat(),
        "kind": one.kind.value,
        "amount": f"{one.amount.as_units():.2f}",
        "currency": one.amount.currency,
        "reference": one.reference,
        "origin_cbu": one.origin_cbu,
        "origin_cuit": one.origin_cuit,
        "batch_item": one.item,
    }


def _errors(error: BankRefusedError) -> list[dict[str, str]]:
    return [{"item": item, "code": code} for item, code in error.items.items()]
