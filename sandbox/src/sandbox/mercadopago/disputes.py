"""Chargebacks and claims as stored, and what each does to its payment.

A dispute takes what is left of an approved payment until it is decided. Every function that writes runs inside the
caller's `store.write()`.
"""

import sqlite3
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.mercadopago import ledger, notices, records
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.records import Payment
from sandbox.store import Store
from sandbox.world import World

Winner = Literal["seller", "payer"]
Stage = Literal["claim", "dispute"]

_CHANGED = "changed_case_status"
_CLAIM_CREATED, _CLAIM_UPDATED = "claim.created", "claim.updated"


class DisputeError(Exception):
    """The payment or the dispute is not in a state that allows this."""


@dataclass(frozen=True, slots=True)
class Chargeback:
    """The payer's bank asks for the money back. `outcome` is who got it, None while undecided."""

    id: int
    payment_id: int
    amount: int
    reason: str
    eligible: bool
    required: bool
    documentation_status: str
    deadline_ms: int | None
    outcome: Winner | None
    created_ms: int
    updated_ms: int
    decided_ms: int | None = None

    def status(self, now: int) -> str:
        """Of the documentation: what did not come in time is `not_supplied`."""
        late = self.deadline_ms is not None and self.deadline_ms <= now
        return "not_supplied" if late and self.documentation_status == "pending" else self.documentation_status


@dataclass(frozen=True, slots=True)
class Claim:
    """The payer complains at MercadoPago, which mediates once it is a `dispute`."""

    id: int
    payment_id: int
    amount: int
    stage: Stage
    outcome: Winner | None
    created_ms: int
    updated_ms: int
    decided_ms: int | None = None


def open_chargeback(
    world: World, payment: Payment, reason: str, deadline_ms: int | None, now: int, *, eligible: bool
) -> Chargeback:
    """Open one over all that is left; with a deadline it asks for documents. Raises DisputeError unless approved."""
    _refuse_unless_approved(payment)
    made = Chargeback(
        id=records.next_id(world.store, "chargeback", now),
        payment_id=payment.id,
        amount=payment.remaining,
        reason=reason,
        eligible=eligible,
        required=deadline_ms is not None,
        documentation_status="not_applicable" if deadline_ms is None else "pending",
        deadline_ms=deadline_ms,
        outcome=None,
        created_ms=now,
        updated_ms=now,
    )
    _insert(world.store, "chargeback", made)
    ledger.move(world, payment, Status.CHARGED_BACK, "in_process", now)
    _tell_chargeback(world, payment, made, now)
    return made


def decide_chargeback(world: World, chargeback: Chargeback, winner: Winner, now: int) -> Chargeback:
    """Give the money to one of the two; raises DisputeError when it is decided already."""
    if chargeback.outcome is not None:
        raise DisputeError
    payment = _payment_of(world.store, chargeback)
    status, detail = Status.CHARGED_BACK, "settled"
    if winner == "seller":
        status, detail = _won(world, payment)
    ledger.move(world, payment, status, detail, now)
    return change_chargeback(
        world,
        replace(chargeback, outcome=winner, decided_ms=now, documentation_status=_judged(chargeback, winner, now)),
        now,
    )


def set_deadline(world: World, chargeback: Chargeback, deadline_ms: int, now: int) -> Chargeback:
    """Until when documents are taken. Raises DisputeError when none are asked for, or when it is decided."""
    if chargeback.outcome is not None or not chargeback.required:
        raise DisputeError
    return change_chargeback(world, replace(chargeback, deadline_ms=deadline_ms), now)


def change_chargeback(world: World, chargeback: Chargeback, now: int) -> Chargeback:
    """Write what changed of it, and tell."""
    changed = replace(chargeback, updated_ms=max(now, chargeback.updated_ms + 1))
    world.store.run(
        "UPDATE chargeback SET documentation_status = :documentation_status, deadline_ms = :deadline_ms,"
        " required = :required, outcome = :outcome, updated_ms = :updated_ms, decided_ms = :decided_ms WHERE id = :id",
        _columns(changed),
    )
    _tell_chargeback(world, _payment_of(world.store, changed), changed, now)
    return changed


def open_claim(world: World, payment: Payment, stage: Stage, now: int) -> Claim:
    """Open one over all that is left. Raises DisputeError unless the payment is approved."""
    _refuse_unless_approved(payment)
    number = records.next_id(world.store, "claim", now)
    made = Claim(number, payment.id, payment.remaining, stage, None, now, now)
    _insert(world.store, "claim", made)
    ledger.move(world, payment, Status.IN_MEDIATION, "pending", now)
    _tell_claim(world, payment, made, _CLAIM_CREATED, now)
    return made


