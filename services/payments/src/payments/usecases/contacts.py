"""Contacts, as far as payments needs them: marks by which the booking's client is known again, and who is forgotten."""

from common.contacts import unseal
from common.uow import Work
from contracts.envelope import Event
from contracts.identity import AccountContact, AccountErased
from contracts.ids import AccountId
from payments import store
from payments.domain.reach import Channel, Reach
from payments.store import payout_accounts
from payments.usecases.context import PaymentsContext
from payments.usecases.crediting import take_back_credit


async def keep_contact(context: PaymentsContext, work: Work, event: Event[AccountContact]) -> None:
    """Keep the newest contact's marks, under the key that it is closed with; a tombstone deletes them."""
    fact = event.data
    if fact.is_tombstone:
        await _forget(work, fact.account_id)
        return
    contact = unseal(fact, context.contact_keys)
    known = {Channel.WHATSAPP: contact.phone, Channel.EMAIL: contact.email}
    reaches = [Reach(channel, value) for channel, value in known.items() if value]
    marks = [context.marker.mark(fact.key_id, reach) for reach in reaches]
    await store.withdrawals.upsert_marks(work, fact.account_id, fact.version, marks, fact.key_id)


async def forget_contact(_context: PaymentsContext, work: Work, event: Event[AccountErased]) -> None:
    """The person is to be forgotten."""
    await _forget(work, event.data.account_id)


async def _forget(work: Work, account_id: AccountId) -> None:
    await store.withdrawals.erase_marks(work, account_id, AccountContact.tombstone(account_id).version)
    # What it owns is paid what there is, and then its bank account is forgotten: at its next turn, which is now.
    await payout_accounts.hurry_accounts_of(work, account_id)
    await take_back_credit(work, account_id)
