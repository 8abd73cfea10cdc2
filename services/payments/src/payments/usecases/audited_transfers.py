"""What is put on record of bank transfers: who said what they are about, never whose account they came from."""

from common.audit import Entry
from common.auth import Principal
from common.money import Money
from contracts.ids import PaymentId
from payments.domain.bank import Movement
from payments.domain.refund import Refund


def transfers_read(by: Principal) -> Entry:
    """Clients' transfers, of every vertical."""
    return Entry("transfers.listed", by.account_id)


def transfer_matched(movement: Movement, payment_id: PaymentId, by: Principal) -> Entry:
    """A person says that it pays that payment."""
    return Entry("transfer.matched", by.account_id, payment_id, _of(movement))


def refund_transferred(refund: Refund, movement: Movement, by: Principal) -> Entry:
    """One of two persons says that it gave that refund back."""
    return Entry("refund.transferred", by.account_id, refund.id, _of(movement))


def _of(movement: Movement) -> dict[str, str | int]:
    return {"movement": movement.id, **_amount(movement.amount)}


def _amount(amount: Money) -> dict[str, str | int]:
    return {"minor": amount.minor, "currency": amount.currency}
