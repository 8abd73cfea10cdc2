"""The sandbox's own records, read out whole: the independent account that a verifier compares the services with."""

import sqlite3
from typing import Any

from sandbox import clock
from sandbox.bank import batches, books, execution
from sandbox.mercadopago import chargebacks as contests
from sandbox.mercadopago import claims, disputes, records, views, withdrawals
from sandbox.mercadopago import preferences as offers
from sandbox.world import World

Page = dict[str, Any]


def payments(world: World, external_reference: str | None, after: int, limit: int) -> Page:
    """`{"total", "payments": [...], "next"}`: MercadoPago's object plus exact centavos; `next` is the next `after`."""
    where, params = "1 = 1", list[object]()
    if external_reference is not None:
        where, params = "external_reference = ?", [external_reference]
    rows = world.store.all(
        f"SELECT * FROM payment WHERE {where} AND id > ? ORDER BY id LIMIT ?",  # noqa: S608  our own clause
        [*params, after, limit],
    )
    found = [_payment(world, records.from_row(row)) for row in rows]
    total = world.store.count(f"SELECT count(*) FROM payment WHERE {where}", params)  # noqa: S608  our own clause
    return {"total": total, "payments": found, "next": found[-1]["id"] if len(found) == limit else None}


def preferences(world: World, after: int, limit: int) -> Page:
    """`{"total", "preferences": [...], "next"}`."""
    found = offers.page(world.store, after, limit)
    return {
        "total": world.store.count("SELECT count(*) FROM preference"),
        "preferences": [offers.preference_json(each, world.settings) for _, each in found],
        "next": found[-1][0] if len(found) == limit else None,
    }


def deliveries(world: World, payment_id: str | None, state: str | None, after: int, limit: int) -> Page:
    """`{"deliveries": [{"id", "subject", "kind", "state", "attempts": [{"status", "error", ...}], ...}], "next"}`."""
    clauses, params = ["id > ?"], list[object]([after])
    if payment_id is not None:
        clauses.append("(subject = ? OR payment_id = ?)")
        params += [payment_id, payment_id]
    if state is not None:
        clauses.append("state = ?")
        params.append(state)
    sql = f"SELECT * FROM delivery WHERE {' AND '.join(clauses)} ORDER BY id LIMIT ?"  # noqa: S608  our own clauses
    found = [_delivery(world, dict(row)) for row in world.store.all(sql, [*params, limit])]
    return {"deliveries": found, "next": found[-1]["id"] if len(found) == limit else None}


def chargebacks(world: World, after: int, limit: int) -> Page:
    """`{"chargebacks": [...], "next"}`: MercadoPago's objects plus exact centavos and who won."""
    now = clock.now_ms()
    rows = _after(world, "chargeback", "id", after, limit)
    found = []
    for each in map(disputes.chargeback_from, rows):
        exact = {"amount_minor": each.amount, "payment_id": each.payment_id, "outcome": each.outcome}
        found.append({**contests.chargeback_json(world.store, each, now), "sandbox": exact})
    return {"chargebacks": found, "next": _next(rows, "id", limit)}


def claimed(world: World, after: int, limit: int) -> Page:
    """`{"claims": [...], "next"}`, likewise."""
    rows = _after(world, "claim", "id", after, limit)
    found = []
    for each in (disputes.Claim(**dict(row)) for row in rows):
        exact = {"amount_minor": each.amount, "payment_id": each.payment_id, "outcome": each.outcome}
        found.append({**claims.claim_json(each), "sandbox": exact})
    return {"claims": found, "next": _next(rows, "id", limit)}


def withdrawn(world: World, after: int, limit: int) -> Page:
    """`{"available_minor", "withdrawals": [...], "next"}`."""
    rows = _after(world, "withdrawal", "id", after, limit)
    found = [
        {"id": row["id"], "type": row["type"], "amount_minor": row["amount"], "at": clock.rfc3339(row["created_ms"])}
        for row in rows
    ]
    there_is = withdrawals.available(world.store, clock.now_ms())
    return {"available_minor": there_is, "withdrawals": found, "next": _next(rows, "id", limit)}


def bank_batches(world: World, after: int, limit: int) -> Page:
    """`{"batches": [...], "next"}`: the bank's objects, each item with its account, centavos and return."""
    execution.look(world)
    rows = _after(world, "bank_batch", "seq", after, limit)
    return {"batches": [_batch(world, row) for row in rows], "next": _next(rows, "seq", limit)}


