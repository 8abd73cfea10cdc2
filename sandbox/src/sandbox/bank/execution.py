"""What becomes of accepted transfers: executed when their time comes, failed as the account or the knobs say.

Nothing happens behind anybody's back: what is due is done when somebody looks.
"""

import sqlite3

from sandbox import clock
from sandbox.bank import accounts, books
from sandbox.bank.books import Movement
from sandbox.bodies import JsonObject
from sandbox.world import World

_CLOSED = "account_closed"


class ReturnedError(Exception):
    """The transfer was not executed, or has come back already."""


def look(world: World) -> None:
    """Do what is due, unless the knob `bank_hold` is on."""
    now = clock.now_ms()
    due = "SELECT * FROM bank_item WHERE status = 'pending' AND due_ms <= ? ORDER BY seq"
    if world.board.now.bank_hold or world.store.one(due, (now,)) is None:
        return
    with world.store.write():
        for row in world.store.all(due, (now,)):
            decide(world, row, now)


def decide(world: World, item: sqlite3.Row, now: int, failure: str | None = None) -> None:
    """Execute one transfer or let it fail, inside the caller's transaction."""
    why = failure or _refusal(world, item["cbu"])
    if why is not None:
        world.store.run("UPDATE bank_item SET status = 'failed', failure = ? WHERE seq = ?", (why, item["seq"]))
        return
    world.store.run("UPDATE bank_item SET status = 'executed', executed_ms = ? WHERE seq = ?", (now, item["seq"]))
    ours = world.settings
    movement = Movement(
        "transfer_out",
        -item["amount"],
        item["reference"],
        ours.bank_cbu,
        ours.bank_cuit,
        item["batch_id"],
        item["id"],
    )
    books.add(world.store, movement, now)


def give_back(world: World, item: sqlite3.Row, now: int) -> JsonObject:
    """An executed transfer comes back, once, inside the caller's transaction. Raises ReturnedError."""
    if item["status"] != "executed" or item["returned_ms"] is not None:
        raise ReturnedError
    world.store.run("UPDATE bank_item SET returned_ms = ? WHERE seq = ?", (now, item["seq"]))
    account = accounts.find(world.store, world.settings, item["cbu"])
    movement = Movement(
        "transfer_returned",
        item["amount"],
        item["reference"],
        item["cbu"],
        account.cuit if account is not None else "",
        item["batch_id"],
        item["id"],
    )
    return books.add(world.store, movement, now)


def _refusal(world: World, cbu: str) -> str | None:
    account = accounts.find(world.store, world.settings, cbu)
    if account is None:
        return "account_not_found"
    if account.refuses is not None:
        return account.refuses
    if account.status == "closed":
        return _CLOSED
    knobs = world.board.now
    return knobs.bank_failure if world.board.hits("bank_failure_rate", knobs.bank_failure_rate) else None
