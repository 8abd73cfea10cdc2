"""What identity puts on record: logins, roles, export and erasure. Ids and facts, never an address."""

from common.audit import GUEST, SYSTEM, Entry
from contracts.ids import AccountId
from identity.domain.account import OPERATOR
from identity.domain.session import Session


def logged_in(account_id: AccountId, how: str) -> Entry:
    """`how`: `password`, `code`."""
    return Entry("login.ok", account_id, account_id, {"how": how})


def login_failed(account_id: AccountId, how: str) -> Entry:
    """Where no account matches it is only counted: whoever likes could fill the log with entries about nobody."""
    return Entry("login.failed", GUEST, account_id, {"how": how})


def refresh_reused(session: Session) -> Entry:
    """A refresh token came a second time: who brought it is not known."""
    return Entry("refresh.reused", GUEST, session.account_id, {"session": str(session.id)})


def role_taken_on(account_id: AccountId, role: str) -> Entry:
    """On registering; nobody but the settings makes an operator that way."""
    return role_given(account_id, role, None if role == OPERATOR else account_id)


def role_given(account_id: AccountId, role: str, by: AccountId | None) -> Entry:
    return Entry("role.given", by or SYSTEM, account_id, {"role": role})


def role_taken(account_id: AccountId, role: str, by: AccountId) -> Entry:
    return Entry("role.taken", by, account_id, {"role": role})


def exported(account_id: AccountId) -> Entry:
    """Of oneself; nobody can export another."""
    return Entry("account.exported", account_id, account_id)


def erased(account_id: AccountId) -> Entry:
    return Entry("account.erased", account_id, account_id)
