"""An account: whose it is stays sealed; what it may do are its roles."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.ids import AccountId
from identity.domain.contact import Sealed
from identity.domain.refusals import ContactIsVerified, GuestsHaveNoRoles, OwnOperatorRole

EVERYWHERE: Final = "*"
LOCALE: Final = "es-AR"


class Kind(StrEnum):
    """How the account came to be: with a password, or by verifying a contact."""

    REGISTERED = "registered"
    GUEST = "guest"


class Role(StrEnum):
    """What an account may be made in a vertical; `client` and `guest` are nobody's to give."""

    PROVIDER = "provider"
    STAFF = "staff"
    ANALYST = "analyst"
    OPERATOR = "operator"


def scope_token(role: Role, vertical: str) -> str:
    """`provider:barber`; `*` stands for every vertical."""
    return f"{role}:{vertical}"


OPERATOR: Final = scope_token(Role.OPERATOR, EVERYWHERE)


def may_be_given(role: Role, vertical: str, verticals: frozenset[str]) -> bool:
    """Operators are operators everywhere, analysts may be; the others work in one vertical each."""
    if role is Role.OPERATOR:
        return vertical == EVERYWHERE
    return vertical in verticals or (role is Role.ANALYST and vertical == EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Account:
    """`version` is that of the last event published. An erased account keeps its id and nothing of the person."""

    id: AccountId
    version: int
    kind: Kind
    roles: tuple[str, ...]
    sealed: Sealed | None
    created_at: datetime
    locale: str = LOCALE
    erased_at: datetime | None = None

    @classmethod
    def register(cls, id_: AccountId, sealed: Sealed, extra_roles: tuple[str, ...], now: datetime) -> "Account":
        """Version 0: nothing is published yet."""
        return cls(id_, 0, Kind.REGISTERED, ("client", *extra_roles), sealed, now)

    @classmethod
    def admit_guest(cls, id_: AccountId, version: int, sealed: Sealed, now: datetime) -> "Account":
        """`version` continues that of the events which brought the code to the contact."""
        return cls(id_, version, Kind.GUEST, ("guest",), sealed, now)

    def next(self) -> "Account":
        """With the version for one more event."""
        return replace(self, version=self.version + 1)

    def with_contact(self, sealed: Sealed) -> "Account":
        return replace(self, sealed=sealed)

    def give(self, token: str) -> "Account":
        """The same account when it has the role already."""
        if self.kind is Kind.GUEST:
            raise GuestsHaveNoRoles
        return self if token in self.roles else replace(self, roles=(*self.roles, token))

    def take(self, token: str, asked_by: AccountId) -> "Account":
        """The same account when it never had the role."""
        if token == OPERATOR and asked_by == self.id:
            raise OwnOperatorRole
        return replace(self, roles=tuple(role for role in self.roles if role != token))

    def check_phone_may_change(self) -> None:
        """A guest is known by the contact it verified."""
        if self.kind is Kind.GUEST:
            raise ContactIsVerified

    def erase(self, now: datetime) -> "Account":
        return replace(self, roles=(), sealed=None, erased_at=now)
