"""Which notifications a change of a payment causes: rows of the delivery queue, shaped by the knobs.

The rows are written in the transaction of the change itself, so a notification is never lost with the process.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.knobs import KnobBoard, Knobs
from sandbox.mercadopago.records import Payment
from sandbox.settings import Settings
from sandbox.store import Store

CREATED = "payment.created"
UPDATED = "payment.updated"
CHARGEBACKS = "topic_chargebacks_wh"
CLAIMS = "topic_claims_integration_wh"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell one receiver: topic (`payment`), action (`payment.updated`), the subject's id, and where.

    `payment_id` is of the payment a dispute is about.
    """

    subject: str
    topic: str
    action: str
    url: str
    payment_id: str | None = None


def about(payment: Payment, action: str, settings: Settings) -> Notice | None:
    """The notice of a payment's change; None when nobody asked to be told."""
    url = payment.notification_url or settings.webhook_url
    return Notice(str(payment.id), "payment", action, url) if url else None


def about_dispute(subject: int, payment: Payment, topic: str, action: str, settings: Settings) -> Notice | None:
    """The notice of a chargeback's or a claim's change, sent where its payment's go."""
    url = payment.notification_url or settings.webhook_url
    return Notice(str(subject), topic, action, url, str(payment.id)) if url else None


def enqueue(
    store: Store, board: KnobBoard, settings: Settings, notice: Notice | None, now: int, times: int | None = None
) -> list[int]:
    """Queue the deliveries of a notice inside the caller's transaction; the ids of those that will leave.

    `times` overrides the knob `duplicate`. Beyond the queue's limit a delivery is written as `overflow` and never
    leaves, as a dropped one is written as `dropped`: the log tells what the receiver missed.
    """
    if notice is None:
        return []
    knobs = board.now
    waiting = store.count("SELECT count(*) FROM delivery WHERE state = 'pending'")
    leaving = []
    for kind in _kinds(knobs, times or knobs.duplicate):
        state = _state(board, knobs, kind, waiting < settings.webhook_queue_limit)
        row = store.run(
            "INSERT INTO delivery (subject, payment_id, kind, topic, action, url, state, due_ms, created_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_named(notice, kind), state, now + _wait(board, knobs), now),
        )
        if state == "pending":
            leaving.append(row)
            waiting += 1
            _count(board, kind, asked_for=times is not None)
    return leaving


def _named(notice: Notice, kind: str) -> tuple[str | None, ...]:
    return notice.subject, notice.payment_id, kind, notice.topic, notice.action, notice.url


def _count(board: KnobBoard, kind: str, *, asked_for: bool) -> None:
    """A delivery that leaves otherwise than it would have. One that was asked for again is nobody's fault."""
    if kind == "duplicate" and not asked_for:
        board.struck("duplicate")
    if kind in {"unsigned", "bad_signature"}:
        board.struck("forged")
    if board.now.delay_ms:
        board.struck("delay_ms")
    if board.now.reorder:
        board.struck("reorder")


def _kinds(knobs: Knobs, times: int) -> Iterator[str]:
    yield "signed"
    yield from ["duplicate"] * (times - 1)
    if knobs.ipn:
        yield "ipn"
    if knobs.forged in {"unsigned", "both"}:
        yield "unsigned"
    if knobs.forged in {"bad_signature", "both"}:
        yield "bad_signature"


def _state(board: KnobBoard, knobs: Knobs, kind: str, has_room: bool) -> str:
    if not has_room:
        return "overflow"
    honest = kind in {"signed", "duplicate"}
    return "dropped" if honest and board.hits("drop", knobs.drop) else "pending"


def _wait(board: KnobBoard, knobs: Knobs) -> int:
    jitter = int(board.roll("reorder") * knobs.reorder_window_ms) if knobs.reorder else 0
    return knobs.delay_ms + jitter
