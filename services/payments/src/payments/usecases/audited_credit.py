"""What is put on record of clients' credit: who gave it, who let it go, who read it, and what an erasure took back."""

from common.audit import SYSTEM, Entry
from common.auth import Principal
from contracts.ids import AccountId
from payments.domain.credit import CreditMovement, CreditStatus


def credit_asked(grant: CreditMovement, by: Principal) -> Entry:
    """A person gives a client credit; `status` says whether it waits for another one."""
    reason = grant.reason.value if grant.reason is not None else ""
    return Entry(
        "credit.asked", by.account_id, grant.id, {**_of(grant), "reason": reason, "status": grant.status.value}
    )


def credit_decided(grant: CreditMovement, by: Principal) -> Entry:
    """A second person's word."""
    action = "credit.rejected" if grant.status is CreditStatus.REJECTED else "credit.approved"
    return Entry(action, by.account_id, grant.id, {**_of(grant), "asked_by": str(grant.granted_by)})


def credit_returned(movement: CreditMovement) -> Entry:
    """A refund of what was paid with it."""
    return Entry("credit.returned", SYSTEM, movement.id, {**_of(movement), "payment": str(movement.payment_id)})


def credit_taken_back(movement: CreditMovement) -> Entry:
    """Its client was erased."""
    return Entry("credit.taken_back", SYSTEM, movement.id, _of(movement))


def credits_read(client_id: AccountId, by: Principal) -> Entry:
    """All that a client was given and did with it."""
    return Entry("credit.listed", by.account_id, client_id)


def _of(movement: CreditMovement) -> dict[str, str | int]:
    amount = movement.amount
    return {"client": str(movement.client_id), "minor": amount.minor, "currency": amount.currency}