def escalate_claim(world: World, claim: Claim, now: int) -> Claim:
    """MercadoPago steps in. Raises DisputeError when it has, or when the claim is closed."""
    if claim.outcome is not None or claim.stage == "dispute":
        raise DisputeError
    return _change_claim(world, replace(claim, stage="dispute"), _payment_of(world.store, claim), now)


def decide_claim(world: World, claim: Claim, winner: Winner, now: int) -> Claim:
    """Close it: the payer gets everything back, or the payment is as it was. Raises DisputeError when it is closed."""
    if claim.outcome is not None:
        raise DisputeError
    payment = _payment_of(world.store, claim)
    if winner == "payer":
        ledger.refund(world, payment, payment.remaining, f"claim:{claim.id}", now, detail_of_all="by_admin")
    else:
        ledger.move(world, payment, Status.APPROVED, _approved(payment), now)
    return _change_claim(world, replace(claim, outcome=winner, decided_ms=now), payment, now)


def find_chargeback(store: Store, number: str) -> Chargeback | None:
    """The chargeback with this id."""
    row = _row(store, "chargeback", number)
    return None if row is None else chargeback_from(row)


def find_claim(store: Store, number: str) -> Claim | None:
    """The claim with this id."""
    row = _row(store, "claim", number)
    return None if row is None else Claim(**dict(row))


def chargeback_from(row: sqlite3.Row) -> Chargeback:
    """A row of the table, whole."""
    fields = dict(row)
    return Chargeback(**{**fields, "eligible": bool(fields["eligible"]), "required": bool(fields["required"])})


def withheld(store: Store, payment_id: int) -> int:
    """Centavos of a payment that its disputes keep from the seller: undecided, or lost to a chargeback."""
    return store.count(
        "SELECT coalesce((SELECT sum(amount) FROM chargeback WHERE payment_id = :id"
        " AND (outcome IS NULL OR outcome = 'payer')), 0)"
        " + coalesce((SELECT sum(amount) FROM claim WHERE payment_id = :id AND outcome IS NULL), 0)",
        {"id": payment_id},
    )


def _refuse_unless_approved(payment: Payment) -> None:
    if payment.status is not Status.APPROVED or payment.remaining <= 0:
        raise DisputeError


def _won(world: World, payment: Payment) -> tuple[Status, str]:
    if world.board.now.chargeback_won_as == "approved":
        return Status.APPROVED, _approved(payment)
    return Status.CHARGED_BACK, "reimbursed"


def _approved(payment: Payment) -> str:
    return "partially_refunded" if payment.refunded else "accredited"


def _judged(chargeback: Chargeback, winner: Winner, now: int) -> str:
    """What the decision says of the documents: those that came are valid or not."""
    status = chargeback.status(now)
    if status == "review_pending":
        return "valid" if winner == "seller" else "invalid"
    return "not_supplied" if status == "pending" else status


def _change_claim(world: World, claim: Claim, payment: Payment, now: int) -> Claim:
    changed = replace(claim, updated_ms=max(now, claim.updated_ms + 1))
    world.store.run(
        "UPDATE claim SET stage = :stage, outcome = :outcome, updated_ms = :updated_ms, decided_ms = :decided_ms"
        " WHERE id = :id",
        _columns(changed),
    )
    _tell_claim(world, payment, changed, _CLAIM_UPDATED, now)
    return changed


def _payment_of(store: Store, dispute: Chargeback | Claim) -> Payment:
    return records.from_row(store.all("SELECT * FROM payment WHERE id = ?", (dispute.payment_id,))[0])


def _tell_chargeback(world: World, payment: Payment, chargeback: Chargeback, now: int) -> None:
    notice = notices.about_dispute(chargeback.id, payment, notices.CHARGEBACKS, _CHANGED, world.settings)
    notices.enqueue(world.store, world.board, world.settings, notice, now)


def _tell_claim(world: World, payment: Payment, claim: Claim, action: str, now: int) -> None:
    notice = notices.about_dispute(claim.id, payment, notices.CLAIMS, action, world.settings)
    notices.enqueue(world.store, world.board, world.settings, notice, now)


def _row(store: Store, table: str, number: str) -> sqlite3.Row | None:
    if not number.isdecimal() or len(number) > 18:
        return None
    return store.one(f"SELECT * FROM {table} WHERE id = ?", (int(number),))  # noqa: S608  our own tables


def _insert(store: Store, table: str, dispute: Chargeback | Claim) -> None:
    fields = type(dispute).__slots__
    marks = ", ".join(f":{name}" for name in fields)
    store.run(f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({marks})", _columns(dispute))  # noqa: S608  our own fields


def _columns(dispute: Chargeback | Claim) -> dict[str, object]:
    return {name: getattr(dispute, name) for name in type(dispute).__slots__}
