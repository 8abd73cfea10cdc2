"""What identity tells the others. Personal data travels only in AccountContact, and there only encrypted."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final, Self
from uuid import UUID

from contracts.base import Fact
from contracts.ids import AccountId

_LAST_VERSION: Final = 2**31 - 1
"""A tombstone is newer than whatever came before it."""


class AccountKind(StrEnum):
    """How the account came to be."""

    REGISTERED = "registered"
    GUEST = "guest"


class AccountFact(Fact):
    """The account's public state. `roles` are scope tokens: `client`, or `role:vertical` for an elevated role."""

    owner: ClassVar[str] = "identity"

    account_id: AccountId
    kind: AccountKind
    roles: tuple[str, ...]
    locale: str = "es-AR"

    @property
    def subject(self) -> UUID:
        return self.account_id


class AccountRegistered(AccountFact):
    """An account was opened; for a guest: the contact was verified."""

    topic: ClassVar[str] = "account.registered"


class AccountUpdated(AccountFact):
    """Roles, locale or contact data changed."""

    topic: ClassVar[str] = "account.updated"


class AccountErased(AccountFact):
    """The person asked to be forgotten: copies of contact data must go."""

    topic: ClassVar[str] = "account.erased"


class AccountContact(Fact):
    """Name, phone and e-mail, sealed with AES-256-GCM (see common.contacts). The topic is compacted by account id."""

    topic: ClassVar[str] = "account.contact"
    owner: ClassVar[str] = "identity"

    account_id: AccountId
    key_id: str
    nonce: str
    """96 bits, base64."""
    sealed: str
    """Ciphertext and tag, base64; the account id is the associated data."""

    @property
    def subject(self) -> UUID:
        return self.account_id

    @property
    def is_tombstone(self) -> bool:
        return not self.sealed

    @classmethod
    def tombstone(cls, subject: UUID) -> Self:
        return cls(account_id=AccountId(subject), version=_LAST_VERSION, key_id="", nonce="", sealed="")

    def extra_headers(self) -> Mapping[str, str]:
        return {"ce_keyid": self.key_id} if self.key_id else {}


FACTS: Final[tuple[type[Fact], ...]] = (AccountRegistered, AccountUpdated, AccountErased, AccountContact)