def bank_movements(world: World, after: int, limit: int) -> Page:
    """`{"balance_minor", "movements": [...], "next"}`: the bank's objects plus exact centavos."""
    execution.look(world)
    rows = books.page(world.store, after, limit)
    found = [{**books.as_shown(row), "sandbox": {"amount_minor": row["amount"]}} for row in rows]
    return {"balance_minor": books.balance(world.store), "movements": found, "next": _next(rows, "seq", limit)}


def stats(world: World) -> Page:
    """Counts by status, sums in centavos, faults by knob."""
    count = world.store.count
    return {
        "preferences": count("SELECT count(*) FROM preference"),
        "payments": _counts(world, "SELECT status, count(*) FROM payment GROUP BY status"),
        "refunds": count("SELECT count(*) FROM refund"),
        "approved_minor": count("SELECT sum(amount) FROM payment WHERE approved_ms IS NOT NULL"),
        "refunded_minor": count("SELECT sum(refunded) FROM payment"),
        "fees_minor": count("SELECT sum(fee) FROM payment WHERE approved_ms IS NOT NULL"),
        "messages": _counts(world, "SELECT channel, count(*) FROM message GROUP BY channel"),
        "deliveries": _counts(world, "SELECT state, count(*) FROM delivery GROUP BY state"),
        "delivery_kinds": _counts(world, "SELECT kind, count(*) FROM delivery GROUP BY kind"),
        "chargebacks": _counts(world, "SELECT coalesce(outcome, 'open'), count(*) FROM chargeback GROUP BY 1"),
        "claims": _counts(world, "SELECT coalesce(outcome, 'open'), count(*) FROM claim GROUP BY 1"),
        "available_minor": withdrawals.available(world.store, clock.now_ms()),
        "withdrawn_minor": count("SELECT sum(amount) FROM withdrawal"),
        "bank_items": _counts(world, "SELECT status, count(*) FROM bank_item GROUP BY status"),
        "bank_balance_minor": books.balance(world.store),
        "faults": dict(world.board.fired),
    }


def _payment(world: World, payment: records.Payment) -> Page:
    exact = {
        "amount_minor": payment.amount,
        "refunded_minor": payment.refunded,
        "captured_minor": payment.captured,
        "fee_minor": payment.fee,
        "withheld_minor": disputes.withheld(world.store, payment.id),
        "preference_id": payment.preference_id,
        "holder": payment.holder,
        "version": payment.version,
    }
    return {**views.full_json(world.store, payment, world.settings), "sandbox": exact}


def _batch(world: World, row: sqlite3.Row) -> Page:
    shown = batches.as_shown(world.store, row)
    exact = [
        {
            "cbu": item["cbu"],
            "amount_minor": item["amount"],
            "reference": item["reference"],
            "returned_at": clock.rfc3339(item["returned_ms"]),
        }
        for item in batches.items_of(world.store, row["id"])
    ]
    items = [{**each, "sandbox": more} for each, more in zip(shown["items"], exact, strict=True)]
    return {**shown, "items": items, "created_at": clock.rfc3339(row["created_ms"])}


def _after(world: World, table: str, column: str, after: int, limit: int) -> list[sqlite3.Row]:
    sql = f"SELECT * FROM {table} WHERE {column} > ? ORDER BY {column} LIMIT ?"  # noqa: S608  our own tables
    return world.store.all(sql, (after, limit))


def _next(rows: list[sqlite3.Row], column: str, limit: int) -> int | None:
    return int(rows[-1][column]) if len(rows) == limit else None


def _delivery(world: World, row: Page) -> Page:
    tried = world.store.all(
        "SELECT at_ms, took_ms, status, error, request_id, signed_at FROM attempt WHERE delivery_id = ? ORDER BY id",
        (row["id"],),
    )
    attempts = [{**dict(each), "at": clock.rfc3339(each["at_ms"])} for each in tried]
    times = {"created_at": clock.rfc3339(row.pop("created_ms")), "due_at": clock.rfc3339(row.pop("due_ms"))}
    return {**row, **times, "attempts": attempts}


def _counts(world: World, sql: str) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in world.store.all(sql)}
