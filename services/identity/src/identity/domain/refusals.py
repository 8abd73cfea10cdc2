"""Why identity says no."""

from math import ceil

from common.errors import Refusal

_Fields = list[dict[str, str]]


def _field(name: str) -> _Fields:
    return [{"field": name, "reason": "not_valid"}]


class InvalidEmail(Refusal):
    """The e-mail address is not one that we can write to."""

    def __init__(self) -> None:
        super().__init__(fields=_field("email"))


class InvalidPhone(Refusal):
    """The phone number is not a valid one."""

    def __init__(self) -> None:
        super().__init__(fields=_field("phone"))


class InvalidName(Refusal):
    """The name is empty, too long, or has other characters than letters, digits, spaces and `'.,-`."""

    def __init__(self) -> None:
        super().__init__(fields=_field("name"))


class EmailTaken(Refusal):
    """There is an account with this e-mail address."""


class WrongCredentials(Refusal):
    """There is no account with this e-mail address and password."""


class InvalidRefreshToken(Refusal):
    """The refresh token is unknown, expired, used before or revoked."""


class ComeBackLater(Refusal):
    """This was asked for too often."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.retry_after = max(1, ceil(seconds))


class TooManyAttempts(ComeBackLater):
    """Too many failed logins: this account is closed to logins for a while."""


class TooManyCodes(ComeBackLater):
    """Too many codes were sent to this contact."""


class NoContactGiven(Refusal):
    """A guest gives a phone number or an e-mail address."""


class WrongCode(Refusal):
    """The code is not the one that was sent, or it is no longer good."""


class ContactIsVerified(Refusal):
    """A guest's contact was verified by a code and changes only by verifying another."""


class UnknownRole(Refusal):
    """There is no such role in that vertical."""


class GuestsHaveNoRoles(Refusal):
    """A guest account cannot be given a role."""


class OwnOperatorRole(Refusal):
    """Operators cannot take the operator role from themselves."""
