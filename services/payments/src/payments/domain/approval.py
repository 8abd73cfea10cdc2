"""Two-person approval: what moves much money waits for somebody other than whoever asked for it."""

from common.errors import Refusal
from common.money import Money
from contracts.ids import AccountId


class SamePerson(Refusal):
    """Whoever asked for it cannot decide on it."""


class NotAwaitingApproval(Refusal):
    """Nothing waits for an approval here: it was decided already."""


def needs_second_person(amount: Money, limit: Money) -> bool:
    """Whether `amount` is over what one person may move alone."""
    return amount.minor > limit.minor


def must_be_another(asked_by: AccountId, approver: AccountId) -> None:
    """SamePerson when the approver is the one who asked."""
    if asked_by == approver:
        raise SamePerson
