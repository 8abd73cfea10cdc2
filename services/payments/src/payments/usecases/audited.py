"""What payments puts on record: money that moved or was to move, and reads of a client's payments by others."""

from typing import Final
from uuid import UUID

from common.audit import GUEST, SYSTEM, Entry
from common.auth import Principal
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId, RefundId
from payments.domain.charge import Charge, ChargeId
from payments.domain.intent import Intent
from payments.domain.refund import Refund, RefundStatus
from payments.domain.withdrawal import Withdrawal

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
