"""One-time codes, read where the product publishes them: closed, for whoever has the keys."""

from uuid import UUID

import orjson
from tests.simulation.sides import CONTACT_KEYS, KEY

from common.contacts import Contact, seal, unseal
from contracts.identity import AccountContact
from contracts.ids import AccountId
from contracts.payments import WithdrawalCode


def code_in(payload: bytes) -> tuple[UUID, str]:
    """The withdrawal and its code, of a `withdrawal.code` record."""
    fact = WithdrawalCode.model_validate(orjson.loads(payload)["data"])
    closed = AccountContact(
        account_id=fact.client_id, version=0, key_id=fact.key_id, nonce=fact.nonce, sealed=fact.sealed
    )
    verification = unseal(closed, CONTACT_KEYS).verification
    assert verification is not None
    return fact.withdrawal_id, verification.code


def contact_of(account: AccountId, email: str) -> AccountContact:
    """As identity tells it."""
    return seal(Contact("Ana", None, email), account, 1, KEY, CONTACT_KEYS[KEY])
