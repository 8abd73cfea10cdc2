"""`/v1/chargebacks`: read, search, and send documents against a chargeback."""

from dataclasses import replace

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from sandbox import clock
from sandbox.mercadopago import disputes, errors
from sandbox.mercadopago.disputes import Chargeback
from sandbox.mercadopago.gate import JsonObject, answer, as_json, require_token
from sandbox.money import to_number
from sandbox.store import Store
from sandbox.world import Here

router = APIRouter(prefix="/v1/chargebacks", tags=["MercadoPago: chargebacks"], dependencies=[Depends(require_token)])

MAX_FILES = 10
MAX_BYTES = 10 * 1024 * 1024
_ENVELOPE = 64 * 1024
"""What the headers of the parts may add to the files themselves."""

_TYPES = {b"%PDF-": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""What a file begins with says what it is: its name is somebody's, and is not kept."""

_PAGE = 25


class LargeUploadError(Exception):
    """More than MercadoPago takes for one chargeback."""


@router.get("/search")
async def search_chargebacks(world: Here, payment_id: str = "") -> Response:
    """By `payment_id`: `{"paging", "results"}`."""
    number = int(payment_id) if payment_id.isdecimal() and len(payment_id) <= 18 else 0
    rows = world.store.all("SELECT * FROM chargeback WHERE payment_id = ? ORDER BY id DESC LIMIT ?", (number, _PAGE))
    now = clock.now_ms()
    found = [chargeback_json(world.store, disputes.chargeback_from(row), now) for row in rows]
    return answer(200, as_json({"paging": {"offset": 0, "limit": _PAGE, "total": len(found)}, "results": found}))


@router.get("/{chargeback_id}")
async def get_chargeback(world: Here, chargeback_id: str) -> Response:
    """One chargeback."""
    found = must_find(world.store, chargeback_id)
    return answer(200, as_json(chargeback_json(world.store, found, clock.now_ms())))


@router.post("/{chargeback_id}/documentation")
async def send_documentation(world: Here, chargeback_id: str, request: Request) -> Response:
    """`files[]` as multipart: 1 to 10 of pdf, png or jpg, 10 MB together; then the status is `review_pending`."""
    _refuse_unless_wanted(must_find(world.store, chargeback_id), clock.now_ms())
    sent = await _read(request)
    # Reading took a while: what holds now is judged, with no await between it and the writing.
    chargeback, now = must_find(world.store, chargeback_id), clock.now_ms()
    _refuse_unless_wanted(chargeback, now)
    if len(sent) + len(_documents(world.store, chargeback.id)) > MAX_FILES:
        raise errors.bad_request("Too many files")
    with world.store.write():
        for kind, size in sent:
            world.store.run(
                "INSERT INTO chargeback_document (chargeback_id, type, size, created_ms) VALUES (?, ?, ?, ?)",
                (chargeback.id, kind, size, now),
            )
        changed = disputes.change_chargeback(world, replace(chargeback, documentation_status="review_pending"), now)
    world.courier.wake()
    return answer(200, as_json(chargeback_json(world.store, changed, now)))


def must_find(store: Store, chargeback_id: str) -> Chargeback:
    """The chargeback, or MercadoPago's 404."""
    found = disputes.find_chargeback(store, chargeback_id)
    if found is None:
        raise errors.MercadoPagoError(404, "not_found", "Chargeback not found")
    return found


def chargeback_json(store: Store, chargeback: Chargeback, now: int) -> JsonObject:
    """As MercadoPago shows it, its own misspelling of `eligible` included."""
    return {
        "id": str(chargeback.id),
        "payments": [chargeback.payment_id],
        "currency": "ARS",
        "amount": to_number(chargeback.amount),
        "reason": chargeback.reason,
        "coverage_applied": None if chargeback.outcome is None else chargeback.outcome == "seller",
        "coverage_elegible": chargeback.eligible,
        "coverage_eligible": chargeback.eligible,
        "documentation_required": chargeback.required,
        "documentation_status": chargeback.status(now),
        "documentation": _documents(store, chargeback.id),
        "date_documentation_deadline": clock.stamp(chargeback.deadline_ms),
        "date_created": clock.stamp(chargeback.created_ms),
        "date_last_updated": clock.stamp(chargeback.updated_ms),
        "live_mode": False,
    }


def _documents(store: Store, chargeback_id: int) -> list[JsonObject]:
    rows = store.all("SELECT * FROM chargeback_document WHERE chargeback_id = ? ORDER BY id", (chargeback_id,))
    return [{"type": row["type"], "url": None, "description": f"File: {row['id']}"} for row in rows]


def _refuse_unless_wanted(chargeback: Chargeback, now: int) -> None:
    if chargeback.outcome is not None:
        raise errors.bad_request("The chargeback is already resolved")
    if not chargeback.required or not chargeback.eligible:
        raise errors.bad_request("The chargeback does not require documentation")
    if chargeback.deadline_ms is not None and chargeback.deadline_ms <= now:
        raise errors.bad_request("The documentation deadline has expired")


async def _read(request: Request) -> list[tuple[str, int]]:
    """Type and size of each file; only their first bytes are looked at, and nothing of them is kept."""
    try:
        async with Request(request.scope, _bounded(request.receive)).form(max_files=MAX_FILES, max_fields=10) as form:
            files = [each for _, each in form.multi_items() if not isinstance(each, str)]
            sent = [await _judge(each) for each in files]
    except LargeUploadError as error:
        raise errors.MercadoPagoError(413, "bad_request", "Files must not exceed 10 MB overall") from error
    except HTTPException as error:
        raise errors.bad_request("Invalid multipart body") from error
    if not sent:
        raise errors.bad_request("files[] is required")
    if sum(size for _, size in sent) > MAX_BYTES:
        raise errors.MercadoPagoError(413, "bad_request", "Files must not exceed 10 MB overall")
    return sent


def _bounded(receive: Receive) -> Receive:
    """The body's messages, until there are too many bytes of them."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BYTES + _ENVELOPE:
            raise LargeUploadError
        return message

    return take


async def _judge(file: UploadFile) -> tuple[str, int]:
    head = await file.read(8)
    kind = next((kind for start, kind in _TYPES.items() if head.startswith(start)), None)
    if kind is None:
        raise errors.bad_request("Files must be jpg, png or pdf")
    return kind, file.size or 0
