"""What payments puts on record: money that moved or was to move, and reads of a client's payments by others."""

from typing import Final
from uuid import UUID

from common.audit import GUEST, SYSTEM, Entry
from common.auth import Principal
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId, RefundId
from payments.domain.at_place import AtPlace
from payments.domain.charge import Charge, ChargeId
from payments.domain.dispute import Dispute
from payments.domain.document import Document
from payments.domain.intent import Intent
from payments.domain.refund import Refund, RefundStatus
from payments.domain.settling import SettlementOutcome
from payments.domain.withdrawal import Withdrawal
from payments.store import KnownCase

LEDGER_BOOKED: Final = "ledger.booked"


def payment_read(intent: Intent, by: Principal) -> Entry:
    return Entry("payment.read", by.account_id, intent.id, {"client": str(intent.client_id)})


def payments_read(booking_id: BookingId, client_id: AccountId, by: Principal) -> Entry:
    """All that a booking's payments show."""
    return Entry("payment.listed", by.account_id, booking_id, {"client": str(client_id)})


def earnings_read(provider_id: ProviderId, by: Principal) -> Entry:
    """All that a provider earned and has with us."""
    return Entry("earnings.read", by.account_id, provider_id)


def booked(entry_id: UUID, fingerprint: str) -> Entry:
    """A ledger entry: whoever changes it afterwards contradicts the chain."""
    return Entry(LEDGER_BOOKED, SYSTEM, entry_id, {"sha256": fingerprint})


def captured(intent: Intent, charge: Charge, amount: Money) -> Entry:
    return Entry("payment.captured", SYSTEM, intent.id, {"charge": charge.id, **_amount(amount)})


def at_place(taken: AtPlace, by: Principal) -> Entry:
    """Money said to be taken at the place, or that taken back."""
    action = "at_place.recorded" if taken.voided_at is None else "at_place.voided"
    return Entry(action, by.account_id, taken.id, {"booking": str(taken.booking_id), **_amount(taken.amount)})


def refund_asked(refund: Refund) -> Entry:
    by = refund.asked_by if refund.asked_by is not None else SYSTEM
    return Entry("refund.asked", by, refund.id, {"origin": refund.origin.value, **_of(refund)})


def refund_decided(refund: Refund, by: AccountId) -> Entry:
    """A second person's word."""
    action = "refund.rejected" if refund.status is RefundStatus.REJECTED else "refund.approved"
    return Entry(action, by, refund.id, {"asked_by": str(refund.asked_by), **_of(refund)})


def refunds_read(intent: Intent, by: Principal) -> Entry:
    return Entry("refund.listed", by.account_id, intent.id, {"client": str(intent.client_id)})


def refund_sent(refund: Refund, charge_id: ChargeId) -> Entry:
    """Each time that MercadoPago is about to be asked."""
    return Entry("refund.sent", SYSTEM, refund.id, {"charge": charge_id, "try": refund.tries, **_of(refund)})


def refund_done(intent: Intent, refund_id: RefundId, charge: Charge, amount: Money) -> Entry:
    """Money went back, whoever asked for it."""
    return Entry("refund.done", SYSTEM, refund_id, {"charge": charge.id, "payment": str(intent.id), **_amount(amount)})


def refund_given_up(refund: Refund, status: RefundStatus) -> Entry:
    """A person has to look at it."""
    return Entry("refund.given_up", SYSTEM, refund.id, {"status": status.value, **_of(refund)})


def refund_retried(refund: Refund, by: Principal) -> Entry:
    """A person has it made after all."""
    return Entry("refund.retried", by.account_id, refund.id, {"status": refund.status.value, **_of(refund)})


def case_settled(case: KnownCase, outcome: SettlementOutcome, by: Principal) -> Entry:
    """The note is not on record: people write names."""
    return Entry("case.settled", by.account_id, case.id, {"kind": case.kind, "outcome": outcome.value})


def looked_up(what: str, subject: UUID | None, by: Principal) -> Entry:
    """Everything about one payment or booking; `what` says by which kind of id it was looked for."""
    return Entry("payment.looked_up", by.account_id, subject, {"by": what})


def webhooks_replayed(count: int) -> Entry:
    """Somebody with a shell had notifications looked into once more."""
    return Entry("webhooks.replayed", SYSTEM, None, {"count": count})


def dispute_moved(dispute: Dispute) -> Entry:
    return Entry("dispute.moved", SYSTEM, dispute.intent_id, {"status": dispute.status.value, **_of_dispute(dispute)})


def dispute_read(dispute: Dispute, by: Principal) -> Entry:
    return Entry("dispute.read", by.account_id, dispute.intent_id, _of_dispute(dispute))


def disputes_read(provider_id: ProviderId | None, by: Principal) -> Entry:
    """All disputes of a provider, or of the vertical."""
    return Entry("dispute.listed", by.account_id, provider_id)


def case_read(case_id: UUID, by: Principal) -> Entry:
    """With the notes of whoever settled it."""
    return Entry("case.read", by.account_id, case_id)


def cases_read(by: Principal) -> Entry:
    """A page of cases."""
    return Entry("case.listed", by.account_id)


def document_taken(document: Document, dispute: Dispute, by: Principal) -> Entry:
    """A file of the provider's, to be sent to MercadoPago."""
    return Entry("dispute.document_taken", by.account_id, document.id, _of_dispute(dispute))


def documents_ended(dispute: Dispute, status: str, count: int) -> Entry:
    """What became of files: their bytes are gone."""
    return Entry(f"dispute.documents_{status}", SYSTEM, dispute.intent_id, {"count": count, **_of_dispute(dispute)})


def _of_dispute(dispute: Dispute) -> dict[str, str | int]:
    return {"dispute": dispute.id, "kind": dispute.kind.value, **_amount(dispute.amount)}


def withdrawal_confirmed(withdrawal: Withdrawal) -> Entry:
    """The client proved its contact."""
    return Entry("withdrawal.confirmed", GUEST, withdrawal.id, {"booking": str(withdrawal.booking_id)})


def withdrawal_ended(withdrawal: Withdrawal) -> Entry:
    """All is back, or it was refused."""
    found = {"booking": str(withdrawal.booking_id), "status": withdrawal.status.value}
    return Entry("withdrawal.ended", SYSTEM, withdrawal.id, found)


def _of(refund: Refund) -> dict[str, str | int]:
    return {"payment": str(refund.intent_id), **_amount(refund.amount)}


def _amount(amount: Money) -> dict[str, str | int]:
    return {"minor": amount.minor, "currency": amount.currency}
