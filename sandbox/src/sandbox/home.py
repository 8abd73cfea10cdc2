"""The front page, for people: what arrived lately, and which knobs are turned."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from sandbox import clock, money, pages
from sandbox.knobs import Knobs
from sandbox.mercadopago import records
from sandbox.world import Here, World

router = APIRouter(include_in_schema=False)

_LATEST = 25


@router.get("/", response_class=HTMLResponse)
async def home(world: Here) -> HTMLResponse:
    """Payments, messages and notifications, newest first."""
    return pages.show(
        "home.html",
        payments=_payments(world),
        messages=_messages(world),
        deliveries=_deliveries(world),
        knobs=_turned(world.board.now),
        counts={
            "pagos": world.store.count("SELECT count(*) FROM payment"),
            "mensajes": world.store.count("SELECT count(*) FROM message"),
            "contracargos y reclamos": world.store.count("SELECT count(*) FROM chargeback")
            + world.store.count("SELECT count(*) FROM claim"),
            "transferencias": world.store.count("SELECT count(*) FROM bank_item"),
            "avisos pendientes": world.store.count("SELECT count(*) FROM delivery WHERE state = 'pending'"),
        },
    )


def _payments(world: World) -> list[dict[str, object]]:
    rows = world.store.all("SELECT * FROM payment ORDER BY id DESC LIMIT ?", (_LATEST,))
    return [
        {
            "id": payment.id,
            "at": _local(payment.created_ms),
            "amount": money.in_pesos(payment.amount),
            "refunded": money.in_pesos(payment.refunded) if payment.refunded else "",
            "method": payment.method,
            "status": payment.status,
            "detail": payment.status_detail,
            "reference": payment.external_reference or "",
        }
        for payment in map(records.from_row, rows)
    ]


def _messages(world: World) -> list[dict[str, object]]:
    rows = world.store.all("SELECT * FROM message ORDER BY seq DESC LIMIT ?", (_LATEST,))
    return [
        {
            "at": _local(row["created_ms"]),
            "channel": row["channel"],
            "to": row["recipient"],
            "subject": row["subject"] or "",
            "body": row["body"][:400],
        }
        for row in rows
    ]


def _deliveries(world: World) -> list[dict[str, object]]:
    rows = world.store.all(
        "SELECT d.*, (SELECT coalesce(status, error) FROM attempt WHERE delivery_id = d.id ORDER BY id DESC LIMIT 1)"
        " AS answered FROM delivery d ORDER BY id DESC LIMIT ?",
        (_LATEST,),
    )
    return [{**dict(row), "at": _local(row["created_ms"]), "answered": row["answered"] or "—"} for row in rows]


def _turned(knobs: Knobs) -> dict[str, object]:
    rest = Knobs()
    return {name: value for name, value in knobs.model_dump().items() if value != getattr(rest, name)}


def _local(at_ms: int) -> str:
    """Argentina's wall clock: UTC-3 all year."""
    return (clock.rfc3339(at_ms - 3 * 3_600_000) or "")[:19].replace("T", " ")
