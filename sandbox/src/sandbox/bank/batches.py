"""`/bank/v1/payment-batches`: transfers to many accounts at once, taken once however often they are sent."""

import sqlite3
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse

from sandbox import clock
from sandbox.bank import execution, orders
from sandbox.bank.gate import BankError, Body, require_token
from sandbox.bank.orders import Order
from sandbox.bodies import JsonObject
from sandbox.store import Store
from sandbox.world import Here, World

router = APIRouter(prefix="/bank/v1/payment-batches", tags=["Bank"], dependencies=[Depends(require_token)])


@router.post("", status_code=201)
async def send_batch(world: Here, body: Body, idempotency_key: Annotated[str | None, Header()] = None) -> JSONResponse:
    """`{"id", "items": [...]}` -> 201; the same again -> 200; another body under the same key or id -> 409."""
    if not idempotency_key or len(idempotency_key) > 64:
        raise BankError(400, "invalid_idempotency_key")
    fingerprint = orders.fingerprint(body)
    known = _known(world.store, idempotency_key, body.get("id"))
    if any(row["body_hash"] != fingerprint for row in known):
        raise BankError(409, "duplicate")
    if known:
        return JSONResponse(_accepted(known[0]["id"]), 200)
    order = orders.read(body)
    with world.store.write():
        _keep(world, order, idempotency_key, clock.now_ms())
    return JSONResponse(_accepted(order.id), 201)


@router.get("/{batch_id}")
async def get_batch(world: Here, batch_id: str) -> JSONResponse:
    """What has become of each transfer by now."""
    execution.look(world)
    row = find(world.store, batch_id)
    if row is None:
        raise BankError(404, "not_found")
    return JSONResponse(as_shown(world.store, row))


def find(store: Store, batch_id: str) -> sqlite3.Row | None:
    """The batch with this id of the caller's."""
    return store.one("SELECT * FROM bank_batch WHERE id = ?", (batch_id,))


def items_of(store: Store, batch_id: str) -> list[sqlite3.Row]:
    """In the order they were sent."""
    return store.all("SELECT * FROM bank_item WHERE batch_id = ? ORDER BY seq", (batch_id,))


def as_shown(store: Store, batch: sqlite3.Row) -> JsonObject:
    """A batch in the bank's JSON: `accepted` until the first transfer is decided, `done` after the last."""
    items = items_of(store, batch["id"])
    waiting = sum(item["status"] == "pending" for item in items)
    status = "done" if not waiting else "accepted" if waiting == len(items) else "processing"
    return {"id": batch["id"], "status": status, "items": [_item(item) for item in items]}


def _item(row: sqlite3.Row) -> JsonObject:
    return {
        "id": row["id"],
        "status": row["status"],
        "failure": row["failure"],
        "executed_at": clock.rfc3339(row["executed_ms"]),
    }


def _known(store: Store, key: str, batch_id: object) -> list[sqlite3.Row]:
    name = batch_id if isinstance(batch_id, str) else ""
    return store.all("SELECT * FROM bank_batch WHERE idempotency_key = ? OR id = ?", (key, name))


def _accepted(batch_id: str) -> JsonObject:
    return {"id": batch_id, "status": "accepted"}


def _keep(world: World, order: Order, key: str, now: int) -> None:
    world.store.run(
        "INSERT INTO bank_batch (id, idempotency_key, body_hash, created_ms) VALUES (?, ?, ?, ?)",
        (order.id, key, order.fingerprint, now),
    )
    due = now + world.board.now.bank_execution_ms
    for each in order.transfers:
        world.store.run(
            "INSERT INTO bank_item (batch_id, id, cbu, amount, concept, reference, status, due_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
            (order.id, each.id, each.cbu, each.amount, each.concept, each.reference, due),
        )
