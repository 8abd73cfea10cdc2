"""The sandbox's own records, read out whole: the independent account that a verifier compares the services with."""

from typing import Any

from sandbox import clock
from sandbox.mercadopago import preferences as offers
from sandbox.mercadopago import records, views
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
    for clause, value in (("subject = ?", payment_id), ("state = ?", state)):
        if value is not None:
            clauses.append(clause)
            params.append(value)
    sql = f"SELECT * FROM delivery WHERE {' AND '.join(clauses)} ORDER BY id LIMIT ?"  # noqa: S608  our own clauses
    found = [_delivery(world, dict(row)) for row in world.store.all(sql, [*params, limit])]
    return {"deliveries": found, "next": found[-1]["id"] if len(found) == limit else None}


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
        "faults": dict(world.board.fired),
    }


def _payment(world: World, payment: records.Payment) -> Page:
    exact = {
        "amount_minor": payment.amount,
        "refunded_minor": payment.refunded,
        "captured_minor": payment.captured,
        "fee_minor": payment.fee,
        "preference_id": payment.preference_id,
        "holder": payment.holder,
        "version": payment.version,
    }
    return {**views.full_json(world.store, payment, world.settings), "sandbox": exact}


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
