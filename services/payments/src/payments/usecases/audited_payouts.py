"""What is put on record of payouts: who did what, how much, never to which account."""

from common.audit import SYSTEM, Entry
from common.auth import Principal
from common.money import Money
from contracts.ids import ProviderId
from payments.domain.bank import BatchId
from payments.domain.payout import Payout
from payments.domain.payout_account import PayoutAccount


def account_named(account: PayoutAccount, by: Principal) -> Entry:
    """Another account, schedule or minimum."""
    detail = {"version": account.version, "schedule": account.schedule.value, **_amount(account.minimum)}
    return Entry("payout_account.named", by.account_id, account.provider_id, detail)


def account_read(provider_id: ProviderId, by: Principal) -> Entry:
    return Entry("payout_account.read", by.account_id, provider_id)


def account_checked(account: PayoutAccount) -> Entry:
    """What the bank says of it."""
    detail = {"version": account.version, "status": account.status.value, "reason": account.reason or ""}
    return Entry("payout_account.checked", SYSTEM, account.provider_id, detail)


def account_emptied(account: PayoutAccount) -> Entry:
    """Its owner is forgotten."""
    return Entry("payout_account.emptied", SYSTEM, account.provider_id, {"version": account.version})


def payout_step(payout: Payout) -> Entry:
    """The payout came into another state: `payout.approved`, `payout.executed` and so on."""
    return Entry(f"payout.{payout.status}", SYSTEM, payout.id, _of(payout))


def decided(payout: Payout, action: str, by: Principal) -> Entry:
    """An operator's yes or no."""
    return Entry(f"payout.{action}", by.account_id, payout.id, _of(payout))


def payouts_read(provider_id: ProviderId, by: Principal) -> Entry:
    return Entry("payouts.read", by.account_id, provider_id)


def all_read(by: Principal) -> Entry:
    """Payouts of every provider."""
    return Entry("payouts.listed", by.account_id)


def file_read(batch_id: BatchId, by: Principal) -> Entry:
    """A batch with its account numbers."""
    return Entry("payout_batch.read", by.account_id, batch_id)


def batch_sent(batch_id: BatchId, count: int, tries: int) -> Entry:
    """Each time that the bank is about to be asked."""
    return Entry("payout_batch.sent", SYSTEM, batch_id, {"payouts": count, "try": tries})


def _of(payout: Payout) -> dict[str, str | int]:
    return {"provider": str(payout.provider_id), "status": payout.status.value, **_amount(payout.amount)}


def _amount(amount: Money) -> dict[str, str | int]:
    return {"minor": amount.minor, "currency": amount.currency}
