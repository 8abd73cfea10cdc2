"""`/v1/account/settlement_report`: asked for, written a moment later, downloaded by its name."""

import sqlite3

from fastapi import APIRouter, Depends, Response

from sandbox import clock
from sandbox.mercadopago import errors, records, statement
from sandbox.mercadopago.gate import Body, JsonObject, answer, as_json, require_token
from sandbox.world import Here

router = APIRouter(
    prefix="/v1/account/settlement_report",
    tags=["MercadoPago: settlement report"],
    dependencies=[Depends(require_token)],
)

_LISTED = 100


@router.post("", status_code=202)
async def ask_for_report(world: Here, body: Body) -> Response:
    """`{"begin_date", "end_date"}` -> 202 with its `id`; `list` shows when it is `processed`."""
    begin_ms, end_ms = _instant(body, "begin_date"), _instant(body, "end_date")
    if end_ms < begin_ms:
        raise errors.bad_request("end_date must be after begin_date")
    now = clock.now_ms()
    # The account of the moment it was asked at, told as the knobs of that moment say.
    content = statement.write(world, begin_ms, end_ms)
    with world.store.write():
        number = records.next_id(world.store, "settlement_report", now)
        name = f"settlement-report-{world.settings.collector_id}-{number}.csv"
        ready_ms = now + world.board.now.report_delay_ms
        world.store.run(
            "INSERT INTO settlement_report (id, file_name, begin_ms, end_ms, created_ms, ready_ms, content)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, name, begin_ms, end_ms, now, ready_ms, content),
        )
    row = world.store.all("SELECT * FROM settlement_report WHERE id = ?", (number,))[0]
    return answer(202, as_json(_report_json(row, world.settings.collector_id, now)))


@router.get("/list")
async def list_reports(world: Here) -> Response:
    """Newest first; one that is still being written is `pending` and has no `file_name`."""
    rows = world.store.all("SELECT * FROM settlement_report ORDER BY id DESC LIMIT ?", (_LISTED,))
    now = clock.now_ms()
    return answer(200, as_json([_report_json(row, world.settings.collector_id, now) for row in rows]))


@router.get("/{file_name}")
async def get_report(world: Here, file_name: str) -> Response:
    """The CSV, separated by semicolons, with a header."""
    row = world.store.one(
        "SELECT content FROM settlement_report WHERE file_name = ? AND ready_ms <= ?", (file_name, clock.now_ms())
    )
    if row is None:
        raise errors.MercadoPagoError(404, "not_found", "Report not found")
    return Response(row["content"], media_type="text/csv")


def _instant(body: JsonObject, name: str) -> int:
    try:
        return clock.parse_instant(str(body.get(name) or ""))
    except clock.BadInstantError as error:
        raise errors.bad_request(f"Invalid value for {name}", 1) from error


def _report_json(row: sqlite3.Row, collector_id: int, now: int) -> JsonObject:
    ready = row["ready_ms"] <= now
    return {
        "id": row["id"],
        "user_id": collector_id,
        "begin_date": clock.stamp(row["begin_ms"]),
        "end_date": clock.stamp(row["end_ms"]),
        "file_name": row["file_name"] if ready else None,
        "created_from": "manual",
        "status": "processed" if ready else "pending",
        "report_type": "settlement",
        "format": "CSV",
        "date_created": clock.stamp(row["created_ms"]),
        "generation_date": clock.stamp(row["ready_ms"]),
        "last_modified": clock.stamp(row["ready_ms"] if ready else row["created_ms"]),
        "retries": 0,
    }
